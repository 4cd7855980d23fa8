/**
 * What a song is like, small enough to keep for every song, and how much two songs are alike.
 *
 * A fingerprint is the song cut into slices of equal length, from its first sound on, and for each slice
 * how strong each of twelve bands of pitch is, held against the same band in the whole song and against
 * the other bands in the slice. So neither gain nor equalisation nor the codec changes it much, while
 * another melody, beat or voice does. Two songs are as alike as these values correlate.
 *
 * Written as base64: version (1 byte), k (1 byte; a slice lasts 0.5 s times 2 to the k-th), and for each
 * slice six bytes with two values of four bits, the first in the upper half, from -7 to 7, plus 8.
 * At most 1 kB for a song of any length.
 */
export const bandCount = 12;
export const mostSlices = 120;
/** Seconds, for k = 0. */
export const shortestSlice = 0.5;

const version = 1;
const headLength = 2;

export interface Fingerprint {
  /** A slice lasts `shortestSlice` times 2 to this power. */
  readonly doublings: number;
  /** `bandCount` for each slice, whole numbers from -7 to 7. */
  readonly values: Float64Array;
}

export function writeFingerprint({ doublings, values }: Fingerprint): string {
  const bytes = Buffer.alloc(headLength + values.length / 2);
  bytes[0] = version;
  bytes[1] = doublings;
  for (let index = 0; index < values.length; index += 2) {
    const upper = (values[index] ?? 0) + 8;
    const lower = (values[index + 1] ?? 0) + 8;
    bytes[headLength + index / 2] = upper * 16 + lower;
  }
  return bytes.toString('base64');
}

function readFingerprint(text: string): Fingerprint | undefined {
  const bytes = Buffer.from(text, 'base64');
  const doublings = bytes[1] ?? 0;
  const slices = ((bytes.length - headLength) * 2) / bandCount;
  if (bytes[0] !== version || doublings > 20) return undefined;
  if (slices < 1 || slices > mostSlices || !Number.isInteger(slices)) return undefined;
  const values = new Float64Array(slices * bandCount);
  for (let index = 0; index < values.length; index += 2) {
    const byte = bytes[headLength + index / 2] ?? 0;
    values[index] = (byte >> 4) - 8;
    values[index + 1] = (byte & 15) - 8;
  }
  return { doublings, values };
}

/** Slices by which one song may begin later than the other, for a beginning that was cut off. */
const furthestShift = 6;

/**
 * How much two songs are alike, from 0 (no more than any two) to 1 (the same).
 * Undefined where they cannot be compared: not fingerprints, or of another version.
 */
export function similarity(one: string, other: string): number | undefined {
  const a = readFingerprint(one);
  const b = readFingerprint(other);
  if (!a || !b) return undefined;
  const doublings = Math.max(a.doublings, b.doublings);
  const first = coarsen(a, doublings);
  const second = coarsen(b, doublings);
  let best = 0;
  for (let shift = -furthestShift; shift <= furthestShift; shift++) {
    best = Math.max(best, correlation(first, second, shift));
  }
  return Math.round(best * 1000) / 1000;
}

/** As if its slices had been longer. */
function coarsen({ doublings, values }: Fingerprint, wanted: number): Float64Array {
  let coarse = values;
  for (let step = doublings; step < wanted; step++) {
    const slices = Math.ceil(coarse.length / bandCount / 2);
    const merged = new Float64Array(slices * bandCount);
    for (let index = 0; index < coarse.length; index++) {
      const slice = Math.floor(index / bandCount / 2);
      const at = slice * bandCount + (index % bandCount);
      merged[at] = (merged[at] ?? 0) + (coarse[index] ?? 0) / 2;
    }
    coarse = merged;
  }
  return coarse;
}

/**
 * Cosine of the angle between the two, as vectors; what one has and the other has not counts as
 * unlike. @param shift slices by which `b` begins later
 */
function correlation(a: Float64Array, b: Float64Array, shift: number): number {
  const lag = shift * bandCount;
  let product = 0;
  let powerOfA = 0;
  let powerOfB = 0;
  for (let index = 0; index < a.length; index++) {
    const x = a[index] ?? 0;
    product += x * (b[index + lag] ?? 0);
    powerOfA += x * x;
  }
  for (const y of b) powerOfB += y * y;
  const power = Math.sqrt(powerOfA * powerOfB);
  return power === 0 ? 0 : product / power;
}
