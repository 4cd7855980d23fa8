/** From the path of a manifest to what it says: the file itself is read here. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { ModelDescription } from '../manifest/model.ts';
import { parseManifest, type ParsedManifest } from '../manifest/parse.ts';
import type { RunValues } from '../manifest/run-values.ts';
import { decodeText, diskSources, readBytes } from './disk-sources.ts';

const largestManifest = 1024 * 1024;

/**
 * @param path as typed
 * @param workingDirectory absolute; what `path` and the manifest's `output.dir` start from
 * @param values what placeholders in `output` stand for
 * @param described what the API says of the manifest's model, where it was asked
 */
export function readManifest(
  path: string,
  workingDirectory: string,
  values: RunValues,
  described?: ModelDescription,
): ParsedManifest {
  const file = resolve(workingDirectory, path);
  const bytes = readBytes(file, largestManifest);
  if ('unreadable' in bytes) return cannotRead(path, bytes.unreadable);
  const text = decodeText(bytes);
  if (typeof text !== 'string') return cannotRead(path, text.unreadable);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const written = { path: file, shownAs: path, text, sha256, workingDirectory, values };
  return parseManifest({ ...written, ...(described && { described }) }, diskSources);
}

function cannotRead(path: string, clause: string): ParsedManifest {
  const message = `cannot read the manifest: ${clause}`;
  return { problems: [{ severity: 'error', message, file: path }] };
}
