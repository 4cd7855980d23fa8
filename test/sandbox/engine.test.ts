import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hertz, powerOfTwo, sineOfTurns } from '../../src/sandbox/engine/arithmetic.ts';
import { readLyrics } from '../../src/sandbox/engine/lyrics.ts';
import { createEnginePool } from '../../src/sandbox/engine/pool.ts';
import { renderSong } from '../../src/sandbox/engine/render.ts';
import { compose } from '../../src/sandbox/engine/score.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { wavSeconds } from '../../src/sandbox/engine/wav.ts';
import vocabulary from '../../src/manifest/tag-vocabulary.json' with { type: 'json' };
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { atOnce, first, later, sing } from './rig.ts';

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

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a rendered song', () => {
  const file = renderSong(song);
  const view = new DataView(file.buffer);
  const ascii = (at: number, length: number): string =>
    String.fromCharCode(...file.subarray(at, at + length));

  it('is a WAV of 16 bits, stereo, 44.1 kHz', () => {
    expect([ascii(0, 4), ascii(8, 4), ascii(12, 4), ascii(36, 4)]).toEqual([
      'RIFF',
      'WAVE',
      'fmt ',
      'data',
    ]);
    expect(view.getUint32(4, true)).toBe(file.length - 8);
    expect(view.getUint16(20, true)).toBe(1);
    expect(view.getUint16(22, true)).toBe(2);
    expect(view.getUint32(24, true)).toBe(44100);
    expect(view.getUint32(28, true)).toBe(44100 * 4);
    expect(view.getUint16(32, true)).toBe(4);
    expect(view.getUint16(34, true)).toBe(16);
    expect(wavSeconds(file)).toBeCloseTo(compose(song).seconds, 3);
  });

  it('says in itself what it is', () => {
    const list = 44 + view.getUint32(40, true);
    expect([ascii(list, 4), ascii(list + 8, 4)]).toEqual(['LIST', 'INFO']);
    expect(view.getUint32(list + 4, true)).toBe(file.length - list - 8);
    const text = new TextDecoder().decode(file.subarray(list));
    expect(text).toContain('Hello to the morning\0');
    expect(text).toContain("made by songbatch's sandbox engine, not by YuE\0");
  });

  it('is audible throughout, has headroom, no bias, two sides, and fades out', () => {
    const samples = new Int16Array(file.buffer, 44, view.getUint32(40, true) / 2);
    let peak = 0;
    let sum = 0;
    let apart = 0;
    for (let i = 0; i < samples.length; i += 2) {
      const [left = 0, right = 0] = [samples[i], samples[i + 1]];
      peak = Math.max(peak, Math.abs(left), Math.abs(right));
      sum += left;
      if (left !== right) apart++;
    }
    expect(peak).toBeGreaterThan(0.85 * 32767);
    expect(peak).toBeLessThan(0.9 * 32767);
    expect(Math.abs(sum / samples.length)).toBeLessThan(30);
    expect(apart).toBeGreaterThan(samples.length / 4);
    for (let at = 0; at < samples.length - 44100 * 2 * 3; at += 44100) {
      const level = Math.max(...samples.subarray(at, at + 44100).map(Math.abs));
      expect(level).toBeGreaterThan(1000);
    }
    expect(Math.max(...samples.subarray(-200).map(Math.abs))).toBeLessThan(30);
  });
});

describe('determinism', () => {
  // When the engine changes these do: songs of older sandboxes are then no longer served.
  it('gives these very bytes on any machine', () => {
    expect(sha256(renderSong(song))).toBe(
      '15524258b0255968150f4bd0cd1ab91157fe35423c9d9c4d3ffcecc49f00b03a',
    );
    const other: SongParameters = {
      lyrics: 'Nur ein Wort\n日本の歌\nhmm',
      reference: 'https://example.com/neon.mp3',
      clone: 'both',
      genre: ['Death Metal'],
      instrument: ['electric guitar', 'drums'],
      mood: ['angry'],
      gender: ['male'],
      timbre: ['raspy vocal'],
      seed: 'seven',
    };
    expect(sha256(renderSong(other))).toBe(
      '1b206a70c8aa8e0fd94c3e085bbbc224dfaf6782e98969c3284efe63f7a7c2b5',
    );
  });

  it('depends on each parameter', () => {
    const with_ = 'https://example.com/neon.mp3';
    const variants: Partial<SongParameters>[] = [
      {},
      { seed: '43' },
      { lyrics: '[verse]\nHello to the evening' },
      { genre: ['rock'] },
      { genre: ['K-pop'] },
      { instrument: ['Piano'] },
      { mood: ['sad'] },
      { gender: ['male'] },
      { timbre: ['dark vocal'] },
      { reference: with_ },
      { reference: with_, clone: 'instrumental' },
      { reference: with_, clone: 'both' },
    ];
    const hashes = variants.map((variant) => sha256(renderSong({ ...song, ...variant })));
    expect(new Set(hashes).size).toBe(variants.length);
  });

  it('gives the same bytes in a worker thread', async () => {
    const pool = createEnginePool(1);
    later(() => pool.close());
    const { file, seconds } = await pool.render(song);
    expect(sha256(file)).toBe(sha256(renderSong(song)));
    expect(seconds).toBe(wavSeconds(file));
  });
});

