/** Reads a large text file forwards, line by line, and hands over as bytes what is only to be copied. */
import { readSync } from 'node:fs';

export interface LineReader {
  /** The next line without its line break. Throws where there is none. */
  readonly next: () => string;
  /** The next lines as they are, in pieces; each holds until the following one is asked for. */
  readonly copy: (lines: number) => Generator<Uint8Array>;
}

const bufferSize = 1 << 20;
const lineBreak = 10;

/** @param file a descriptor; it is read from its beginning, and stays open */
export function createLineReader(file: number): LineReader {
  let buffer = Buffer.alloc(bufferSize);
  let position = 0;
  /** What of the buffer was read from the file and not handed over yet. */
  let start = 0;
  let end = 0;

  /** Makes room for more of the file behind what is waiting, and reads it. */
  const fill = (): void => {
    const waiting = buffer.subarray(start, end);
    if (waiting.length === buffer.length) {
      buffer = Buffer.concat([waiting, Buffer.alloc(buffer.length)]);
    } else {
      buffer.copyWithin(0, start, end);
    }
    start = 0;
    end = waiting.length;
    const read = readSync(file, buffer, end, buffer.length - end, position);
    if (read === 0) throw new Error('the file ends before its lines do');
    position += read;
    end += read;
  };

  /** Behind the line break that follows this place; undefined where the buffer does not have it. */
  const endOfLine = (from: number): number | undefined => {
    const found = buffer.indexOf(lineBreak, from);
    return found < 0 || found >= end ? undefined : found + 1;
  };

  return {
    next: () => {
      for (;;) {
        const stop = endOfLine(start);
        if (stop !== undefined) {
          const line = buffer.toString('utf8', start, stop - 1);
          start = stop;
          return line;
        }
        fill();
      }
    },
    copy: function* (lines) {
      for (let left = lines; left > 0;) {
        let stop = start;
        while (left > 0) {
          const next = endOfLine(stop);
          if (next === undefined) break;
          stop = next;
          left--;
        }
        const whole = buffer.subarray(start, stop);
        start = stop;
        if (whole.length > 0) yield whole;
        if (left > 0) fill();
      }
    },
  };
}
