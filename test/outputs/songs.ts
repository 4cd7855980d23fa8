/** Files that look like songs to whoever reads only their first bytes. */
import { createHash } from 'node:crypto';

/** Bytes that repeat nowhere, so that a piece in the wrong place is noticed. */
export function mp3(length: number): Buffer {
  const content = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  content.write('ID3', 0, 'latin1');
  return content;
}

/** 16-bit mono at 8 kHz. @param claimed what the header says of the length of its data */
export function wav(samples: number, claimed = samples * 2): Buffer {
  const header = Buffer.alloc(54);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(46 + samples * 2, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  // A chunk of odd length before the data, with its byte of padding.
  header.write('note', 36, 'latin1');
  header.writeUInt32LE(1, 40);
  header.write('data', 46, 'latin1');
  header.writeUInt32LE(claimed, 50);
  return Buffer.concat([header, Buffer.alloc(samples * 2, 1)]);
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
