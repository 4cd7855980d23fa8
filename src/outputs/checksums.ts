/**
 * `SHA256SUMS` in the format of GNU coreutils: `<hash>  <path>`, one a line, in the order in which the jobs
 * first came; so a million of them are never in memory. A name with a backslash or a line break has them
 * escaped, and its line begins with a backslash.
 */
import { join } from 'node:path';
import type { SavedFile } from '../job/history.ts';
import type { LookedFor } from './presence.ts';
import { writeWhole } from './whole-file.ts';

export const checksumsName = 'SHA256SUMS';

/**
 * Writes the sums of the files that are there: with one that is not, `sha256sum -c` would fail for ever.
 *
 * @param dir where they are written, absolute
 * @param found every file, and whether it is there
 * @returns the paths of those that are not there (any more)
 */
export async function writeChecksums(
  dir: string,
  found: AsyncIterable<readonly LookedFor<SavedFile>[]>,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  const lines = async function* (): AsyncGenerator<string> {
    for await (const looked of found) {
      let text = '';
      for (const { file, isPresent } of looked) {
        if (isPresent) text += checksumLine(file);
        else missing.add(file.path);
      }
      yield text;
    }
  };
  await writeWhole(join(dir, checksumsName), lines());
  return missing;
}

function checksumLine({ path, sha256 }: SavedFile): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}
