/** The bytes of a file, read bit by bit: no file is ever in memory as a whole. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface AudioFile {
  /** Bytes; of the file as it was when it was opened. */
  readonly size: number;
  /** Fewer bytes than asked for where the file ends. */
  readonly read: (position: number, length: number) => Buffer;
  /** What lies from one position to another, in pieces, each good for itself. */
  readonly pieces: (from: number, to: number) => Generator<Buffer>;
  readonly close: () => void;
}

const pieceLength = 64 * 1024;

export function openAudioFile(path: string): AudioFile {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);

  const read = (position: number, length: number): Buffer => {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
    let filled = 0;
    while (filled < buffer.length) {
      const taken = readSync(file, buffer, filled, buffer.length - filled, position + filled);
      if (taken === 0) break;
      filled += taken;
    }
    return buffer.subarray(0, filled);
  };

  return {
    size,
    read,
    pieces: function* (from, to) {
      const end = Math.min(to, size);
      for (let position = from; position < end;) {
        const piece = read(position, Math.min(pieceLength, end - position));
        if (piece.length === 0) return;
        position += piece.length;
        yield piece;
      }
    },
    close: () => {
      closeSync(file);
    },
  };
}
