/** How much songs are alike: those of the engine, in other clothes and from other seeds. */
import { createMp3Encoder } from 'wasm-media-encoders';
import { afterAll, describe, expect, test } from 'vitest';
import { createEars } from '../../src/audio/ears.ts';
import { similarity } from '../../src/job/fingerprint.ts';
import { record } from '../../src/sandbox/engine/mix/mix.ts';
import { renderSong } from '../../src/sandbox/engine/render.ts';
import { usualRendering } from '../../src/sandbox/engine/rendering.ts';
import { compose } from '../../src/sandbox/engine/score/compose.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { createFolder, expectMeasured, measureSamples, silence, tones, wav } from './signals.ts';

const ears = createEars({ workers: 1 });
afterAll(() => ears.close());

const { signal } = new AbortController();

const line = 'Hello to the morning\nThe night is nearly done';
const parameters: SongParameters = {
  lyrics: `[verse]\n${line}\n\n[chorus]\nSing it out loud\nSing it again`,
  reference: '',
  clone: 'vocal',
  genre: ['Pop'],
  instrument: ['guitar'],
  mood: ['happy'],
  gender: ['female'],
  timbre: ['bright vocal'],
  seed: '1',
};

const takePrint = async (bytes: Uint8Array) => {
  const put = createFolder();
  const measured = await ears.measure(put('song', bytes), signal);
  return expectMeasured(measured).fingerprint ?? '';
};

/** The bytes of the song's file. */
const fileOf = async (song: SongParameters) => (await renderSong(song)).file;

const sound = record(compose(parameters, usualRendering.longest));
const [left, right] = [Float32Array.from(sound.left), Float32Array.from(sound.right)];
const print = measureSamples(44_100, [left, right]).fingerprint ?? '';

describe('the same song', () => {
  test('is wholly like itself', () => {
    expect(print.length).toBeLessThan(1024);
    expect(similarity(print, print)).toBe(1);
  });

  test('as MP3 of 64 kbit/s', async () => {
    const encoder = await createMp3Encoder();
    encoder.configure({ sampleRate: 44_100, channels: 2, bitrate: 64 });
    const parts = [Buffer.from(encoder.encode([left, right])), encoder.finalize()];
    expect(similarity(print, await takePrint(Buffer.concat(parts)))).toBeGreaterThan(0.95);
  });

  test('15 dB quieter, and in mono', async () => {
    const mono = left.map((value, index) => (value + (right[index] ?? 0)) * 0.09);
    const bytes = wav({ channels: [mono] });
    expect(similarity(print, await takePrint(bytes))).toBeGreaterThan(0.95);
  });

  test('with its first second cut off', async () => {
    const channels = [left.slice(44_100), right.slice(44_100)];
    expect(similarity(print, await takePrint(wav({ channels })))).toBeGreaterThan(0.7);
  });
});

describe('another song', () => {
  test.each(['2', '3', '4', '5'])('from seed %s is clearly another', async (seed) => {
    const other = await takePrint(await fileOf({ ...parameters, seed }));
    expect(similarity(print, other)).toBeLessThan(0.75);
  });

  test('with other words in another style has little in common', async () => {
    const other = await fileOf({
      ...parameters,
      lyrics: '[verse]\nNothing here is quite the same\nBut I know your name',
      genre: ['rock'],
      mood: ['sad'],
      gender: ['male'],
      seed: '77',
    });
    expect(similarity(print, await takePrint(other))).toBeLessThan(0.6);
  });
});

test('likeness goes both ways', async () => {
  const other = await takePrint(await fileOf({ ...parameters, seed: '2' }));
  expect(similarity(print, other)).toBe(similarity(other, print));
});

test('a long song takes no more room than a short one, and can be held against it', () => {
  const rate = 8_000;
  const steps = Array.from({ length: 600 }, (_, index) => ({
    seconds: 1,
    level: -12,
    frequency: 200 + ((index * index * 37) % 1500),
  }));
  const long = measureSamples(rate, [tones(rate, steps)]).fingerprint ?? '';
  const short = measureSamples(rate, [tones(rate, steps.slice(0, 20))]).fingerprint ?? '';
  expect(long.length).toBeLessThan(1024);
  expect(similarity(long, long)).toBe(1);
  expect(similarity(long, short)).toBeLessThan(0.3);
});

test('there is none of silence, nor of a tone that never changes', () => {
  expect(measureSamples(44_100, [silence(44_100, 10)])).not.toHaveProperty('fingerprint');
  const hum = tones(44_100, [{ seconds: 10, level: -12, frequency: 441 }]);
  expect(measureSamples(44_100, [hum])).not.toHaveProperty('fingerprint');
});

test.each(['', 'AA==', 'not base64 at all', `Ag${print.slice(2)}`, print.slice(0, 50)])(
  'what is no fingerprint (%#) cannot be compared',
  (text) => {
    expect(similarity(print, text)).toBeUndefined();
  },
);
