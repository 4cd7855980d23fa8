/**
 * `SHA256SUMS` in the format of GNU coreutils: `<hash>  <path>`, one a line, sorted by path. A name
 * with a backslash or a line break has them escaped, and its line begins with a backslash.
 */
import { join } from 'node:path';
import type { SavedFile } from '../job/history.ts';
import { writeWhole } from './whole-file.ts';

export const checksumsName = 'SHA256SUMS';

/**
 * @param dir the output folder, absolute
 * @param missing paths that get no line: with one, `sha256sum -c` would fail for ever
 */
export async function writeChecksums(
  dir: string,
  files: Iterable<SavedFile>,
  missing: ReadonlySet<string>,
): Promise<void> {
  const hashes = new Map<string, string>();
  for (const { path, sha256 } of files) if (!missing.has(path)) hashes.set(path, sha256);
  const paths = [...hashes.keys()].sort();
  const lines = paths.values().map((path) => checksumLine(path, hashes.get(path) ?? ''));
  await writeWhole(join(dir, checksumsName), lines);
}

function checksumLine(path: string, sha256: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}
