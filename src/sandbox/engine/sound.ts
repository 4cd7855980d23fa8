/**
 * Sound as it is worked on: samples at 44.1 kHz, one array a channel.
 */
import { exponential } from './arithmetic.ts';

/** Samples a second and channel. */
export const sampleRate = 44_100;

export interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

export function silence(samples: number): Stereo {
  return { left: new Float32Array(samples), right: new Float32Array(samples) };
}

/** The factor that, applied once a sample, lets a level fall to 1/e in `seconds`. */
export function decay(seconds: number): number {
  return exponential(-1 / (seconds * sampleRate));
}

/** How much of each side a sound at -1 (left) to 1 (right) gets, at equal power. */
export function panned(pan: number): readonly [left: number, right: number] {
  return [Math.sqrt(0.5 - pan * 0.5), Math.sqrt(0.5 + pan * 0.5)];
}
