/**
 * What every song goes through last: rumble out, a faded end, -14 LUFS, and no peak above -1 dBTP.
 */
import type { Stereo } from '../sound.ts';
import { sampleRate } from '../sound.ts';
import { limit } from './limiter.ts';
import { loudnessOf, minus14Lufs, truePeakOf } from './loudness.ts';

/** For samples; what lies between them may be a little higher. */
const sampleCeiling = 0.825;

/** -1 dB, less what dithering and rounding add. */
const trueCeiling = 0.886;

const fadeSeconds = 1.2;

/** Limiting takes loudness away again, so it takes some rounds to get there. */
const rounds = 4;

export function master(mix: Stereo): void {
  removeRumble(mix.left);
  removeRumble(mix.right);
  fadeOut(mix);
  for (let round = 0; round < rounds; round++) {
    const energy = loudnessOf(mix);
    if (energy === 0) return;
    const gain = Math.sqrt(minus14Lufs / energy);
    // A tenth of a decibel is near enough.
    if (round > 0 && gain < 1.006 && gain > 0.994) break;
    limit(mix, gain, sampleCeiling);
  }
  const peak = truePeakOf(mix);
  if (peak > trueCeiling) scale(mix, trueCeiling / peak);
}

function removeRumble(channel: Float32Array): void {
  let before = 0;
  let y = 0;
  for (let i = 0; i < channel.length; i++) {
    const x = channel[i] ?? 0;
    y = 0.9965 * (y + x - before);
    before = x;
    channel[i] = y;
  }
}

function fadeOut({ left, right }: Stereo): void {
  const count = Math.min(left.length, Math.floor(fadeSeconds * sampleRate));
  for (let i = 1; i <= count; i++) {
    const at = left.length - i;
    left[at] = ((left[at] ?? 0) * i) / count;
    right[at] = ((right[at] ?? 0) * i) / count;
  }
}

function scale({ left, right }: Stereo, factor: number): void {
  for (const channel of [left, right]) {
    for (let i = 0; i < channel.length; i++) channel[i] = (channel[i] ?? 0) * factor;
  }
}
