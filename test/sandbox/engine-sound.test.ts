/** What rendered songs sound like, by the numbers. */
import { describe, expect, it } from 'vitest';

import { patches } from '../../src/sandbox/engine/band/patches.ts';
import { play } from '../../src/sandbox/engine/band/play.ts';
import { record } from '../../src/sandbox/engine/mix/mix.ts';
import { chance } from '../../src/sandbox/engine/random.ts';
import { compose } from '../../src/sandbox/engine/score/compose.ts';
import type { Score } from '../../src/sandbox/engine/score/score.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { sampleRate, silence } from '../../src/sandbox/engine/sound.ts';
import { sing } from '../../src/sandbox/engine/voice/sing.ts';
import { measureSamples } from '../audio/signals.ts';
import { levelAround, pitch } from './meters.ts';

const song: SongParameters = {
  lyrics: '[verse]\nHello to the morning\nThe night is nearly done\n\n[chorus]\nSing it out loud',
  reference: '',
  clone: 'vocal',
  genre: ['Pop'],
  instrument: ['guitar'],
  mood: ['happy'],
  gender: ['female'],
  timbre: ['bright vocal'],
  seed: '42',
};

describe('an instrument', () => {
  it.each(Object.entries(patches))('sounds, and stays within bounds: %s', (_, patch) => {
    for (const midi of [30, 55, 84]) {
      const stem = silence(sampleRate);
      const note = { part: 'lead', start: 0.01, seconds: 0.5, midi, velocity: 1, pan: 0 } as const;
      play(stem, note, patch, 1, chance('test'));
      const peak = stem.left.reduce((a, x) => (Math.abs(x) <= a ? a : Math.abs(x)), 0);
      expect(peak).toBeGreaterThan(0.02);
      expect(peak).toBeLessThan(2);
    }
  });
});

describe('a mastered song', () => {
  it.each([
    ['pop', {}],
    ['metal', { genre: ['Death Metal'], mood: ['angry'], gender: ['screamo'] }],
    ['ambient', { genre: ['ambient'], mood: ['Calm'], timbre: ['whispery vocal'] }],
    ['8-bit', { genre: ['8-bit'], instrument: ['drums'] }],
  ] as const)('is at -14 LUFS and below -1 dBTP: %s', (_, changes) => {
    const { left, right } = record(
      compose({ ...song, lyrics: '[intro]\n[verse]\nHello to the morning', ...changes }, 60),
    );
    const { loudness, truePeak } = measureSamples(sampleRate, [left, right]);
    expect(loudness).toBeGreaterThan(-14.9);
    expect(loudness).toBeLessThan(-13.7);
    expect(truePeak).toBeLessThan(-1);
  });
});

function voiceOf({ sung, style, seconds }: Score): Float32Array {
  const voice = new Float32Array(Math.ceil(seconds * sampleRate));
  sing(voice, sung, style.singer, style.streams.voice);
  return voice;
}

describe('a voice', () => {
  it.each([
    ['female', 'bright vocal'],
    ['male', 'dark vocal'],
    ['child', 'airy vocal'],
    ['tenor', 'soulful vocal'],
  ])('sings nine of ten notes within 50 cents: %s, %s', (gender, timbre) => {
    const score = compose({ ...song, gender: [gender], timbre: [timbre] }, 60);
    const voice = voiceOf(score);
    const held = score.sung.filter(({ seconds, turn }) => seconds > 0.25 && turn === undefined);
    const deviations = held.map(({ start, seconds, midi }) => {
      const from = Math.floor((start + 0.1) * sampleRate);
      const to = Math.floor((start + Math.min(seconds - 0.05, 0.28)) * sampleRate);
      return Math.abs(pitch(voice.subarray(from, Math.max(to, from + 3000))) - midi);
    });
    const inTune = deviations.filter((deviation) => deviation < 0.5);
    expect(held.length).toBeGreaterThan(8);
    expect(inTune.length / held.length).toBeGreaterThanOrEqual(0.9);
  });

  it('has the formants of its vowels', () => {
    /** The middle of one held syllable. */
    const held = (word: string): Float32Array => {
      const score = compose({ ...song, gender: ['male'], lyrics: `[intro]\n[verse]\n${word}` }, 60);
      const from = Math.floor(((score.sung[0]?.start ?? 0) + 0.15) * sampleRate);
      return voiceOf(score).subarray(from, from + 6000);
    };
    const [tree, car, too] = [held('tree'), held('car'), held('too')];
    // The second formant of IY is at 2250 Hz, of AA at 1130, of UW at 900; the first of AA at 760.
    const front = (voice: Float32Array): number =>
      levelAround(voice, 2300, 250) - levelAround(voice, 1100, 250);
    expect(front(tree)).toBeGreaterThan(front(car) + 15);
    expect(front(tree)).toBeGreaterThan(front(too) + 15);
    const open = (voice: Float32Array): number =>
      levelAround(voice, 760, 150) - levelAround(voice, 300, 150);
    expect(open(car)).toBeGreaterThan(open(tree) + 10);
    expect(open(car)).toBeGreaterThan(open(too) + 10);
  });

  it('hisses before the vowel of "see" and not of "lee"', () => {
    const before = (word: string): number => {
      const score = compose({ ...song, lyrics: `[intro]\n[verse]\n${word}` }, 60);
      const at = Math.floor(((score.sung[0]?.start ?? 0) - 0.08) * sampleRate);
      return levelAround(voiceOf(score).subarray(at, at + 2600), 6800, 900);
    };
    expect(before('see')).toBeGreaterThan(before('lee') + 20);
  });
});
