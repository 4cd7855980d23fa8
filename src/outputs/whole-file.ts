/**
 * Writes a text file that is either there whole or not at all: to `<path>.part` piece by piece,
 * synced, then renamed. An earlier file of that name stays until the new one takes its place.
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, syncFolder } from './folders.ts';
import { onDisk } from './output-error.ts';

/** Characters that are gathered before they are written. */
const gathered = 64 * 1024;

/** Text, or bytes that are written before the next piece is asked for. */
export type Piece = string | Uint8Array;

export async function writeWhole(
  path: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<void> {
  const part = `${path}.part`;
  await onDisk(path, async () => {
    await makeFolders(dirname(path));
    try {
      await writeSynced(part, pieces);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

async function writeSynced(
  path: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    let waiting = '';
    for await (const piece of pieces) {
      if (typeof piece === 'string') waiting += piece;
      if (typeof piece === 'string' && waiting.length < gathered) continue;
      await file.appendFile(waiting);
      waiting = '';
      if (typeof piece !== 'string') await file.appendFile(piece);
    }
    await file.appendFile(waiting);
    await file.sync();
  } finally {
    await file.close();
  }
}
