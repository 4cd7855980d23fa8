import { createHash } from 'node:crypto';

import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { MPEGDecoder } from 'mpg123-decoder';
import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';

import { playDrums } from '../../src/sandbox/engine/band/drums.ts';
import { playPart } from '../../src/sandbox/engine/band/play.ts';
import { createEnginePool } from '../../src/sandbox/engine/pool.ts';
import { renderSong } from '../../src/sandbox/engine/render.ts';
import { compose } from '../../src/sandbox/engine/score/compose.ts';
import { bandParts, type Score } from '../../src/sandbox/engine/score/score.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { sampleRate, silence } from '../../src/sandbox/engine/sound.ts';
import vocabulary from '../../src/manifest/tag-vocabulary.json' with { type: 'json' };
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { atOnce, call, first, later, sing, start, temporaryFolder } from './rig.ts';

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

/** Sung by a few syllables: quick to render. */
const short: SongParameters = { ...song, lyrics: '[intro]\nHello to the morning' };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const composed = (changes: Partial<SongParameters> = {}): Score =>
  compose({ ...song, ...changes }, 360);

describe('a rendered song', async () => {
  const { file, seconds } = await renderSong(song);
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
    expect(view.getUint32(40, true)).toBe(Math.round(seconds * 44100) * 4);
    expect(seconds).toBeCloseTo(composed().seconds, 3);
  });

  it('says in itself what it is', () => {
    const list = 44 + view.getUint32(40, true);
    expect([ascii(list, 4), ascii(list + 8, 4)]).toEqual(['LIST', 'INFO']);
    expect(view.getUint32(list + 4, true)).toBe(file.length - list - 8);
    const text = new TextDecoder().decode(file.subarray(list));
    expect(text).toContain('Hello to the morning\0');
    expect(text).toContain("made by songbatch's sandbox engine, not by YuE\0");
  });

  it('is audible throughout, has no bias, two sides, and fades out', () => {
    const samples = new Int16Array(file.buffer, 44, view.getUint32(40, true) / 2);
    let sum = 0;
    let apart = 0;
    for (let i = 0; i < samples.length; i += 2) {
      const [left = 0, right = 0] = [samples[i], samples[i + 1]];
      sum += left;
      if (left !== right) apart++;
    }
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
  // When the engine changes these do: songs of older sandboxes are then no longer served. Raise
  // `engineVersion` in style.ts.
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
  const jazz: SongParameters = {
    ...short,
    genre: ['jazz'],
    instrument: ['Piano', 'bass'],
    mood: ['Calm'],
    gender: ['male'],
  };

  it.each([
    ['a pop song', song, 'wav', 'a9c1ebab9b8d1dba951fa75728bade107fecdf575d30a503881758d1a1e6eab3'],
    [
      'a metal song',
      other,
      'wav',
      'f0207c063e51e4f268e2ea4a7872888330ec98583aedf5d324108b0be93af24e',
    ],
    [
      'a jazz song as FLAC',
      jazz,
      'flac',
      '162d790e15e3dd338f2032589596f3879c36963b9a64f9b93655c768803b2ec1',
    ],
    [
      'a short one as MP3',
      short,
      'mp3',
      'fb1635cd465ddc7deb9d06991adfb1e419af475c0346402710c8598328651de9',
    ],
  ] as const)(
    'gives these very bytes on any machine: %s',
    async (_, parameters, format, golden) => {
      const { file } = await renderSong(parameters, { format, longest: 360 });
      expect(sha256(file)).toBe(golden);
    },
  );

  it('depends on each parameter', async () => {
    const reference = 'https://example.com/neon.mp3';
    const variants: Partial<SongParameters>[] = [
      {},
      { seed: '43' },
      { lyrics: '[intro]\nHello to the evening' },
      { genre: ['rock'] },
      { genre: ['K-pop'] },
      { instrument: ['Piano'] },
      { mood: ['sad'] },
      { gender: ['male'] },
      { timbre: ['dark vocal'] },
      { reference },
      { reference, clone: 'instrumental' },
      { reference, clone: 'both' },
      { reference: `${reference}?other`, clone: 'both' },
    ];
    const files = [];
    for (const variant of variants) files.push((await renderSong({ ...short, ...variant })).file);
    expect(new Set(files.map(sha256)).size).toBe(variants.length);
  });

  it('gives the same bytes in a worker thread', async () => {
    const pool = createEnginePool(1);
    later(() => pool.close());
    const inThread = await pool.render(short);
    const here = await renderSong(short);
    expect(sha256(inThread.file)).toBe(sha256(here.file));
    expect(inThread.seconds).toBe(here.seconds);
  });
});

