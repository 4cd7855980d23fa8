/** From the path of a manifest to what it says: the file itself is read here. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { ModelDescription } from '../manifest/model.ts';
import { parseManifest, type ParsedManifest } from '../manifest/parse.ts';
import type { RunValues } from '../manifest/run-values.ts';
import type { Sources, Unreadable } from '../manifest/sources.ts';
import { decodeText, diskSources, readBytes } from './disk-sources.ts';

const largestManifest = 1024 * 1024;

/** Where a manifest and all that it names are read from. */
export interface ManifestShelf {
  /** @param file absolute */
  readonly manifest: (file: string) => WrittenManifest | Unreadable;
  readonly sources: Sources;
}

export interface WrittenManifest {
  readonly text: string;
  /** Of the file's bytes, lower-case hex. */
  readonly sha256: string;
}

export const diskShelf: ManifestShelf = { manifest: readWritten, sources: diskSources };

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
  shelf: ManifestShelf = diskShelf,
): ParsedManifest {
  const file = resolve(workingDirectory, path);
  const written = shelf.manifest(file);
  if ('unreadable' in written) return cannotRead(path, written.unreadable);
  const manifest = { path: file, shownAs: path, ...written, workingDirectory, values };
  return parseManifest({ ...manifest, ...(described && { described }) }, shelf.sources);
}

function readWritten(file: string): WrittenManifest | Unreadable {
  const bytes = readBytes(file, largestManifest);
  if ('unreadable' in bytes) return bytes;
  const text = decodeText(bytes);
  if (typeof text !== 'string') return text;
  return { text, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function cannotRead(path: string, clause: string): ParsedManifest {
  const message = `cannot read the manifest: ${clause}`;
  return { problems: [{ severity: 'error', message, file: path }] };
}
