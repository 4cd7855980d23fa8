/**
 * Wave tables: one period of a sound, made of harmonics, to be read at any pitch. Tables are made
 * for a note, so that no harmonic lies above what 44.1 kHz can carry.
 */
import { sineOfTurns } from './arithmetic.ts';

export const tableLength = 2048;

/** One period, and its first sample again so that reading between samples needs no wrap. */
export type Table = Float32Array;

const sine = Float64Array.from({ length: tableLength }, (_, i) => sineOfTurns(i / tableLength));

/** Nothing above this is made, in Hz. */
const highest = 15000;

/** A period whose k-th harmonic has the k-th amplitude, for a tone of `hz`. */
export function tableOf(amplitudes: readonly number[], hz: number): Table {
  const count = Math.min(amplitudes.length, Math.floor(highest / hz));
  const sum = new Float64Array(tableLength);
  for (let k = 1; k <= count; k++) {
    const amplitude = amplitudes[k - 1] ?? 0;
    if (amplitude === 0) continue;
    // Phases that are not all zero keep the harmonics from peaking together.
    const offset = (k * k * 311) % tableLength;
    for (let i = 0; i < tableLength; i++) {
      sum[i] = (sum[i] ?? 0) + amplitude * (sine[(i * k + offset) % tableLength] ?? 0);
    }
  }
  return atEqualPower(sum);
}

function atEqualPower(sum: Float64Array): Table {
  let power = 0;
  for (const x of sum) power += x * x;
  const gain = power === 0 ? 0 : 0.35 / Math.sqrt(power / tableLength);
  const table = new Float32Array(tableLength + 1);
  for (let i = 0; i <= tableLength; i++) table[i] = (sum[i % tableLength] ?? 0) * gain;
  return table;
}

/** The table at `phase`, 0 up to tableLength, between its two nearest samples. */
export function read(table: Table, phase: number): number {
  const i = phase | 0;
  const a = table[i] ?? 0;
  return a + ((table[i + 1] ?? 0) - a) * (phase - i);
}