describe('neighbours in a matrix', () => {
  const tags = (kind: keyof typeof vocabulary) => fc.constantFrom(...vocabulary[kind]);
  const runs = { numRuns: 12 };

  /** A few seconds of each part of the band, as played. */
  const bandOf = (score: Score): string => {
    const hash = createHash('sha256');
    for (const part of bandParts) {
      const stem = silence(sampleRate * 3);
      const early = score.notes.filter(({ start, seconds }) => start + seconds < 2.5);
      playPart(stem, { ...score, notes: early }, part);
      hash.update(new Uint8Array(stem.left.buffer));
    }
    const drums = silence(sampleRate * 3);
    playDrums(
      drums,
      score.hits.filter(({ start }) => start < 2.5),
      score.style.streams.playing,
    );
    return hash.update(new Uint8Array(drums.left.buffer)).digest('hex');
  };

  it('have the same tune whatever the instrument', () => {
    const { sung } = composed();
    fc.assert(
      fc.property(tags('instrument'), tags('instrument'), (a, b) => {
        expect(composed({ instrument: [a, b] }).sung).toEqual(sung);
      }),
      runs,
    );
  });

  it('have the same arrangement whoever sings', () => {
    const { notes, hits } = composed();
    const stems = bandOf(composed());
    fc.assert(
      fc.property(tags('gender'), tags('timbre'), (gender, timbre) => {
        const score = composed({ gender: [gender], timbre: [timbre] });
        expect(score.notes).toEqual(notes);
        expect(score.hits).toEqual(hits);
        expect(bandOf(score)).toBe(stems);
      }),
      runs,
    );
  });

  it('differ in the singer alone when a reference lends its voice, in the band when it lends that', () => {
    const reference = 'https://example.com/neon.mp3';
    const plain = composed();
    const voiced = composed({ reference, clone: 'vocal' });
    expect(voiced.notes).toEqual(plain.notes);
    expect(voiced.style.singer).not.toEqual(plain.style.singer);
    const played = composed({ reference, clone: 'instrumental' });
    expect(played.style.singer).toEqual(plain.style.singer);
    expect(played.notes).not.toEqual(plain.notes);
  });

  it.each([
    ['genre', (score: Score) => [score.style.tempo, score.hits, score.notes]],
    ['instrument', ({ style }: Score) => style.band],
    ['mood', ({ style }: Score) => [style.energy, style.tempo, style.mode, style.band]],
    ['timbre', ({ style }: Score) => style.singer],
  ] as const)('sound unlike for any two tags of %s', (kind, audible) => {
    const seen = new Map(
      vocabulary[kind].map((tag) => [
        JSON.stringify(audible(compose({ ...short, [kind]: [tag] }, 30))),
        tag,
      ]),
    );
    // A few names may fall on one shade; that they stand for nothing at all must not be.
    expect(seen.size).toBeGreaterThan(vocabulary[kind].length * 0.9);
  });
});

