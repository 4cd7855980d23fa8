/** Reference signals of EBU Tech 3341 (loudness) and 3342 (range), made by their description. */
import { describe, expect, test } from 'vitest';
import { createLoudnessMeter } from '../../src/audio/loudness.ts';
import { usualPlaces } from '../../src/audio/sound.ts';
import { silence, tones } from './signals.ts';

const listen = (rate: number, channels: readonly Float32Array[]) => {
  const meter = createLoudnessMeter(rate, usualPlaces(channels.length));
  meter.add(channels);
  return meter.result();
};

const stereo = (rate: number, list: readonly (readonly [seconds: number, level: number])[]) => {
  const samples = tones(
    rate,
    list.map(([seconds, level]) => ({ seconds, level })),
  );
  return listen(rate, [samples, samples]);
};

describe('integrated loudness, within 0.1 LU', () => {
  test.each<[string, [number, number][], number]>([
    ['a tone at -23', [[20, -23]], -23],
    ['a tone at -33', [[20, -33]], -33],
    [
      'what is 13 LU below the rest is left out',
      [
        [10, -36],
        [60, -23],
        [10, -36],
      ],
      -23,
    ],
    [
      'so is what is below -70',
      [
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ],
      -23,
    ],
    [
      'what is 6 LU below counts',
      [
        [20, -26],
        [20.1, -20],
        [20, -26],
      ],
      -23,
    ],
  ])('%s', (_, parts, wanted) => {
    expect(Math.abs((stereo(48_000, parts).loudness ?? 0) - wanted)).toBeLessThanOrEqual(0.1);
  });

  test('five channels: those at the side are louder', () => {
    const at = (level: number) => tones(48_000, [{ seconds: 20, level }]);
    const channels = [at(-28), at(-28), at(-24), at(-30), at(-30)];
    expect(listen(48_000, channels).loudness).toBeCloseTo(-23, 1);
  });

  test('the channel of low frequencies does not count', () => {
    const [quiet, loud] = [-28, 0].map((level) => tones(48_000, [{ seconds: 5, level }]));
    if (!quiet || !loud) throw new Error('no tones');
    const six = [quiet, quiet, quiet, loud, quiet, quiet];
    const five = [quiet, quiet, quiet, quiet, quiet];
    expect(listen(48_000, six).loudness).toBe(listen(48_000, five).loudness);
  });

  test.each([8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])('at %i Hz', (rate) => {
    expect(Math.abs((stereo(rate, [[5, -23]]).loudness ?? 0) + 23)).toBeLessThanOrEqual(0.1);
  });

  test('there is none of silence, of whispers below -70 LUFS, and of less than 0.4 s', () => {
    expect(listen(44_100, [silence(44_100, 5)])).not.toHaveProperty('loudness');
    expect(stereo(44_100, [[5, -75]])).not.toHaveProperty('loudness');
    expect(stereo(44_100, [[0.39, -20]])).not.toHaveProperty('loudness');
    expect(stereo(44_100, [[0.4, -20]])).toHaveProperty('loudness');
  });
});

describe('loudness range, within 1 LU', () => {
  test.each<[[number, number][], number]>([
    [
      [
        [20, -20],
        [20, -30],
      ],
      10,
    ],
    [
      [
        [20, -20],
        [20, -15],
      ],
      5,
    ],
    [
      [
        [20, -40],
        [20, -20],
      ],
      20,
    ],
    [
      [
        [20, -50],
        [20, -35],
        [20, -20],
        [20, -35],
        [20, -50],
      ],
      15,
    ],
  ])('%j', (parts, wanted) => {
    expect(Math.abs((stereo(48_000, parts).range ?? 0) - wanted)).toBeLessThan(1);
  });
});
