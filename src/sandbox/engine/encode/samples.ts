/**
 * Sound -> samples of 16 bits, left and right in turn. Noise of one bit, the same for every song,
 * keeps rounding from sounding like distortion in quiet places.
 */
import { chance } from '../random.ts';
import type { Stereo } from '../sound.ts';

export function toInt16({ left, right }: Stereo): Int16Array {
  const draw = chance('dither');
  const samples = new Int16Array(left.length * 2);
  for (let i = 0; i < left.length; i++) {
    samples[i * 2] = rounded(left[i] ?? 0, draw.next() - draw.next());
    samples[i * 2 + 1] = rounded(right[i] ?? 0, draw.next() - draw.next());
  }
  return samples;
}

function rounded(x: number, noise: number): number {
  const scaled = Math.floor(x * 32767 + noise * 0.5 + 0.5);
  return scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
}
