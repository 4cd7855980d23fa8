/**
 * What a dry voice goes through before it is mixed: presence, overdrive, a compressor; and the echo
 * that answers it.
 */
import { saturate } from '../arithmetic.ts';
import { decay, sampleRate, type Stereo } from '../sound.ts';
import { barSeconds } from '../score/score.ts';
import type { Style } from '../style/style.ts';

/** Level, as a root of mean square, above which the compressor holds back: four to one. */
const threshold = 0.05;

/** Works in place. */
export function polish(voice: Float32Array, { singer }: Style): void {
  const drive = 1 + singer.drive * 2.5;
  const rise = 1 - decay(0.004);
  const fall = 1 - decay(0.12);
  let power = 0;
  let dull = 0;
  for (let i = 0; i < voice.length; i++) {
    const dry = voice[i] ?? 0;
    dull += (dry - dull) * 0.25;
    const x = saturate((dry * 1.35 - dull * 0.35) * drive) / drive;
    const now = x * x;
    power += (now - power) * (now > power ? rise : fall);
    const level = Math.sqrt(power);
    const over = threshold / level;
    voice[i] = level > threshold ? x * Math.sqrt(over) * Math.sqrt(Math.sqrt(over)) : x;
  }
}

/** Repeats a voice three sixteenths later, to and fro between the sides, ever duller. */
export function addEcho(mix: Stereo, voice: Float32Array, style: Style, level: number): void {
  const length = Math.floor((barSeconds(style) * 3 * sampleRate) / 16);
  const repeated = new Float32Array(length);
  let dull = 0;
  for (let at = 0, i = length; i < voice.length; i++) {
    const x = (voice[i - length] ?? 0) * level * 0.16 + (repeated[at] ?? 0) * 0.3;
    dull += (x - dull) * 0.35;
    repeated[at] = dull;
    at = at + 1 === length ? 0 : at + 1;
    const near = Math.floor(i / length) % 2 === 0 ? 1 : 0.4;
    mix.left[i] = (mix.left[i] ?? 0) + dull * near;
    mix.right[i] = (mix.right[i] ?? 0) + dull * (1.4 - near);
  }
}
