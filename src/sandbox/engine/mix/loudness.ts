/**
 * Loudness after ITU-R BS.1770-4 and true peak, as the mastering needs them: in plain arithmetic, so
 * that the level of a song is the same to the bit everywhere. Energies are mean squares, not LUFS.
 * The meter in `audio/` is another on purpose: its logarithms and tangents are the machine's, and this folder does not
 * know that one.
 */
import { cosineOfTurns, sineOfTurns } from '../arithmetic.ts';
import { sampleRate, type Stereo } from '../sound.ts';

/** What -14 LUFS is as an energy: 10 to the power of (-14 + 0.691) / 10. */
export const minus14Lufs = 0.046681;

/** Below -70 LUFS nothing counts. */
const absoluteGate = 1.17246530458e-7;

/** Sub-blocks of 100 ms; four of them are a gating block of 400 ms, at 75 % overlap. */
const subBlock = Math.floor(sampleRate / 10);

/** Mean energy of the K-weighted song over the blocks that are not gated out; 0 for silence. */
export function loudnessOf({ left, right }: Stereo): number {
  const energies = new Float64Array(Math.floor(left.length / subBlock));
  addWeighted(left, energies);
  addWeighted(right, energies);
  const blocks: number[] = [];
  for (let i = 0; i + 4 <= energies.length; i++) {
    const sum = energies.subarray(i, i + 4).reduce((a, b) => a + b, 0);
    blocks.push(sum / (4 * subBlock));
  }
  const audible = blocks.filter((energy) => energy > absoluteGate);
  // The relative gate lies 10 LU below the mean.
  const gate = mean(audible) / 10;
  return mean(audible.filter((energy) => energy > gate));
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}

/** Second-order filter: three coefficients forward, two back. */
type Biquad = readonly [number, number, number, number, number];

/** The two filters of the K weighting, for our sample rate: a shelf for the head, then a high-pass. */
const shelf = ((): Biquad => {
  const [k, q] = [tangent(1681.974450955533), 0.7071752369554196];
  const [high, band] = [1.5848647011308556, 1.258720930232562];
  const a0 = 1 + k / q + k * k;
  return [
    (high + (band * k) / q + k * k) / a0,
    (2 * (k * k - high)) / a0,
    (high - (band * k) / q + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / q + k * k) / a0,
  ];
})();
const highPass = ((): Biquad => {
  const [k, q] = [tangent(38.13547087602444), 0.5003270373238773];
  const a0 = 1 + k / q + k * k;
  return [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
})();

function tangent(hz: number): number {
  const turns = hz / sampleRate / 2;
  return sineOfTurns(turns) / cosineOfTurns(turns);
}

function addWeighted(channel: Float32Array, energies: Float64Array): void {
  const [b0, b1, b2, a1, a2] = shelf;
  const [, , , c1, c2] = highPass;
  let [x1, x2, y1, y2, z1, z2] = [0, 0, 0, 0, 0, 0];
  for (let block = 0, i = 0; block < energies.length; block++) {
    let sum = 0;
    for (const end = i + subBlock; i < end; i++) {
      const x = channel[i] ?? 0;
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
    energies[block] = (energies[block] ?? 0) + sum;
  }
}

const taps = 24;

/** Windowed sincs that tell the signal a quarter, a half and three quarters between two samples. */
const between = [1, 2, 3].map((quarter) => {
  const sinc = Float64Array.from({ length: taps }, (_, k) => {
    const x = k - (taps / 2 - 1) - quarter / 4;
    const window = 0.5 + 0.5 * cosineOfTurns(x / taps);
    return (window * sineOfTurns(x / 2)) / (3.141592653589793 * x);
  });
  const sum = sinc.reduce((a, b) => a + b, 0);
  return sinc.map((x) => x / sum);
});

/** The level of a sample. */
export function samplePeak(channel: Float32Array, at: number): number {
  return Math.abs(channel[at] ?? 0);
}

/** Near samples below this no peak is looked for. */
const quiet = 0.55;

/** The highest level from a sample up to the next, as after four times oversampling. */
export function truePeak(channel: Float32Array, at: number): number {
  const [a, b] = [Math.abs(channel[at] ?? 0), Math.abs(channel[at + 1] ?? 0)];
  if (a < quiet && b < quiet) return a;
  let peak = a;
  for (const sinc of between) {
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += (channel[at - taps / 2 + 1 + k] ?? 0) * (sinc[k] ?? 0);
    if (sum > peak) peak = sum;
    else if (-sum > peak) peak = -sum;
  }
  return peak;
}
