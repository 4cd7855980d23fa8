/**
 * How long a WAV file plays: its header, held against the size of the file, for headers written
 * before the end was known promise 0 or 4 GiB.
 *
 * RIFF <u32 size> WAVE, then chunks <id> <u32 size> <bytes, padded to even>; `fmt ` has the bytes a
 * second at 8, `data` the samples. All numbers are little-endian.
 */

/** A header has few chunks; a file that has more before its data is not worth a longer look. */
const mostChunks = 64;

/**
 * Seconds, to the millisecond; undefined where these bytes do not tell.
 *
 * @param head the first bytes of the file
 * @param size of the whole file
 */
export function wavDuration(head: Buffer, size: number): number | undefined {
  let bytesPerSecond = 0;
  let position = 12;
  for (let chunk = 0; chunk < mostChunks && position + 8 <= head.length; chunk += 1) {
    const id = head.toString('latin1', position, position + 4);
    const length = head.readUInt32LE(position + 4);
    const content = position + 8;
    if (id === 'fmt ' && content + 12 <= head.length) {
      bytesPerSecond = head.readUInt32LE(content + 8);
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
