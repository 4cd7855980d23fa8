/**
 * The drum kit: each drum is made once a song, then laid into the mix at every hit.
 */
import { halving, saturate, sineOfTurns } from './arithmetic.ts';
import type { DrumName } from './genre.ts';
import { type Chance, chance } from './random.ts';
import type { Hit } from './sheet.ts';
import type { Stereo } from './stereo.ts';

interface Drum {
  readonly seconds: number;
  readonly pan: number;
  readonly level: number;
  /** A sample of the drum; called in order from the first. */
  readonly sound: (noise: Chance, sampleRate: number) => (seconds: number) => number;
}

const drums: Readonly<Record<DrumName, Drum>> = {
  kick: { seconds: 0.32, pan: 0, level: 1, sound: (_, rate) => fallingTone(48, 150, 0.07, rate) },
  snare: { seconds: 0.22, pan: -0.05, level: 0.62, sound: snare },
  rim: {
    seconds: 0.08,
    pan: -0.25,
    level: 0.5,
    sound: (_, rate) => fallingTone(820, 400, 0.012, rate),
  },
  hat: { seconds: 0.07, pan: 0.3, level: 0.3, sound: (noise, rate) => bright(noise, 0.012, rate) },
  open: { seconds: 0.3, pan: 0.35, level: 0.24, sound: (noise, rate) => bright(noise, 0.07, rate) },
  shaker: {
    seconds: 0.09,
    pan: -0.35,
    level: 0.24,
    sound: (noise, rate) => bright(noise, 0.02, rate),
  },
  crash: { seconds: 1.6, pan: 0.15, level: 0.24, sound: (noise, rate) => bright(noise, 0.3, rate) },
};

/** Plays hits into a mix. */
export function drummerInto(into: Stereo, gain: number): (hit: Hit) => void {
  const made = new Map<DrumName, Float32Array>();
  return (hit) => {
    const known = made.get(hit.drum) ?? make(hit.drum, into.sampleRate);
    made.set(hit.drum, known);
    strike(into, hit, known, gain);
  };
}

function make(name: DrumName, sampleRate: number): Float32Array {
  const drum = drums[name];
  const sound = drum.sound(chance(`drum|${name}`), sampleRate);
  const count = Math.floor(drum.seconds * sampleRate);
  const tail = Math.floor(0.01 * sampleRate);
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const end = i > count - tail ? (count - i) / tail : 1;
    samples[i] = sound(i / sampleRate) * drum.level * end;
  }
  return samples;
}

function strike(into: Stereo, hit: Hit, samples: Float32Array, gain: number): void {
  const { left, right, sampleRate } = into;
  const { pan } = drums[hit.drum];
  const first = Math.floor(hit.start * sampleRate);
  const count = Math.min(samples.length, left.length - first);
  const gainLeft = Math.sqrt(0.5 - pan * 0.5) * hit.velocity * gain;
  const gainRight = Math.sqrt(0.5 + pan * 0.5) * hit.velocity * gain;
  for (let i = 0; i < count; i++) {
    const x = samples[i] ?? 0;
    left[first + i] = (left[first + i] ?? 0) + x * gainLeft;
    right[first + i] = (right[first + i] ?? 0) + x * gainRight;
  }
}

/** A sine that drops from `hz + drop` to `hz`, half of the drop and of the level every `half` s. */
function fallingTone(hz: number, drop: number, half: number, sampleRate: number) {
  const fade = halving(half, sampleRate);
  const sink = halving(half / 4, sampleRate);
  let phase = 0;
  let level = 1.4;
  let above = drop;
  return (): number => {
    phase += (hz + above) / sampleRate;
    level *= fade;
    above *= sink;
    return saturate(sineOfTurns(phase) * 1.5) * saturate(level);
  };
}

function snare(noise: Chance, sampleRate: number) {
  const skin = fallingTone(185, 90, 0.03, sampleRate);
  const wires = bright(noise, 0.045, sampleRate);
  return (): number => skin() * 0.45 + wires() * 0.8;
}

/** Noise without its low half, fading by half every `half` seconds. */
function bright(noise: Chance, half: number, sampleRate: number) {
  const fade = halving(half, sampleRate);
  let level = 1;
  let before = 0;
  return (): number => {
    const x = noise.signed();
    const high = x - before;
    before = x;
    level *= fade;
    return high * level;
  };
}
