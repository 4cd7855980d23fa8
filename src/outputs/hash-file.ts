/** The SHA-256 of a file as it lies on the disk, and its first bytes, which tell what it is. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

export interface Hashed {
  /** Lower-case hex. */
  readonly sha256: string;
  /** The first MiB, or less where the file is shorter. */
  readonly head: Buffer;
}

/** Bytes. Streams would take several times as long over small files. */
const largestPiece = 2 ** 20;

/**
 * Reads to the end, wherever that is: a file that is longer than expected has another hash.
 *
 * @param expected bytes
 */
export async function hashFile(file: FileHandle, expected: number): Promise<Hashed> {
  // With room for one byte more, so that the last read sees that it is the last.
  const room = Math.min(expected + 1, largestPiece);
  const head = await readAt(file, 0, room);
  const hash = createHash('sha256').update(head);
  if (head.length < room && head.length === expected) return { sha256: hash.digest('hex'), head };
  for (let position = head.length; ;) {
    const piece = await readAt(file, position, largestPiece);
    if (piece.length === 0) return { sha256: hash.digest('hex'), head };
    hash.update(piece);
    position += piece.length;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
