/**
 * How long a WAV file plays: its header, held against the size of the file, for headers written
 * before the end was known promise 0 or 4 GiB.
 *
 * RIFF <u32 size> WAVE, then chunks <id> <u32 size> <bytes, padded to even>; `fmt ` has the bytes a
 * second at 8, `data` the samples. All numbers are little-endian.
 */
import type { FileHandle } from 'node:fs/promises';

/** A header has few chunks; a file that has more before its data is not worth a longer look. */
const mostChunks = 64;

/** Seconds, to the millisecond; undefined where the file does not tell. */
export async function wavDuration(file: FileHandle, size: number): Promise<number | undefined> {
  let bytesPerSecond = 0;
  let position = 12;
  for (let chunk = 0; chunk < mostChunks && position + 8 <= size; chunk += 1) {
    const header = await readAt(file, position, 8);
    const id = header.toString('latin1', 0, 4);
    const length = header.readUInt32LE(4);
    const content = position + 8;
    if (id === 'fmt ' && content + 12 <= size) {
      bytesPerSecond = (await readAt(file, content, 12)).readUInt32LE(8);
    }
    if (id === 'data') {
      const rest = size - content;
      const samples = length === 0 ? rest : Math.min(length, rest);
      return bytesPerSecond > 0 ? Math.round((samples * 1000) / bytesPerSecond) / 1000 : undefined;
    }
    position = content + length + (length % 2);
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
