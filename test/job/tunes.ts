/** Fingerprints of songs that nobody has to make. */
import { bandCount, writeFingerprint } from '../../src/job/fingerprint.ts';

/** Songs of the same tune sound the same; of different ones they do not. */
export function tune(seed: number): string {
  let state = seed * 2_654_435_761 + 1;
  const values = Float64Array.from({ length: 40 * bandCount }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (Math.floor(state / 65_536) % 15) - 7;
  });
  return writeFingerprint({ doublings: 0, values });
}
