/**
 * Is a song that was saved still there? Told by its size only, for hashing a batch at every start takes
 * too long: a file that was changed and kept its size counts as present. `sha256sum -c SHA256SUMS` tells
 * more.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavedFile } from '../job/history.ts';

/** @param dir the output folder, absolute */
export async function isPresent(dir: string, file: SavedFile): Promise<boolean> {
  try {
    const found = await lstat(join(dir, file.path));
    return found.isFile() && found.size === file.bytes;
  } catch {
    return false;
  }
}

/** Files that are looked at together: one after the other takes several times as long. */
const atOnce = 256;

/**
 * Which of these are not there (any more). Only their paths are kept in memory.
 * @param dir the output folder, absolute
 */
export async function findMissing(
  dir: string,
  files: Iterable<SavedFile>,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  const look = async (some: readonly SavedFile[]) => {
    const present = await Promise.all(some.map((file) => isPresent(dir, file)));
    for (const [index, { path }] of some.entries()) if (!present[index]) missing.add(path);
  };
  let gathered: SavedFile[] = [];
  for (const file of files) {
    gathered.push(file);
    if (gathered.length < atOnce) continue;
    await look(gathered);
    gathered = [];
  }
  await look(gathered);
  return missing;
}
