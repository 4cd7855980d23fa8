/**
 * What every song goes through last: rumble out, a faded end, -14 LUFS, and no peak above -1 dBTP.
 */
import { sampleRate, type Stereo } from '../sound.ts';
import { limit } from './limiter.ts';
import { loudnessOf, minus14Lufs, samplePeak, truePeak } from './loudness.ts';

/** For samples while the loudness is sought; what lies between them is seen to last. */
const sampleCeiling = 0.85;

/** -1.25 dB: a quarter of a decibel for what dithering adds and four times oversampling misses. */
const trueCeiling = 0.866;

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
    limit(mix, gain, sampleCeiling, samplePeak);
  }
  limit(mix, 1, trueCeiling, truePeak);
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
