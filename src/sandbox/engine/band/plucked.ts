/**
 * Plucked strings after Karplus and Strong (1983), with the extensions of Jaffe and Smith: a burst of
 * noise runs round a delay line and loses its top with every round. An all-pass tunes it between
 * samples; where the string is plucked takes partials out of the burst.
 */
import { clamp, exponential, hertz, powerOfTwo, sineOfTurns } from '../arithmetic.ts';
import type { Chance } from '../random.ts';
import { panned, sampleRate, type Stereo } from '../sound.ts';
import type { BandNote } from '../score/score.ts';
import type { Plucked } from './patches.ts';

/** Where along the string it is plucked. */
const pluckedAt = 0.17;

/** Loss a sample once a finger is on the string. */
const muted = 0.985;

export function pluck(
  into: Stereo,
  note: BandNote,
  patch: Plucked,
  brightness: number,
  draw: Chance,
): void {
  const { left, right } = into;
  const first = Math.floor(note.start * sampleRate);
  const held = Math.floor(note.seconds * sampleRate);
  const count = Math.min(left.length - first, held + Math.floor(patch.release * sampleRate));
  const velocity = clamp(note.velocity, 0.05, 1.2);
  const hz = hertz(note.midi);
  const period = sampleRate / hz;
  // The loop's low-pass delays by its damping, the all-pass by the rest.
  const length = Math.max(2, Math.floor(period - patch.damping - 0.1));
  const between = period - patch.damping - length;
  const tuning = (1 - between) / (1 + between);
  const loop = exponential(-6.9 / (patch.seconds * hz));
  const line = burst(length, 0.25 + 0.6 * clamp(velocity * (0.4 + brightness), 0, 1), draw);
  const [gainLeft, gainRight] = panned(note.pan);
  const level = patch.level * velocity;
  const shake = patch.vibrato ?? 0;

  let at = 0;
  let dull = 0;
  let passed = 0;
  let before = 0;
  let coefficient = tuning;
  for (let i = 0; i < count; i++) {
    const sound = line[at] ?? 0;
    if (shake > 0 && i % 64 === 0) {
      const bend = shake * sineOfTurns((5.2 * i) / sampleRate) * clamp(i / sampleRate - 0.12, 0, 1);
      // A bend of one semitone shortens the period by six hundredths of itself.
      const delay = clamp(between + period * (powerOfTwo(-bend / 12) - 1), 0.02, 3);
      coefficient = (1 - delay) / (1 + delay);
    }
    dull = sound * (1 - patch.damping) + dull * patch.damping;
    const fed = dull * loop * (i > held ? muted : 1);
    passed = coefficient * (fed - passed) + before;
    before = fed;
    line[at] = passed;
    at = at + 1 === length ? 0 : at + 1;
    left[first + i] = (left[first + i] ?? 0) + sound * level * gainLeft;
    right[first + i] = (right[first + i] ?? 0) + sound * level * gainRight;
  }
}

/** Noise through a low-pass, less itself a little later: what a pick gives the string. */
function burst(length: number, brightness: number, draw: Chance): Float64Array {
  const noise = new Float64Array(length);
  let smooth = 0;
  for (let i = 0; i < length; i++) {
    smooth += (draw.signed() - smooth) * brightness;
    noise[i] = smooth;
  }
  const apart = Math.max(1, Math.floor(length * pluckedAt));
  return noise.map((x, i) => x - (noise[(i + length - apart) % length] ?? 0));
}
