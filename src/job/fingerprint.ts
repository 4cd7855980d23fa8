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

/** A fingerprint made ready to be held against many others. */
export interface Print {
  readonly doublings: number;
  /** As in a `Fingerprint`; of one that was coarsened, sums of them. */
  readonly values: Int8Array | Int32Array;
  /** For each slice, and behind the last, what the squares from there on add up to. */
  readonly powers: Float64Array;
}

/** Undefined where the text is no fingerprint, or one of another version. */
export function readPrint(text: string): Print | undefined {
  const bytes = Buffer.from(text, 'base64');
  const doublings = bytes[1] ?? 0;
  const slices = ((bytes.length - headLength) * 2) / bandCount;
  if (bytes[0] !== version || doublings > 20) return undefined;
  if (slices < 1 || slices > mostSlices || !Number.isInteger(slices)) return undefined;
  const values = new Int8Array(slices * bandCount);
  for (let index = 0; index < values.length; index += 2) {
    const byte = bytes[headLength + index / 2] ?? 0;
    values[index] = (byte >> 4) - 8;
    values[index + 1] = (byte & 15) - 8;
  }
  return { doublings, values, powers: powersOf(values) };
}

function powersOf(values: Print['values']): Float64Array {
  const powers = new Float64Array(values.length / bandCount + 1);
  for (let slice = powers.length - 2; slice >= 0; slice--) {
    let power = powers[slice + 1] ?? 0;
    for (const value of values.subarray(slice * bandCount, (slice + 1) * bandCount)) {
      power += value * value;
    }
    powers[slice] = power;
  }
  return powers;
}

/**
 * How much two songs are alike, from 0 (no more than any two) to 1 (the same).
 * Undefined where they cannot be compared: not fingerprints, or of another version.
 */
export function similarity(one: string, other: string): number | undefined {
  const a = readPrint(one);
  const b = readPrint(other);
  return a && b && (similarityFrom(0, a, b) ?? 0);
}

/** Slices by which one song may begin later than the other, for a beginning that was cut off. */
const furthestShift = 6;
/** Half a step of what is told. */
const rounding = 0.0005;

/** The same; undefined where it is less than `least`, which most pairs show soon. */
export function similarityFrom(least: number, a: Print, b: Print): number | undefined {
  const doublings = Math.max(a.doublings, b.doublings);
  const first = coarsen(a, doublings);
  const second = coarsen(b, doublings);
  let best = least - rounding;
  for (let shift = -furthestShift; shift <= furthestShift; shift++) {
    best = Math.max(best, correlation(first, second, shift, best));
  }
  return best > least - rounding ? Math.round(best * 1000) / 1000 : undefined;
}

/** As if its slices had been longer. */
function coarsen(print: Print, wanted: number): Print {
  let { values } = print;
  for (let step = print.doublings; step < wanted; step++) {
    const slices = Math.ceil(values.length / bandCount / 2);
    const merged = new Int32Array(slices * bandCount);
    for (let index = 0; index < values.length; index++) {
      const slice = Math.floor(index / bandCount / 2);
      const at = slice * bandCount + (index % bandCount);
      merged[at] = (merged[at] ?? 0) + (values[index] ?? 0);
    }
    values = merged;
  }
  return values === print.values ? print : { doublings: wanted, values, powers: powersOf(values) };
}

/** Slices after which is asked whether the rest can still matter. */
const stride = 4;

/**
 * Cosine of the angle between the two, as vectors; what one has and the other has not counts as
 * unlike. Given up, with 0, as soon as it cannot be more than `least` any more: what two vectors have in
 * common is at most the product of their lengths.
 * @param shift slices by which `b` begins later
 */
function correlation(a: Print, b: Print, shift: number, least: number): number {
  const power = Math.sqrt((a.powers[0] ?? 0) * (b.powers[0] ?? 0));
  if (power === 0) return 0;
  const from = Math.max(0, -shift);
  const to = Math.min(a.powers.length, b.powers.length - shift) - 1;
  const lag = shift * bandCount;
  const [ours, theirs] = [a.values, b.values];
  let product = 0;
  for (let slice = from; slice < to; slice += stride) {
    const rest = Math.sqrt((a.powers[slice] ?? 0) * (b.powers[slice + shift] ?? 0));
    if (product + rest <= least * power) return 0;
    const end = Math.min(slice + stride, to) * bandCount;
    for (let index = slice * bandCount; index < end; index++) {
      product += (ours[index] ?? 0) * (theirs[index + lag] ?? 0);
    }
  }
  return product / power;
}
