/**
 * Which of the sounds that Wiro takes a file is, by its first bytes: names are only somebody's word.
 * Unlike `outputs/media-type.ts`, which names whatever it gets, this one is to refuse.
 */

export type AudioContent = 'mp3' | 'wav' | 'm4a';

/** Bytes from the start of a file in which its kind shows. */
export const audioHeadLength = 4096;

/** Undefined for anything else. */
export function audioContentOf(head: Uint8Array): AudioContent | undefined {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('RIFF') && text.startsWith('WAVE', 8)) return 'wav';
  if (text.startsWith('ftyp', 4)) return pictureBrands.test(text.slice(8)) ? undefined : 'm4a';
  if (text.startsWith('ID3') || startsWithMpegFrame(head)) return 'mp3';
  return undefined;
}

/** Major brands of ISO files that are pictures: HEIC, AVIF, raw. Those of sound are too many to list. */
const pictureBrands = /^(he[ivs]|mif|msf|avi|crx|jp)/;

/** Some encoders put zeros before the first frame. */
function startsWithMpegFrame(head: Uint8Array): boolean {
  const start = head.findIndex((byte) => byte !== 0);
  if (start < 0) return false;
  const [first = 0, second = 0, third = 0] = head.subarray(start);
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const bitrate = third >> 4;
  const sampleRate = (third >> 2) & 3;
  return (
    // Eleven bits of sync; then a version, a layer (AAC in ADTS has 0) and rates that exist.
    first === 0xff &&
    (second & 0xe0) === 0xe0 &&
    version !== 1 &&
    layer !== 0 &&
    bitrate !== 15 &&
    sampleRate !== 3
  );
}
