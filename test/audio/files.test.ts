/** Files of every kind, through the threads that a run uses. */
import { readFileSync } from 'node:fs';
import { createMp3Encoder, createOggEncoder } from 'wasm-media-encoders';
import { afterAll, describe, expect, test } from 'vitest';
import { createEars } from '../../src/audio/ears.ts';
import { createFolder, expectMeasured, fixture, tones, wav } from './signals.ts';

const ears = createEars({ workers: 1 });
afterAll(() => ears.close());

const { signal } = new AbortController();
const measure = async (path: string) => expectMeasured(await ears.measure(path, signal));

describe('WAV', () => {
  const rate = 44_100;
  const left = tones(rate, [{ seconds: 2, level: -20 }]);
  const right = tones(rate, [{ seconds: 2, level: -20, frequency: 500 }]);

  test.each(['pcm8', 'pcm16', 'pcm24', 'pcm32', 'float32', 'float64'] as const)(
    '%s is measured as what it stands for, with a plain header and an extensible one',
    async (coding) => {
      const put = createFolder();
      const tolerance = coding === 'pcm8' ? 0.5 : 0.02;
      for (const extensible of [false, true]) {
        const bytes = wav({ sampleRate: rate, channels: [left, right], coding, extensible });
        const measures = await measure(put('song.wav', bytes));
        expect(measures).toMatchObject({ format: 'wav', duration: 2, sampleRate: rate });
        expect(measures.channels).toBe(2);
        expect(measures).not.toHaveProperty('damage');
        expect(Math.abs((measures.truePeak ?? 0) + 20)).toBeLessThan(tolerance);
      }
    },
  );

  test.each([1, 2, 3, 5, 6, 8])('%i channels', async (count) => {
    const put = createFolder();
    const channels = Array.from({ length: count }, () => left);
    const measures = await measure(put('song.wav', wav({ channels })));
    expect(measures).toMatchObject({ channels: count, duration: 2 });
  });

  test.each([8_000, 22_050, 96_000, 192_000])('%i Hz', async (sampleRate) => {
    const put = createFolder();
    const channels = [tones(sampleRate, [{ seconds: 1, level: -20 }])];
    const measures = await measure(put('song.wav', wav({ sampleRate, channels })));
    expect(measures).toMatchObject({ sampleRate, duration: 1 });
  });

  test('written before its end was known', async () => {
    const put = createFolder();
    for (const data of [0, 0xffffffff, 0x7fffffff - 36]) {
      const measures = await measure(put('song.wav', wav({ channels: [left], stated: { data } })));
      expect(measures.duration).toBe(2);
      expect(measures).not.toHaveProperty('damage');
    }
  });

  test('with tags behind the samples', async () => {
    const put = createFolder();
    const tail = Buffer.from('LIST\x04\0\0\0INFO', 'latin1');
    expect(await measure(put('song.wav', wav({ tail })))).not.toHaveProperty('damage');
  });
});

describe('what others encode', () => {
  // Loudness and peak are those that ffmpeg 5.1 finds (ebur128=peak=true).
  test.each([
    ['tones.mp3', { format: 'mp3', duration: 3, sampleRate: 44_100, channels: 2 }, -14.0, -10.8],
    ['mono.mp3', { format: 'mp3', duration: 3, sampleRate: 44_100, channels: 1 }, -16.5, -9.6],
    ['tones.flac', { format: 'flac', duration: 3, sampleRate: 8_000, channels: 2 }, -13.5, -11.4],
    [
      'tones-flac.ogg',
      { format: 'flac', duration: 3, sampleRate: 8_000, channels: 2 },
      -13.5,
      -11.4,
    ],
    ['tones.ogg', { format: 'vorbis', duration: 3, sampleRate: 44_100, channels: 2 }, -13.6, -9.4],
    ['tones.opus', { format: 'opus', duration: 3, sampleRate: 48_000, channels: 2 }, -13.6, -9.8],
  ])('%s', async (name, facts, loudness, truePeak) => {
    const measures = await measure(fixture(name));
    expect(measures).toMatchObject(facts);
    expect(measures).not.toHaveProperty('damage');
    expect(Math.abs((measures.loudness ?? 0) - loudness)).toBeLessThan(0.11);
    expect(Math.abs((measures.truePeak ?? 0) - truePeak)).toBeLessThan(0.25);
    expect(Math.abs(measures.silence.leading - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(measures.silence.trailing - 0.5)).toBeLessThan(0.05);
  });

  test('its name does not matter', async () => {
    const put = createFolder();
    const path = put('song.wav', readFileSync(fixture('tones.opus')));
    expect((await measure(path)).format).toBe('opus');
  });

  test.each([
    ['MP3', createMp3Encoder, { bitrate: 128 }, 'mp3'],
    ['Ogg Vorbis', createOggEncoder, { vbrQuality: 5 }, 'vorbis'],
  ] as const)('%s of a tone has its loudness', async (_, create, choice, format) => {
    const put = createFolder();
    const samples = tones(44_100, [{ seconds: 5, level: -23 }]);
    const encoder = await create();
    encoder.configure({ sampleRate: 44_100, channels: 2, ...choice } as never);
    const parts = [Buffer.from(encoder.encode([samples, samples])), encoder.finalize()];
    const measures = await measure(put('song', Buffer.concat(parts)));
    expect(measures.format).toBe(format);
    expect(Math.abs(measures.duration - 5)).toBeLessThan(0.06);
    // LAME takes 0.45 dB away, so that what it rounds does not clip.
    const wanted = format === 'mp3' ? -23.45 : -23;
    expect(Math.abs((measures.loudness ?? 0) - wanted)).toBeLessThan(0.1);
  });
});

test('the same file measures the same, to the last digit, alone and among others', async () => {
  const two = createEars({ workers: 2 });
  try {
    const names = ['tones.mp3', 'tones.flac', 'tones.ogg', 'tones.opus', 'mono.mp3'];
    const paths = [...names, ...names].map(fixture);
    const together = await Promise.all(paths.map((path) => two.measure(path, signal)));
    const alone = [];
    for (const path of paths) alone.push(await ears.measure(path, signal));
    expect(together).toEqual(alone);
  } finally {
    await two.close();
  }
});

describe('pictures', () => {
  test('the outline follows the wave, and the spectrogram is a PNG', async () => {
    const put = createFolder();
    const samples = tones(44_100, [
      { seconds: 1, level: -20 },
      { seconds: 1, level: -6 },
    ]);
    const { pictures } = await ears.portray(put('song.wav', wav({ channels: [samples] })), signal);
    const { lows = [], highs = [] } = pictures?.waveform ?? {};
    expect([lows.length, highs.length]).toEqual([1000, 1000]);
    expect([lows[250], highs[250], lows[750], highs[750]]).toEqual([-13, 13, -64, 64]);
    const png = Buffer.from(pictures?.spectrogram ?? []);
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    // Two seconds have 42 spectra.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([42, 200]);
  });

  test('are the same every time', async () => {
    const [one, other] = [
      await ears.portray(fixture('tones.mp3'), signal),
      await ears.portray(fixture('tones.mp3'), signal),
    ];
    expect(one).toEqual(other);
  });
});
