import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { amplitude, measureSamples, silence, tones } from './signals.ts';

const join = (...parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

describe('true peak', () => {
  // EBU Tech 3341, cases 15 to 19: sines whose samples miss the peak; +0.2, -0.4 dB are allowed.
  test.each([
    ['a quarter of the rate, at 45°: samples are 3 dB lower', 4, 45],
    ['a sixth of the rate, at 60°', 6, 60],
    ['an eighth of the rate, at 67.5°', 8, 67.5],
    ['a quarter of the rate, at 0°', 4, 0],
  ])('%s', (_, divisor, phase) => {
    for (const rate of [44_100, 48_000, 96_000]) {
      const frequency = rate / divisor;
      // Faded in and out over a thousand samples: a sine that begins at full strength overshoots.
      const samples = tones(rate, [{ seconds: 1, level: -6, frequency, phase }]).map(
        (value, index, { length }) => value * Math.min(1, index / 1000, (length - index) / 1000),
      );
      const { truePeak = 0 } = measureSamples(rate, [samples]);
      expect(truePeak).toBeGreaterThan(-6.4);
      expect(truePeak).toBeLessThan(-5.8);
    }
  });

  test('is that of the loudest channel, and above full scale where the wave is', () => {
    const loud = tones(44_100, [{ seconds: 1, level: 0, frequency: 11_025, phase: 45 }]);
    const hot = loud.map((value) => value * 1.4);
    expect(measureSamples(44_100, [silence(44_100, 1), hot]).truePeak).toBeGreaterThan(2.5);
  });

  test('is found at the very end, and there is none of silence', () => {
    const click = new Float32Array(10_000);
    click[9_999] = -0.5;
    expect(measureSamples(44_100, [click]).truePeak).toBeCloseTo(-6.02, 1);
    expect(measureSamples(44_100, [silence(44_100, 1)])).not.toHaveProperty('truePeak');
  });
});

describe('clipping', () => {
  const at = (...samples: number[]) =>
    measureSamples(44_100, [Float32Array.from(samples)]).clipping;

  test('counts runs of three and more at full scale, whichever its sign', () => {
    expect(at(0, 1, 1, 0, 1, 1, 1, 0)).toEqual({ runs: 1, samples: 3 });
    expect(at(-1, -1, 1, -1, 0, 1, 1, 1)).toEqual({ runs: 2, samples: 7 });
    expect(at(1, 1, 0, 1, 1, 0, 0.999, 0.999, 0.999)).toEqual({ runs: 0, samples: 0 });
  });

  test('the highest value of 16 bits is full scale, and beyond it is too', () => {
    const highest = 32_767 / 32_768;
    expect(at(highest, highest, highest, 1.5)).toEqual({ runs: 1, samples: 4 });
  });

  test('is for each channel by itself', () => {
    const [left, right] = [Float32Array.of(1, 1, 0), Float32Array.of(0, 1, 1)];
    expect(measureSamples(44_100, [left, right]).clipping.runs).toBe(0);
  });
});

describe('silence', () => {
  const rate = 44_100;
  const sound = (seconds: number) => tones(rate, [{ seconds, level: -12 }]);

  test('at the start, at the end, and in between', () => {
    const samples = join(
      silence(rate, 1.5),
      sound(1),
      silence(rate, 2),
      sound(1),
      silence(rate, 0.5),
    );
    expect(measureSamples(rate, [samples]).silence).toEqual({
      leading: 1.5,
      trailing: 0.5,
      total: 4,
      share: 0.6667,
    });
  });

  test('is where every channel is silent', () => {
    const [left, right] = [join(sound(1), silence(rate, 1)), join(silence(rate, 1), sound(1))];
    expect(measureSamples(rate, [left, right]).silence.total).toBe(0);
  });

  test('is all of a file without sound, and noise below -60 dBFS', () => {
    const all = { leading: 2, trailing: 2, total: 2, share: 1 };
    expect(measureSamples(rate, [silence(rate, 2)]).silence).toEqual(all);
    expect(measureSamples(rate, [tones(rate, [{ seconds: 2, level: -60 }])]).silence).toEqual(all);
    const audible = tones(rate, [{ seconds: 2, level: -55 }]);
    expect(measureSamples(rate, [audible]).silence.total).toBe(0);
  });
});

test('how the sound is cut into blocks changes nothing', () => {
  const rate = 22_050;
  const left = join(
    silence(rate, 0.3),
    tones(rate, [
      { seconds: 1.5, level: -9 },
      { seconds: 0.01, level: 3 },
      { seconds: 1.5, level: -30, frequency: 330 },
    ]),
  );
  const right = left.map((value, index) => value * Math.cos(index / 3000));
  const whole = measureSamples(rate, [left, right]);
  expect(whole.clipping.runs).toBeGreaterThan(0);
  fc.assert(
    fc.property(fc.array(fc.nat(left.length), { maxLength: 40 }), (cuts) => {
      expect(measureSamples(rate, [left, right], { cuts })).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});

test('a peak and a clipped run across the border of two blocks are one', () => {
  const samples = new Float32Array(4_000);
  // Its peaks are between samples; it is short, and the only one.
  samples.set(tones(44_100, [{ seconds: 0.0007, level: -1, frequency: 11_025, phase: 45 }]), 1_000);
  const clipped = samples.slice();
  clipped.set([1, 1, 1, 1], 3_000);
  const [whole, whole2] = [samples, clipped].map((one) => measureSamples(44_100, [one]));
  for (let cut = 985; cut < 1_050; cut++) {
    expect(measureSamples(44_100, [samples], { cuts: [cut] })).toEqual(whole);
  }
  for (let cut = 3_000; cut < 3_005; cut++) {
    expect(measureSamples(44_100, [clipped], { cuts: [cut] })).toEqual(whole2);
  }
});

test('gain changes loudness and peak by as much, and nothing else', () => {
  const song = tones(44_100, [
    { seconds: 2, level: -20 },
    { seconds: 2, level: -14, frequency: 600 },
  ]);
  const one = measureSamples(44_100, [song]);
  const other = measureSamples(44_100, [song.map((value) => value * amplitude(6))]);
  expect((other.loudness ?? 0) - (one.loudness ?? 0)).toBeCloseTo(6, 1);
  expect((other.truePeak ?? 0) - (one.truePeak ?? 0)).toBeCloseTo(6, 1);
  expect(other.silence).toEqual(one.silence);
});
