/**
 * Simple meters for what the engine sings and plays, made without any of its own arithmetic.
 */
import { sampleRate, type Stereo } from '../../src/sandbox/engine/sound.ts';

/** Integrated loudness in LUFS (ITU-R BS.1770-4), by the published formulas of the K weighting. */
export function lufs({ left, right }: Stereo): number {
  const step = sampleRate / 10;
  const weighted = [left, right].map(weigh);
  const energies: number[] = [];
  for (let at = 0; at + 4 * step <= left.length; at += step) {
    let sum = 0;
    for (const channel of weighted) {
      for (let i = at; i < at + 4 * step; i++) sum += (channel[i] ?? 0) ** 2;
    }
    energies.push(sum / (4 * step));
  }
  const level = (energy: number): number => -0.691 + 10 * Math.log10(energy);
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const audible = energies.filter((energy) => level(energy) > -70);
  const gate = level(mean(audible)) - 10;
  return level(mean(audible.filter((energy) => level(energy) > gate)));
}

function weigh(channel: Float32Array): Float64Array {
  const shelf = { hz: 1681.974450955533, q: 0.7071752369554196, gain: 3.999843853973347 };
  const k = Math.tan((Math.PI * shelf.hz) / sampleRate);
  const high = 10 ** (shelf.gain / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / shelf.q + k * k;
  const headed = filtered(
    channel,
    [
      (high + (band * k) / shelf.q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (band * k) / shelf.q + k * k) / a0,
    ],
    [(2 * (k * k - 1)) / a0, (1 - k / shelf.q + k * k) / a0],
  );
  const low = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const q = 0.5003270373238773;
  const b0 = 1 + low / q + low * low;
  return filtered(headed, [1, -2, 1], [(2 * (low * low - 1)) / b0, (1 - low / q + low * low) / b0]);
}

function filtered(
  input: ArrayLike<number>,
  [b0, b1, b2]: readonly [number, number, number],
  [a1, a2]: readonly [number, number],
): Float64Array {
  const out = new Float64Array(input.length);
  for (let i = 0; i < out.length; i++) {
    const forward = b0 * (input[i] ?? 0) + b1 * (input[i - 1] ?? 0) + b2 * (input[i - 2] ?? 0);
    out[i] = forward - a1 * (out[i - 1] ?? 0) - a2 * (out[i - 2] ?? 0);
  }
  return out;
}

/** The highest level in dBTP, eight times oversampled by windowed sincs of 32 taps. */
export function truePeak({ left, right }: Stereo): number {
  let peak = 0;
  for (const channel of [left, right]) {
    const highest = channel.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    peak = Math.max(peak, highest);
    for (let i = 16; i < channel.length - 17; i++) {
      if (Math.abs(channel[i] ?? 0) < highest * 0.6) continue;
      for (let part = -7; part < 8; part++) {
        let sum = 0;
        for (let k = -15; k <= 16; k++) {
          const x = part / 8 - k;
          const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / 17);
          const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
          sum += (channel[i + k] ?? 0) * sinc * window;
        }
        peak = Math.max(peak, Math.abs(sum));
      }
    }
  }
  return 20 * Math.log10(peak);
}

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
