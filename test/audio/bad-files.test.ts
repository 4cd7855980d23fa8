/** Files that are not what they say: a finding, and nothing else is affected. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { createEars } from '../../src/audio/ears.ts';
import { failedChecks } from '../../src/job/checks.ts';
import { createFolder, expectMeasured, fixture, silence, tones, wav } from './signals.ts';

const ears = createEars({ workers: 2 });
afterAll(() => ears.close());

const { signal } = new AbortController();
const hour = 3600;

describe('cannot be measured, and the file is to blame', () => {
  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('Not a song, but a text.\n'.repeat(5000)), /neither WAV.*MP3 frames/],
    ['an error page', Buffer.from('<html><body>404</body></html>'), /neither WAV/],
    ['zeros', Buffer.alloc(300_000), /neither WAV/],
    ['every byte of sync', Buffer.alloc(300_000, 0xff), /neither WAV/],
    ['a tag alone', tagOf(1_000_000), /neither WAV/],
    ['a tag that is longer than the file', tagOf(200_000_000).subarray(0, 2000), /neither WAV/],
    ['a WAV of 0 channels', wav({ stated: { channels: 0 } }), /0 channels/],
    ['a WAV of 60,000 channels', wav({ stated: { channels: 60_000 } }), /60000 channels/],
    ['a WAV of 0 Hz', wav({ stated: { sampleRate: 0 } }), /says 0 Hz/],
    ['a WAV of 4 GHz', wav({ stated: { sampleRate: 4_000_000_000 } }), /says 4000000000 Hz/],
    ['a WAV without samples', wav({ channels: [new Float32Array(0)] }), /no sound/],
    ['half a header', wav().subarray(0, 30), /WAV/],
    ['a FLAC header alone', readFileSync(fixture('tones.flac')).subarray(0, 42), /no sound/],
    [
      'half a FLAC header',
      readFileSync(fixture('tones.flac')).subarray(0, 20),
      /header breaks off/,
    ],
    ['Ogg without sound', Buffer.from('OggS'.repeat(1000)), /neither Vorbis/],
  ])('%s', async (_, bytes, why) => {
    const put = createFolder();
    const measured = await ears.measure(put('song.mp3', bytes), signal);
    expect(measured).toMatchObject({ kind: 'unmeasurable', cause: 'file' });
    expect(measured).toHaveProperty('why', expect.stringMatching(why));
  });
});

/** An ID3v2 tag with so many bytes in it. */
function tagOf(length: number): Buffer {
  const head = Buffer.from('ID3\x04\0\0....', 'latin1');
  for (let index = 0; index < 4; index++) head[9 - index] = (length >> (7 * index)) & 0x7f;
  return Buffer.concat([head, Buffer.alloc(Math.min(length, 2_000_000))]);
}

