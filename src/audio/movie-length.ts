/**
 * How long an MP4 says that it plays: `duration` over `timescale` of the box `moov/mvhd` (ISO 14496-12), in
 * which, unlike in the lengths of its tracks, nothing is counted that an encoder had to add.
 */
import type { AudioFile } from './audio-file.ts';

/** Boxes that are looked at before it is given up. */
const mostBoxes = 1000;

/** Seconds; undefined where the file does not say, or nothing that can be. */
export function movieLength(file: AudioFile): number | undefined {
  const movie = findBox(file, 'moov', 0, file.size);
  const header = movie && findBox(file, 'mvhd', movie.from, movie.to);
  if (!header) return undefined;
  const bytes = file.read(header.from, 32);
  if (bytes.length < 32) return undefined;
  const isLong = bytes[0] === 1;
  const timescale = bytes.readUInt32BE(isLong ? 20 : 12);
  const duration = isLong ? Number(bytes.readBigUInt64BE(24)) : bytes.readUInt32BE(16);
  return timescale > 0 && duration > 0 ? duration / timescale : undefined;
}

/** A box: 32 bits of size, four letters, and where the size is 1 another 64 bits of it; then its content. */
function findBox(
  file: AudioFile,
  name: string,
  from: number,
  to: number,
): { readonly from: number; readonly to: number } | undefined {
  let at = from;
  for (let box = 0; box < mostBoxes && at + 8 <= to; box++) {
    const head = file.read(at, 16);
    if (head.length < 8) return undefined;
    const small = head.readUInt32BE(0);
    const headLength = small === 1 ? 16 : 8;
    if (head.length < headLength) return undefined;
    const size = small === 1 ? Number(head.readBigUInt64BE(8)) : small === 0 ? to - at : small;
    if (size < headLength) return undefined;
    const end = Math.min(to, at + size);
    if (head.toString('latin1', 4, 8) === name) return { from: at + headLength, to: end };
    at += size;
  }
  return undefined;
}
