/**
 * Sung notes -> the sound of a voice, dry and in one channel. Every 64 samples the mouth and the
 * pitch move on; between them nothing changes but levels.
 */
import { saturate } from '../arithmetic.ts';
import { chance } from '../random.ts';
import type { SungNote } from '../score/score.ts';
import { sampleRate } from '../sound.ts';
import type { Singer } from '../style/singer.ts';
import { articulate, type Gesture } from './gestures.ts';
import { Glottis, type Ramp } from './glottis.ts';
import { intone } from './intonation.ts';
import { AntiResonator, Mouth, Resonator } from './tract.ts';

const block = 64;
const step = block / sampleRate;

/** Formants above the third differ little from vowel to vowel: Hz and width of a grown man's. */
const upperFormants = [
  [3400, 200],
  [4300, 280],
  [5400, 500],
  [6900, 900],
] as const;

/** The mouth begins to move this much before a sound is due, in seconds. */
const foresight = 0.012;

/** Below this nothing is heard. */
const inaudible = 1e-4;

/** @param stream name of the stream of chance for breath and roughness */
export function sing(
  into: Float32Array,
  notes: readonly SungNote[],
  singer: Singer,
  stream: string,
): void {
  const { gestures, beginnings } = articulate(notes, singer);
  const first = gestures[0];
  if (!first) return;
  const draw = chance(stream);
  const intonation = intone(notes, beginnings, singer, draw);
  const throat = createThroat(singer);
  const glottis = new Glottis(singer, draw);
  const mouth = new Mouth();
  const posture = createPosture(first);
  const radiate = createLips(singer);
  const [source, open, noise, hiss] = [1, 2, 3, 4].map(() => new Float64Array(block));
  if (!source || !open || !noise || !hiss) return;
  const hissNoise = createNoise(`${stream}|noise`);

  const end = (gestures.at(-1)?.at ?? 0) + 0.4;
  const samples = Math.min(into.length, Math.floor(end * sampleRate));
  for (let at = 0, next = 0; at < samples; at += block) {
    const now = at / sampleRate;
    while ((gestures[next]?.at ?? Infinity) <= now + foresight) next++;
    const gesture = gestures[next - 1];
    if (!gesture) continue;
    const hz = intonation(now, step);
    if (isSilent(gesture) && posture.isSilent()) continue;
    const count = Math.min(block, samples - at);
    const levels = posture.moveTo(gesture);
    if (gesture.hiss) mouth.form(gesture.hiss);
    hissNoise(noise, count);
    glottis.fill(source, open, noise, count, hz, levels.voicing, levels.breath);
    throat.tune(posture, hz);
    throat.run(source, count);
    if (levels.hissing > inaudible) {
      // Voiced hiss comes in puffs, as the folds let air through.
      const voiced = levels.voicing.to > 0.05;
      for (let k = 0; k < count; k++) {
        const puff = voiced ? 0.4 + (open[k] ?? 0) : 1;
        hiss[k] = (noise[k] ?? 0) * levels.hissing * puff * 1.6;
      }
      mouth.add(source, hiss, count);
    }
    radiate(source, count, into, at);
  }
}

function isSilent({ voicing, breath, hissing }: Gesture): boolean {
  return voicing === 0 && breath === 0 && hissing === 0;
}

interface Levels {
  readonly voicing: Ramp;
  readonly breath: Ramp;
  readonly hissing: number;
}

interface Posture {
  readonly formants: Float64Array;
  readonly nasality: () => number;
  readonly damping: () => number;
  readonly isSilent: () => boolean;
  readonly moveTo: (gesture: Gesture) => Levels;
}

/** The mouth as it is, on its way from one gesture to the next. */
function createPosture(first: Gesture): Posture {
  const towards = Float64Array.from(first.formants);
  const formants = Float64Array.from(first.formants);
  let [voicing, breath, hissing, nasality, damping] = [0, 0, 0, 0, 1];
  const share = (seconds: number): number => step / (seconds + step);
  const [levelShare, noseShare] = [share(0.006), share(0.008)];
  return {
    formants,
    nasality: () => nasality,
    damping: () => damping,
    isSilent: () => voicing < inaudible && breath < inaudible && hissing < inaudible,
    moveTo: (gesture) => {
      const formantShare = share(gesture.glide);
      gesture.formants.forEach((target, i) => {
        const approached =
          (towards[i] ?? target) + (target - (towards[i] ?? target)) * formantShare;
        towards[i] = approached;
        formants[i] =
          (formants[i] ?? target) + (approached - (formants[i] ?? target)) * formantShare;
      });
      const before = { voicing, breath };
      voicing += (gesture.voicing - voicing) * levelShare;
      breath += (gesture.breath - breath) * levelShare;
      // A burst comes at once and goes more slowly.
      hissing += (gesture.hissing - hissing) * (gesture.hissing > hissing ? 0.6 : levelShare);
      nasality += (gesture.nasality - nasality) * noseShare;
      damping += (gesture.damping - damping) * noseShare;
      return {
        voicing: { from: before.voicing, to: voicing },
        breath: { from: before.breath, to: breath },
        hissing,
      };
    },
  };
}

function createThroat(singer: Singer): {
  readonly tune: (posture: Posture, hz: number) => void;
  readonly run: (block: Float64Array, count: number) => void;
} {
  const moving = [new Resonator(), new Resonator(), new Resonator()] as const;
  const nose = { zero: new AntiResonator(), pole: new Resonator() };
  nose.pole.tune(260, 90);
  const upper = upperFormants.map(([hz, width]) => {
    const resonator = new Resonator();
    resonator.tune(hz * singer.size, width);
    return resonator;
  });
  return {
    tune: ({ formants, nasality, damping }, hz) => {
      const [f1 = 500, f2 = 1500, f3 = 2500] = formants;
      const wide = damping();
      // Singers lift the first formant to a pitch above it, or the tone would vanish.
      const first = Math.max(f1, hz * 1.04);
      moving[0].tune(first, (60 + first * 0.04) * 1.2 * wide * (1 + singer.breath * 2));
      moving[1].tune(f2, (75 + f2 * 0.02) * 1.2 * wide);
      moving[2].tune(f3, (110 + f3 * 0.02) * wide);
      // Pole and zero of the nose cancel each other while it is shut.
      nose.zero.tune(260 + 200 * nasality(), 90);
    },
    run: (samples, count) => {
      nose.zero.run(samples, count);
      nose.pole.run(samples, count);
      for (const resonator of moving) resonator.run(samples, count);
      for (const resonator of upper) resonator.run(samples, count);
    },
  };
}

/** What leaves the mouth: nothing below the voice, and overdriven as the singer likes. */
function createLips({ drive }: Singer) {
  const gain = 0.32 * (1 + drive);
  let before = 0;
  let y = 0;
  return (samples: Float64Array, count: number, into: Float32Array, at: number): void => {
    for (let k = 0; k < count; k++) {
      const x = samples[k] ?? 0;
      y = 0.985 * (y + x - before);
      before = x;
      into[at + k] = (into[at + k] ?? 0) + saturate(y * gain);
    }
  };
}

/** White noise, -1 to 1, by xorshift (Marsaglia 2003): a voice needs a lot of it. */
function createNoise(stream: string): (into: Float64Array, count: number) => void {
  let state = Math.floor(chance(stream).next() * 4294967296) | 1;
  return (into, count) => {
    for (let k = 0; k < count; k++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      into[k] = state / 2147483648;
    }
  };
}