describe('is measured as far as it goes', () => {
  const measure = async (bytes: Buffer) => {
    const put = createFolder();
    return expectMeasured(await ears.measure(put('song.wav', bytes), signal));
  };

  test('a header that promises ten hours, and 1 KB', async () => {
    const channels = [silence(8_000, 0.064)];
    const stated = { data: 10 * hour * 16_000 };
    const measures = await measure(wav({ sampleRate: 8_000, channels, stated }));
    expect(measures).toMatchObject({ duration: 0.064, silence: { share: 1 } });
    expect(measures.damage).toEqual([{ kind: 'ends-early', promised: 10 * hour }]);
  });

  test('a header that promises less than there is', async () => {
    const channels = [tones(8_000, [{ seconds: 2, level: -12 }])];
    const measures = await measure(wav({ sampleRate: 8_000, channels, stated: { data: 16_000 } }));
    expect(measures.duration).toBe(1);
    expect(measures.damage).toEqual([{ kind: 'surplus', bytes: 16_000 }]);
  });

  test('samples that are no numbers count as silence', async () => {
    const samples = tones(8_000, [{ seconds: 2, level: -12 }]);
    samples.fill(NaN, 0, 8_000);
    samples.set([Infinity, -Infinity, 3e38], 12_000);
    const measures = await measure(
      wav({ sampleRate: 8_000, channels: [samples], coding: 'float32' }),
    );
    expect(measures.damage).toEqual([{ kind: 'not-numbers', samples: 8_003 }]);
    expect(measures.silence.leading).toBe(1);
    expect(measures.truePeak).toBeLessThan(-5);
    expect(JSON.stringify(measures)).not.toContain('null');
  });

  test('an MP3 with garbage in the middle, and with an enormous tag before it', async () => {
    const song = readFileSync(fixture('tones.mp3'));
    const half = Math.floor(song.length / 2);
    // With the header of a frame in it, as chance would have it.
    const garbage = Buffer.from('not sound \xff\xfb\x90\x64 nor a frame '.repeat(500), 'latin1');
    const broken = Buffer.concat([song.subarray(0, half), garbage, song.subarray(half)]);
    const measures = await measure(broken);
    expect(measures.damage).toEqual([{ kind: 'undecodable', stretches: 1 }]);
    expect(measures.duration).toBeGreaterThan(2.9);

    const tagged = await measure(Buffer.concat([tagOf(2_000_000), song]));
    expect(tagged).toEqual(await measure(song));
  });

  test('an Ogg file with a page destroyed', async () => {
    const song = Buffer.from(readFileSync(fixture('tones.opus')));
    song.fill(0x55, 15_000, 15_100);
    const measures = await measure(song);
    expect(measures.damage).toContainEqual({ kind: 'undecodable', stretches: 1 });
    expect(measures.duration).toBeLessThan(3);
  });
});

test.each(['tones.mp3', 'tones.flac', 'tones.ogg', 'tones.opus'])(
  '%s cut off anywhere is told from the whole, and nothing throws',
  async (name) => {
    const put = createFolder();
    const song = readFileSync(fixture(name));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: song.length - 200 }), async (cut) => {
        const measured = await ears.measure(put(`${cut}`, song.subarray(0, cut)), signal);
        const findings = failedChecks(measured, { warn: false });
        expect(findings).toHaveLength(1);
        if (measured.kind === 'measured') expect(measured.measures.duration).toBeLessThan(3);
      }),
      { numRuns: 25 },
    );
  },
);

test('bytes changed anywhere are a finding or none, never an error', async () => {
  const put = createFolder();
  const songs = ['tones.mp3', 'tones.flac', 'tones.ogg', 'tones.opus', 'tones-flac.ogg'].map(
    (name) => readFileSync(fixture(name)),
  );
  const change = fc.record({
    song: fc.constantFrom(...songs),
    // Half of them in the headers.
    at: fc.array(fc.oneof(fc.nat(200), fc.nat(10_000)), { minLength: 1, maxLength: 8 }),
    byte: fc.nat(255),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ song, at, byte }) => {
      const bytes = Buffer.from(song);
      for (const place of at) bytes[place] = byte;
      const measured = await ears.measure(put('changed', bytes), signal);
      expect(JSON.parse(JSON.stringify(measured))).toEqual(measured);
    }),
    { numRuns: 60 },
  );
});

test('a good file beside a bad one measures what it measures alone', async () => {
  const put = createFolder();
  const alone = await ears.measure(fixture('tones.flac'), signal);
  const bad = Array.from({ length: 6 }, (_, index) =>
    ears.measure(put(`${index}`, Buffer.alloc(500_000, index * 37)), signal),
  );
  const beside = await Promise.all(
    [1, 2, 3].map(() => ears.measure(fixture('tones.flac'), signal)),
  );
  expect(beside).toEqual([alone, alone, alone]);
  for (const measured of await Promise.all(bad)) expect(measured.kind).toBe('unmeasurable');
});

test.each([
  ['is not there', '/nowhere/song.wav'],
  ['is a device', '/dev/zero'],
  ['is a folder', '/tmp'],
])('what %s is not the fault of a file', async (_, path) => {
  expect(await ears.measure(path, signal)).toMatchObject({
    kind: 'unmeasurable',
    cause: 'machine',
  });
});
