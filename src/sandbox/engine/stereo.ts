/**
 * The mix: two channels of samples, the room around them, and the finish that every song gets.
 */
import { powerOfTwo, saturate } from './arithmetic.ts';

export interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** Samples a second and channel. */
  readonly sampleRate: number;
}

export function silence(seconds: number, sampleRate: number): Stereo {
  const length = Math.ceil(seconds * sampleRate);
  return { left: new Float32Array(length), right: new Float32Array(length), sampleRate };
}

/** Adds the sound of a room: six echo loops of unlike lengths, three an ear, each a little duller. */
export function addRoom(mix: Stereo, seconds: number, gain: number): void {
  const { sampleRate } = mix;
  const sides = [
    { channel: mix.left, lengths: [1327, 1693, 2111] },
    { channel: mix.right, lengths: [1429, 1801, 1999] },
  ];
  for (const { channel, lengths } of sides) {
    const wet = new Float32Array(channel.length);
    for (const length of lengths) {
      // The loop gain at which the echo has fallen by 60 dB (ten halvings) after `seconds`.
      echo(channel, wet, length, powerOfTwo((-10 * length) / sampleRate / seconds));
    }
    for (let i = 0; i < channel.length; i++) {
      channel[i] = (channel[i] ?? 0) + (wet[i] ?? 0) * gain;
    }
  }
}

function echo(dry: Float32Array, wet: Float32Array, length: number, loop: number): void {
  const delayed = new Float32Array(length);
  let at = 0;
  let dull = 0;
  for (let i = 0; i < dry.length; i++) {
    const out = delayed[at] ?? 0;
    dull += (out - dull) * 0.6;
    delayed[at] = (dry[i] ?? 0) + dull * loop;
    wet[i] = (wet[i] ?? 0) + out;
    at = at + 1 === length ? 0 : at + 1;
  }
}

/** Loudest sample of a finished song: 1 dB below full scale. */
const ceiling = 0.89;

/** Evens the level out, removes rumble, fades the end and leaves headroom. */
export function finish(mix: Stereo, fadeSeconds: number): void {
  const drive = 0.17 / Math.max(1e-6, averageLevel(mix));
  let peak = 1e-6;
  for (const channel of [mix.left, mix.right]) {
    let rumble = 0;
    for (let i = 0; i < channel.length; i++) {
      const x = (channel[i] ?? 0) * drive;
      rumble += (x - rumble) * 0.004;
      const y = saturate(x - rumble);
      channel[i] = y;
      if (y > peak) peak = y;
      else if (-y > peak) peak = -y;
    }
  }
  const fade = Math.floor(fadeSeconds * mix.sampleRate);
  for (const channel of [mix.left, mix.right]) {
    for (let i = 0; i < channel.length; i++) {
      const left = channel.length - 1 - i;
      const down = left < fade ? (left / fade) * (left / fade) : 1;
      channel[i] = (channel[i] ?? 0) * (ceiling / peak) * down;
    }
  }
}

function averageLevel(mix: Stereo): number {
  let power = 0;
  for (const channel of [mix.left, mix.right]) {
    for (const x of channel) power += x * x;
  }
  return Math.sqrt(power / Math.max(1, mix.left.length * 2));
}
