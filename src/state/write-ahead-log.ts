/**
 * Looks at the write-ahead log of a run that crashed, before SQLite does. SQLite replays a log up to
 * the first frame that is not right and drops the rest without a word. After a crash that is as it
 * should be: at most the last transaction is torn. When a byte went bad in the middle, though, it
 * drops transactions that were acknowledged, and songbatch would buy their songs again.
 *
 * The two can be told apart. A transaction begins to be written only when the one before is on disk,
 * and ends with the one frame that says "commit". So behind the first bad frame there is at most one
 * commit, that of the torn transaction itself. A bad byte in the very last transaction looks like a
 * torn one; nothing in the file could tell.
 *
 * Format: https://sqlite.org/fileformat2.html#the_write_ahead_log. All numbers are big-endian.
 *   header  magic, version, page size, sequence, salt 1, salt 2, checksum 1, checksum 2
 *   frame   page number, pages in the database (0: no commit), salt 1, salt 2, checksum 1, checksum 2,
 *           then the page
 * Frames whose salts are not the header's are left over from an earlier round of the log.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const headerSize = 32;
const frameHeaderSize = 24;
/** The lowest bit of the magic: checksums read words big-endian instead of little-endian. */
const magic = 0x377f0682;

/** Whether the log has commits that SQLite would drop. @param path of the `-wal` file; it exists. */
export function losesCommits(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    return commitsBehindBreak(file) > 1;
  } finally {
    closeSync(file);
  }
}

function commitsBehindBreak(file: number): number {
  const header = Buffer.alloc(headerSize);
  if (readSync(file, header, 0, headerSize, 0) < headerSize) return 0;
  const pageSize = header.readUInt32BE(8);
  if ((header.readUInt32BE(0) & ~1) !== magic || !isPageSize(pageSize)) return 0;

  const bigEndian = (header.readUInt32BE(0) & 1) === 1;
  let sum: Checksum = checksum([0, 0], header.subarray(0, 24), bigEndian);
  let sound = agrees(sum, header, 24);
  let behind = 0;

  const frame = Buffer.alloc(frameHeaderSize + pageSize);
  for (let at = headerSize; ; at += frame.length) {
    if (readSync(file, frame, 0, frame.length, at) < frame.length) return behind;
    const current = frame.compare(header, 16, 24, 8, 16) === 0;
    if (sound && current) {
      sum = checksum(sum, frame.subarray(0, 8), bigEndian);
      sum = checksum(sum, frame.subarray(frameHeaderSize), bigEndian);
    }
    sound &&= current && agrees(sum, frame, 16);
    const commits = frame.readUInt32BE(4) !== 0;
    if (!sound && current && commits) behind += 1;
  }
}

type Checksum = readonly [number, number];

function checksum([first, second]: Checksum, bytes: Buffer, bigEndian: boolean): Checksum {
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function agrees([a, b]: Checksum, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65536 && (size & (size - 1)) === 0;
}
