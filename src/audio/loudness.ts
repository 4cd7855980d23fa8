/**
 * Loudness by ITU-R BS.1770-4 and EBU R 128, its range by EBU Tech 3342.
 *
 * The sound is weighted (a shelf for the head, a high-pass for the ear), squared, and summed over channels.
 * The mean power of every tenth of a second is kept, 8 bytes each; all that follows is made of these. Blocks
 * of 0.4 s that begin every 0.1 s pass two gates, -70 LUFS and 10 LU below the mean of what passed the first;
 * the mean of the rest is the loudness. For the range, blocks of 3 s pass gates of -70 LUFS and -20 LU; it lies
 * between their 10th and 95th percentile.
 */
import type { Place } from './sound.ts';

export interface LoudnessMeter {
  readonly add: (channels: readonly Float32Array[]) => void;
  readonly result: () => { readonly loudness?: number; readonly range?: number };
}

/** What counts is how it arrives: from the side it is louder, and low effects are left out. */
const weights: Readonly<Record<Place, number>> = { front: 1, surround: 1.41, lfe: 0 };

export function createLoudnessMeter(sampleRate: number, places: readonly Place[]): LoudnessMeter {
  const filters = places.map(() => createWeighting(sampleRate));
  const tenths: number[] = [];
  let samples = 0;
  let sum = 0;
  let from = 0;
  let end = Math.round(sampleRate / 10);

  return {
    add: (channels) => {
      const length = channels[0]?.length ?? 0;
      for (let at = 0; at < length;) {
        const count = Math.min(length - at, end - samples);
        for (const [index, place] of places.entries()) {
          const channel = channels[index];
          const filter = filters[index];
          if (weights[place] === 0 || !channel || !filter) continue;
          sum += weights[place] * filter(channel, at, at + count);
        }
        at += count;
        samples += count;
        if (samples < end) break;
        tenths.push(sum / (end - from));
        sum = 0;
        from = end;
        // Not a fixed step: a tenth of a second need not be a whole number of samples.
        end = Math.round(((tenths.length + 1) * sampleRate) / 10);
      }
    },
    result: () => {
      const loudness = integrated(tenths);
      const range = loudnessRange(tenths);
      return {
        ...(loudness !== undefined && { loudness }),
        ...(range !== undefined && { range }),
      };
    },
  };
}

/** Power of a loudness in LUFS, and back. */
const powerOf = (lufs: number): number => 10 ** ((lufs + 0.691) / 10);
const lufsOf = (power: number): number => 10 * Math.log10(power) - 0.691;

const absoluteGate = powerOf(-70);

function integrated(tenths: readonly number[]): number | undefined {
  const loud = means(tenths, 4).filter((power) => power > absoluteGate);
  if (loud.length === 0) return undefined;
  const relativeGate = mean(loud) * 10 ** -1;
  return lufsOf(mean(loud.filter((power) => power > relativeGate)));
}

function loudnessRange(tenths: readonly number[]): number | undefined {
  const loud = means(tenths, 30).filter((power) => power > absoluteGate);
  if (loud.length === 0) return undefined;
  const relativeGate = mean(loud) * 10 ** -2;
  const rest = Float64Array.from(loud.filter((power) => power >= relativeGate)).sort();
  const percentile = (share: number) => lufsOf(rest[Math.round((rest.length - 1) * share)] ?? 0);
  return percentile(0.95) - percentile(0.1);
}

/** Means of so many tenths of a second in succession, from each on. */
function means(tenths: readonly number[], width: number): readonly number[] {
  const result: number[] = [];
  for (let end = width; end <= tenths.length; end++) {
    let sum = 0;
    for (let index = end - width; index < end; index++) sum += tenths[index] ?? 0;
    result.push(sum / width);
  }
  return result;
}

function mean(powers: readonly number[]): number {
  return powers.reduce((sum, power) => sum + power, 0) / powers.length;
}

/**
 * The "K" weighting of one channel: gives the sum of squares of a stretch, and goes on from there.
 * BS.1770 tabulates both filters for 48 kHz; these are the analogue filters behind the tables (frequency,
 * Q, gain: as found by R. Mansbridge, S. Finn and J. Reiss, 2012, and used by libebur128), made digital for
 * any rate by the bilinear transform.
 */
function createWeighting(sampleRate: number): Weighting {
  const shelf = highShelf(sampleRate);
  const pass = highPass(sampleRate);
  const { b0, b1, b2, a1, a2 } = shelf;
  const { a1: c1, a2: c2 } = pass;
  const last = new Float64Array(6);
  return (samples, from, to) => {
    // Local while it loops: numbers that a closure keeps are made anew, as objects, with every sample.
    let [x1 = 0, x2 = 0, y1 = 0, y2 = 0, z1 = 0, z2 = 0] = last;
    let sum = 0;
    for (let index = from; index < to; index++) {
      const x = samples[index] ?? 0;
      const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
      const z = y - 2 * y1 + y2 - c1 * z1 - c2 * z2;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      z2 = z1;
      z1 = z;
      sum += z * z;
    }
    // What rings on after the sound has ended gets ever smaller, and numbers that small are slow.
    const isOver = Math.abs(y1) + Math.abs(z1) < 1e-30;
    last.set(isOver ? [x1, x2, 0, 0, 0, 0] : [x1, x2, y1, y2, z1, z2]);
    return sum;
  };
}

type Weighting = (samples: Float32Array, from: number, to: number) => number;

interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

function highShelf(sampleRate: number): Biquad {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRate);
  const q = 0.7071752369554196;
  /** 4 dB, as amplitude. */
  const high = 1.5848647011308556;
  const middle = 1.258720930232562;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (middle * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (middle * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

function highPass(sampleRate: number): Biquad {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}
