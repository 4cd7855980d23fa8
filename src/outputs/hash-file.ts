/** The SHA-256 of a file as it lies on the disk, and its first bytes, which tell what it is. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';

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
 * @param file a descriptor; what is read of it is in the cache as a rule, for it was written a moment ago
 * @param expected bytes
 */
export async function hashFile(file: number, expected: number): Promise<Hashed> {
  // With room for one byte more, so that the last read sees that it is the last.
  const room = Math.min(expected + 1, largestPiece);
  const head = readAt(file, 0, room);
  const hash = createHash('sha256').update(head);
  if (head.length < room && head.length === expected) return { sha256: hash.digest('hex'), head };
  for (let position = head.length; ;) {
    await breath();
    const piece = readAt(file, position, largestPiece);
    if (piece.length === 0) return { sha256: hash.digest('hex'), head };
    hash.update(piece);
    position += piece.length;
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
