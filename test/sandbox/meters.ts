/**
 * Simple meters for what the engine sings, made without any of its own arithmetic.
 */
import { sampleRate } from '../../src/sandbox/engine/sound.ts';

/** Pitch of a voice as a MIDI number, by the first high peak of its autocorrelation. */
export function pitch(samples: Float32Array): number {
  const half = Float64Array.from({ length: samples.length >> 1 }, (_, i) => {
    return ((samples[i * 2] ?? 0) + (samples[i * 2 + 1] ?? 0)) / 2;
  });
  const rate = sampleRate / 2;
  const [shortest, longest] = [Math.floor(rate / 900), Math.ceil(rate / 60)];
  const count = half.length - longest - 1;
  const likeness = (lag: number): number => {
    let [sum, a, b] = [0, 1e-12, 1e-12];
    for (let i = 0; i < count; i++) {
      const [x, y] = [half[i] ?? 0, half[i + lag] ?? 0];
      sum += x * y;
      a += x * x;
      b += y * y;
    }
    return sum / Math.sqrt(a * b);
  };
  const all = Array.from({ length: longest + 1 }, (_, lag) =>
    lag < shortest - 1 ? 0 : likeness(lag),
  );
  const at = (lag: number): number => all[lag] ?? 0;
  const best = Math.max(...all.slice(shortest));
  let lag = shortest;
  while (!(at(lag) > best * 0.9 && at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1))) {
    if (++lag >= longest) return NaN;
  }
  const [before, here, after] = [at(lag - 1), at(lag), at(lag + 1)];
  const exact = lag + (0.5 * (before - after)) / (before - 2 * here + after);
  return 69 + 12 * Math.log2(rate / exact / 440);
}

/** Level in dB of what lies around a frequency, by a Hann-windowed sum over the samples. */
export function levelAround(samples: Float32Array, hz: number, width: number): number {
  let power = 0;
  for (let f = hz - width; f <= hz + width; f += width / 6) {
    let [re, im] = [0, 0];
    samples.forEach((x, i) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
      re += x * window * Math.cos((2 * Math.PI * f * i) / sampleRate);
      im += x * window * Math.sin((2 * Math.PI * f * i) / sampleRate);
    });
    power += re * re + im * im;
  }
  return 10 * Math.log10(power);
}