describe('a score', () => {
  it('grows with the lyrics', () => {
    const seconds = (lyrics: string): number => composed({ lyrics }).seconds;
    const line = 'Hello to the morning';
    const one = seconds(`[verse]\n${line}`);
    const four = seconds(`[verse]\n${[line, line, line, line].join('\n')}`);
    const eight = seconds(
      `[verse]\n${[line, line, line, line].join('\n')}\n\n[chorus]\n${[line, line, line, line].join('\n')}`,
    );
    expect(four).toBeGreaterThan(one + 3);
    expect(eight).toBeGreaterThan(four + 8);
  });

  it.each([30, 360])(
    'ends about when it has to (%i s), however much there is to sing',
    (longest) => {
      const lyrics = `[verse]\n${'la la la la la la\n'.repeat(20_000)}`;
      const { seconds } = compose({ ...song, lyrics }, longest);
      expect(seconds).toBeGreaterThan(longest - 15);
      expect(seconds).toBeLessThan(longest + 5);
    },
  );

  it('sings a verse to the tune of the verse before', () => {
    const verse = '[verse]\nHello to the morning\nThe night is nearly done\n';
    const { sung } = composed({ lyrics: `${verse}[chorus]\nSing\n${verse}[outro]\nBye` });
    const tune = sung.map(({ midi }) => midi);
    expect(tune.slice(6, 12)).not.toEqual(tune.slice(0, 6));
    expect(tune.slice(13, 25)).toEqual(tune.slice(0, 12));
  });

  it('ends on the tonic, in the voice and in the bass', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('la', 'one two three', 'Sing it out'), (seed, end) => {
        const { sung, notes, style } = composed({
          seed: String(seed),
          lyrics: `[verse]\nHello\n${end}`,
        });
        const bass = notes.filter(({ part }) => part === 'bass').at(-1);
        expect([(sung.at(-1)?.midi ?? 0) % 12, (bass?.midi ?? 0) % 12]).toEqual([
          style.tonic,
          style.tonic,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it('lies lower for a man and is in minor when sad', () => {
    const middle = (gender: string): number => {
      const { sung } = composed({ gender: [gender] });
      return sung.reduce((sum, note) => sum + note.midi, 0) / sung.length;
    };
    expect(middle('male')).toBeLessThan(middle('female') - 6);
    expect(composed({ mood: ['sad'] }).style.mode).toBe('minor');
    expect(composed({ mood: ['happy'] }).style.mode).toBe('major');
  });

  it('can be made of any lyrics and any tags, in order and within the song', () => {
    const tags = (list: readonly string[]) => fc.array(fc.constantFrom(...list), { maxLength: 4 });
    const any = fc.record({
      lyrics: fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({
          unit: fc.constantFrom('[', ']', 'verse', '\n', 'a', 'brr', ' ', '日', '1', "'", ','),
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
        const { sung, notes, hits, seconds, style } = compose(parameters, 120);
        expect(style.tempo).toBeGreaterThanOrEqual(55);
        expect(style.tempo).toBeLessThanOrEqual(195);
        for (const note of [...sung, ...notes]) {
          expect(note.start).toBeGreaterThanOrEqual(0);
          expect(note.seconds).toBeGreaterThan(0);
          expect(note.start + note.seconds).toBeLessThan(seconds);
          expect(note.midi).toBeGreaterThan(20);
          expect(note.midi).toBeLessThan(110);
        }
        for (const hit of hits) expect(hit.start).toBeLessThan(seconds);
        const starts = sung.map(({ start }) => start);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });
});

it.each([
  ['nothing but labels', '[verse]\n\n[chorus]\n[]'],
  ['nothing that can be sung', '🎵🔥 …'],
  ['Arabic', 'يا ليل يا عين'],
  ['a word without end', 'a'.repeat(20_000)],
  ['ten thousand words', 'word '.repeat(10_000)],
])('makes a song of %s', async (_, lyrics) => {
  const { seconds } = await renderSong({ ...song, lyrics }, { format: 'wav', longest: 10 });
  expect(seconds).toBeGreaterThan(3);
  expect(seconds).toBeLessThan(20);
});

describe('formats', () => {
  it('FLAC has the very samples of the WAV, and MP3 as many', async () => {
    const [wav, flac, mp3] = await Promise.all(
      (['wav', 'flac', 'mp3'] as const).map((format) =>
        renderSong(short, { format, longest: 360 }),
      ),
    );
    if (!wav || !flac || !mp3) throw new Error('a format is missing');
    expect(flac.file.length).toBeLessThan(wav.file.length * 0.9);
    expect(mp3.file.length).toBeLessThan(wav.file.length * 0.25);

    const flacDecoder = new FLACDecoder();
    await flacDecoder.ready;
    const lossless = await flacDecoder.decodeFile(flac.file);
    flacDecoder.free();
    expect(lossless.errors).toEqual([]);
    const samples = new Int16Array(wav.file.buffer, 44, Math.round(wav.seconds * sampleRate) * 2);
    // The decoder takes 32767 for full scale.
    const decoded = Int16Array.from(samples, (_, i) =>
      Math.round((lossless.channelData[i % 2]?.[i >> 1] ?? NaN) * 32767),
    );
    expect(decoded.findIndex((x, i) => x !== samples[i])).toBe(-1);
    expect(new TextDecoder('latin1').decode(flac.file.subarray(0, 400))).toContain(
      "COMMENT=made by songbatch's sandbox engine, not by YuE",
    );

    const mp3Decoder = new MPEGDecoder();
    await mp3Decoder.ready;
    const lossy = mp3Decoder.decode(mp3.file);
    mp3Decoder.free();
    expect(lossy.sampleRate).toBe(sampleRate);
    expect(lossy.samplesDecoded / sampleRate).toBeCloseTo(mp3.seconds, 0);
    const tag = new TextDecoder('latin1').decode(mp3.file.subarray(0, 200));
    expect(tag.startsWith('ID3\u0004')).toBe(true);
    expect(tag).toContain('Hello to the morning');
    expect(tag).toContain("made by songbatch's sandbox engine, not by YuE");
  });

  it.each([
    ['mp3', 'audio/mpeg'],
    ['flac', 'audio/flac'],
  ] as const)('a sandbox serves %s when it is asked to', async (format, contentType) => {
    const sandbox = await start({ format });
    const output = first((await sing(sandbox)).outputs);
    expect(output).toMatchObject({ name: `0.${format}`, contenttype: contentType });
    const response = await fetch(output.url);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
    expect((await fetch(output.url.replace(`.${format}`, '.wav'))).status).toBe(404);
  });

  it('a song stays in the format in which it was made', async () => {
    const folder = temporaryFolder();
    const before = await start({ folder, format: 'flac' });
    const { id = '' } = await sing(before);
    await before.close();
    const sandbox = await start({ folder, format: 'mp3' });
    const task = first((await call(sandbox, 'Task/Detail', { taskid: id })).tasklist);
    const { url, name } = first(task.outputs);
    expect(name).toBe('0.flac');
    expect((await fetch(url)).status).toBe(200);
  });

  it.each([{ format: 'ogg' as 'wav' }, { longest: 0 }, { longest: 3_600_000 }])(
    'a sandbox refuses %j',
    async (options) => {
      await expect(startSandbox(options)).rejects.toThrow(/cannot be had/);
    },
  );
});

it('a sandbox renders with the engine when it is given no other', async () => {
  const sandbox = await startSandbox({ speed: atOnce });
  later(() => sandbox.close());
  const task = await sing(sandbox);
  const file = await (await fetch(first(task.outputs).url)).arrayBuffer();
  expect(String(file.byteLength)).toBe(task['size']);
  const seconds = new DataView(file).getUint32(40, true) / 4 / sampleRate;
  expect(Number(task['elapsedseconds'])).toBeCloseTo(seconds * 1.5, 3);
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
    expect((await pool.render(short)).seconds).toBeGreaterThan(5);
  });
});
