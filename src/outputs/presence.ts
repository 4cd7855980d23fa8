/** Is a song that was saved still there? By size only: hashing a batch anew takes too long. */
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