describe('a score', () => {
  it('grows with the lyrics', () => {
    const seconds = (lyrics: string): number => compose({ ...song, lyrics }).seconds;
    const line = 'Hello to the morning';
    const one = seconds(`[verse]\n${line}`);
    const four = seconds(`[verse]\n${[line, line, line, line].join('\n')}`);
    const eight = seconds(
      `[verse]\n${[line, line, line, line].join('\n')}\n\n[chorus]\n${[line, line, line, line].join('\n')}`,
    );
    expect(four).toBeGreaterThan(one + 3);
    expect(eight).toBeGreaterThan(four + 8);
  });

  it('ends after six minutes and a little, however much there is to sing', () => {
    const { seconds } = compose({
      ...song,
      lyrics: `[verse]\n${'la la la la la la\n'.repeat(20_000)}`,
    });
    expect(seconds).toBeGreaterThan(300);
    expect(seconds).toBeLessThan(375);
  });

  it('sings one note a syllable', () => {
    const { sung } = compose({ ...song, lyrics: '[verse]\nHello to the morning' });
    expect(sung.map((note) => note.vowel)).toEqual(['e', 'o', 'o', 'e', 'o', 'i']);
  });

  it('lies lower for a man and is in minor when sad', () => {
    const middle = (gender: string): number => {
      const { sung } = compose({ ...song, gender: [gender] });
      return sung.reduce((sum, note) => sum + note.midi, 0) / sung.length;
    };
    expect(middle('male')).toBeLessThan(middle('female') - 8);
    expect(compose({ ...song, mood: ['sad'] }).style.mode).toBe('minor');
    expect(compose({ ...song, mood: ['happy'] }).style.mode).toBe('major');
  });

  it('can be made of any lyrics and any tags, in order and within the song', () => {
    const tags = (list: readonly string[]) => fc.array(fc.constantFrom(...list), { maxLength: 4 });
    const any = fc.record({
      lyrics: fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({
          unit: fc.constantFrom('[', ']', 'verse', '\n', 'a', 'brr', ' ', '日', '1', "'"),
        }),
      ),
      reference: fc.string(),
      clone: fc.constantFrom('vocal', 'instrumental', 'both'),
      genre: tags(vocabulary.genre),
      instrument: tags(vocabulary.instrument),
      mood: tags(vocabulary.mood),
      gender: tags(vocabulary.gender),
      timbre: tags(vocabulary.timbre),
      seed: fc.string(),
    });
    fc.assert(
      fc.property(any, (parameters) => {
        const { sung, notes, hits, seconds, style } = compose(parameters);
        expect(style.tempo).toBeGreaterThanOrEqual(60);
        expect(style.tempo).toBeLessThanOrEqual(170);
        for (const note of [...sung, ...notes]) {
          expect(note.start).toBeGreaterThanOrEqual(0);
          expect(note.seconds).toBeGreaterThan(0);
          expect(note.start + note.seconds).toBeLessThan(seconds);
          expect(note.midi).toBeGreaterThan(20);
          expect(note.midi).toBeLessThan(110);
        }
        for (const hit of hits) expect(hit.start).toBeLessThan(seconds);
      }),
      { numRuns: 150 },
    );
  });
});

describe('lyrics', () => {
  it('lose what stands before the first label, and are one verse without any', () => {
    expect(
      readLyrics('lost\n[verse]\nkept').map(({ kind, lines }) => [kind, lines.length]),
    ).toEqual([['verse', 1]]);
    expect(readLyrics('one\ntwo').map(({ kind, lines }) => [kind, lines.length])).toEqual([
      ['verse', 2],
    ]);
  });

  it.each([
    ['[Verse 1]', 'verse'],
    ['[Pre-Chorus]', 'verse'],
    ['[chorus]', 'chorus'],
    ['[Bridge]', 'bridge'],
    ['[outro]', 'outro'],
    ['[intro]', 'intro'],
  ])('%s is a %s', (label, kind) => {
    expect(readLyrics(`${label}\nla`)[0]?.kind).toBe(kind);
  });

  it.each([
    ['love', 1],
    ['the', 1],
    ['morning', 2],
    ["I'll", 1],
    ['über', 2],
    ['любовь', 2],
    ['日本', 2],
    ['한국', 2],
    ['99', 2],
    ['brr', 2],
  ])('%s has %i syllables', (word, count) => {
    expect(readLyrics(word)[0]?.lines[0]).toHaveLength(count);
  });
});

describe('the arithmetic', () => {
  it('agrees with the real functions to nine digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -100, max: 100, noNaN: true }), (x) => {
        expect(sineOfTurns(x)).toBeCloseTo(Math.sin(2 * Math.PI * x), 8);
        expect(powerOfTwo(x / 4) / 2 ** (x / 4)).toBeCloseTo(1, 10);
      }),
    );
    expect(hertz(69)).toBe(440);
    expect(hertz(60)).toBeCloseTo(261.6256, 3);
  });
});

it('a sandbox renders with the engine when it is given no other', async () => {
  const sandbox = await startSandbox({ speed: atOnce });
  later(() => sandbox.close());
  const task = await sing(sandbox);
  const file = new Uint8Array(await (await fetch(first(task.outputs).url)).arrayBuffer());
  expect(String(file.length)).toBe(task['size']);
  expect(Number(task['elapsedseconds'])).toBeCloseTo(wavSeconds(file) * 1.5, 3);
});

describe('the pool', () => {
  it('rejects what was not rendered when it closes', async () => {
    const pool = createEnginePool(1);
    const songs = [pool.render(song), pool.render(song)];
    const ends = Promise.allSettled(songs);
    await pool.close();
    expect((await ends).map((end) => end.status)).toEqual(['rejected', 'rejected']);
    await expect(pool.render(song)).rejects.toThrow('closed');
  });

  it('goes on after a song that could not be made', async () => {
    const pool = createEnginePool(1);
    later(() => pool.close());
    const broken = { ...song, lyrics: undefined } as unknown as SongParameters;
    await expect(pool.render(broken)).rejects.toThrow();
    expect((await pool.render(song)).seconds).toBeGreaterThan(5);
  });
});
