/**
 * The drum kit. Every drum is made three times a song, unlike as strokes are, and laid into the mix at
 * every hit.
 */
import { saturate, sineOfTurns } from '../arithmetic.ts';
import { type Chance, chance } from '../random.ts';
import { decay, panned, sampleRate, type Stereo } from '../sound.ts';
import type { Hit } from '../score/score.ts';
import type { DrumName } from '../style/family.ts';

interface Drum {
  readonly seconds: number;
  readonly pan: number;
  /** A source of samples, in order from the first. */
  readonly sound: (noise: Chance, seconds: number) => () => number;
}

const drums: Readonly<Record<DrumName, Drum>> = {
  kick: { seconds: 0.35, pan: 0, sound: kick },
  snare: { seconds: 0.26, pan: 0, sound: snare },
  clap: { seconds: 0.22, pan: 0.1, sound: clap },
  rim: { seconds: 0.06, pan: -0.25, sound: rim },
  hat: { seconds: 0.07, pan: 0.35, sound: (noise, s) => metal(noise, decay(s * 0.16), 0.34) },
  open: { seconds: 0.3, pan: 0.35, sound: (noise, s) => metal(noise, decay(s * 0.3), 0.32) },
  ride: { seconds: 0.5, pan: 0.4, sound: (noise, s) => metal(noise, decay(s * 0.2), 0.24) },
  crash: { seconds: 1.6, pan: 0.2, sound: (noise, s) => metal(noise, decay(s * 0.2), 0.5) },
  shaker: { seconds: 0.07, pan: -0.4, sound: shaker },
  conga: { seconds: 0.22, pan: -0.3, sound: (_, s) => skin(205, 40, s) },
  tom: { seconds: 0.35, pan: -0.3, sound: (_, s) => skin(95, 60, s) },
};

const strokes = 3;

export function playDrums(into: Stereo, hits: readonly Hit[], stream: string): void {
  const kit = new Map<string, Float32Array>();
  hits.forEach((hit, i) => {
    const name = `${hit.drum} ${i % strokes}`;
    const samples = kit.get(name) ?? make(hit.drum, `${stream}|${name}`);
    kit.set(name, samples);
    lay(into, hit, samples);
  });
}

function make(name: DrumName, stream: string): Float32Array {
  const { seconds, sound } = drums[name];
  const next = sound(chance(stream), seconds);
  const samples = new Float32Array(Math.floor(seconds * sampleRate));
  const tail = Math.floor(0.01 * sampleRate);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = next() * Math.min(1, (samples.length - i) / tail);
  }
  return samples;
}

function lay({ left, right }: Stereo, hit: Hit, samples: Float32Array): void {
  const first = Math.max(0, Math.floor(hit.start * sampleRate));
  const count = Math.min(samples.length, left.length - first);
  const [gainLeft, gainRight] = panned(drums[hit.drum].pan);
  for (let i = 0; i < count; i++) {
    const x = (samples[i] ?? 0) * hit.velocity;
    left[first + i] = (left[first + i] ?? 0) + x * gainLeft;
    right[first + i] = (right[first + i] ?? 0) + x * gainRight;
  }
}

/** A membrane that is struck drops in pitch. */
function kick(noise: Chance, seconds: number): () => number {
  const body = falling(seconds * 0.16);
  const click = falling(0.012);
  const level = falling(seconds * 0.3);
  let phase = 0;
  return () => {
    const attack = click();
    phase += (46 + 30 * body() + 200 * attack) / sampleRate;
    return saturate(1.5 * sineOfTurns(phase)) * level() + noise.signed() * attack * 0.12;
  };
}

function snare(noise: Chance, seconds: number): () => number {
  const body = falling(seconds * 0.16);
  const click = falling(0.012);
  const wires = falling(seconds * 0.3);
  const hiss = highPass(0.86);
  let phase = 0;
  return () => {
    phase += (178 + 60 * click()) / sampleRate;
    return sineOfTurns(phase) * body() * 0.5 + hiss(noise.signed()) * wires() * 0.42;
  };
}

/** Several hands, never quite together. */
function clap(noise: Chance, seconds: number): () => number {
  const level = falling(seconds * 0.3);
  let low = 0;
  let band = 0;
  let i = 0;
  return () => {
    low += 0.18 * band;
    band += 0.18 * (noise.signed() - low - 0.7 * band);
    const time = i++ / sampleRate;
    const between = time < 0.03 && (time * 100) % 1 >= 0.6;
    return band * level() * (between ? 0.25 : 1) * 0.75;
  };
}

function rim(noise: Chance, seconds: number): () => number {
  const level = falling(seconds * 0.16);
  let phase = 0;
  return () => {
    phase += 820 / sampleRate;
    const wood = sineOfTurns(phase) * 0.4 + sineOfTurns(phase * 2.1) * 0.2;
    return (wood + noise.signed() * 0.25) * level() * 0.8;
  };
}

function skin(hz: number, drop: number, seconds: number): () => number {
  const body = falling(seconds * 0.16);
  const level = falling(seconds * 0.3);
  let phase = 0;
  return () => {
    phase += (hz + drop * body()) / sampleRate;
    return sineOfTurns(phase) * level() * 0.7;
  };
}

function shaker(noise: Chance, seconds: number): () => number {
  const level = falling(seconds * 0.3);
  const hiss = highPass(0.5);
  let i = 0;
  return () => hiss(noise.signed()) * level() * 0.16 * Math.min(1, i++ / 300);
}

/** Six square waves that share no pitch, as in the cymbals of the TR-808, and noise. */
function metal(noise: Chance, fade: number, gain: number): () => number {
  const steps = [205.3, 304.4, 369.6, 522.7, 540, 800].map((hz) => (hz * 1.9) / sampleRate);
  const phases = steps.map(() => noise.next());
  const hiss = highPass(0.55);
  let level = 1 / fade;
  return () => {
    level *= fade;
    let sum = 0;
    steps.forEach((step, j) => {
      const phase = ((phases[j] ?? 0) + step) % 1;
      phases[j] = phase;
      sum += phase < 0.5 ? 1 : -1;
    });
    return hiss(sum * 0.16 + noise.signed() * 0.5) * level * gain;
  };
}

/** 1, and then ever less: 1/e after `seconds`. */
function falling(seconds: number): () => number {
  const fade = decay(seconds);
  let level = 1 / fade;
  return () => (level *= fade);
}

function highPass(coefficient: number): (x: number) => number {
  let before = 0;
  let y = 0;
  return (x) => {
    y = coefficient * (y + x - before);
    before = x;
    return y;
  };
}
