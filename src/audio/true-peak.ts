/**
 * True peak by ITU-R BS.1770-4, Annex 2: the highest point of the wave that the samples stand for, found on
 * values between them: three between any two samples below 96 kHz, one below 192 kHz, none above.
 */
export interface PeakMeter {
  readonly add: (channels: readonly Float32Array[]) => void;
  /** As amplitude, 1 being full scale. */
  readonly result: () => number;
}

/** Samples that a value between two of them is made of, half on either side. */
const taps = 24;
const half = taps / 2;
/** Samples that are looked at, or passed over, together. */
const stride = 16;

export function createPeakMeter(sampleRate: number, channelCount: number): PeakMeter {
  const isOversampled = sampleRate < 192_000;
  const hasQuarters = sampleRate < 96_000;
  const tails = Array.from({ length: channelCount }, () => new Float32Array(taps - 1));
  let joined = new Float32Array(0);
  let peak = 0;

  const look = (samples: Float32Array, length: number): void => {
    for (let at = 0; at <= length - taps; at += stride) {
      const end = Math.min(at + stride, length - taps + 1);
      let highest = 0;
      for (let index = at; index < end + taps - 1; index++) {
        const height = Math.abs(samples[index] ?? 0);
        if (height > highest) highest = height;
      }
      if (highest > peak) peak = highest;
      if (isOversampled && highest * reach > peak) {
        peak = Math.max(peak, highestBetween(samples, at, end, hasQuarters));
      }
    }
  };

  /** The values between the end of one block and the start of the next belong to both. */
  const lookOn = (tail: Float32Array, samples: Float32Array): void => {
    const length = tail.length + samples.length;
    if (joined.length < length) joined = new Float32Array(length);
    joined.set(tail);
    joined.set(samples, tail.length);
    look(joined, length);
    tail.set(joined.subarray(length - tail.length, length));
  };

  return {
    add: (channels) => {
      for (const [index, samples] of channels.entries()) {
        const tail = tails[index];
        if (tail) lookOn(tail, samples);
      }
    },
    result: () => {
      for (const tail of tails) lookOn(tail, new Float32Array(tail.length));
      return peak;
    },
  };
}

/**
 * The filter for a value at this share of the way from one sample to the next: a sinc within a Kaiser
 * window (beta 5), of which the sum is 1.
 */
function between(share: number): Float64Array {
  const values = Float64Array.from({ length: taps }, (_, tap) => {
    const x = tap - (half - 1) - share;
    const window = bessel(5 * Math.sqrt(Math.max(0, 1 - (x / half) ** 2))) / bessel(5);
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  });
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

/** The modified Bessel function of order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > 1e-12 * sum; n++) {
    term *= (x / 2 / n) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * The filter at a half is its own mirror image, those at one and three quarters are each other's: applied
 * to the sums and the differences of samples that mirror each other, half the work does.
 */
const atHalf = between(1 / 2).subarray(0, half);
const quarter = between(1 / 4);
const evenQuarter = quarter
  .subarray(0, half)
  .map((value, tap) => (value + (quarter[taps - 1 - tap] ?? 0)) / 2);
const oddQuarter = quarter
  .subarray(0, half)
  .map((value, tap) => (value - (quarter[taps - 1 - tap] ?? 0)) / 2);

/** No value between samples is further out than the highest of its samples times this. */
const reach = Math.max(
  ...[quarter, between(1 / 2)].map((filter) => filter.reduce((a, b) => a + Math.abs(b), 0)),
);

/** The highest of the values between samples, for the filters that begin at these samples. */
function highestBetween(
  samples: Float32Array,
  from: number,
  to: number,
  hasQuarters: boolean,
): number {
  let highest = 0;
  for (let at = from; at < to; at++) {
    let middle = 0;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < half; tap++) {
      const left = samples[at + tap] ?? 0;
      const right = samples[at + taps - 1 - tap] ?? 0;
      const sum = left + right;
      middle += sum * (atHalf[tap] ?? 0);
      even += sum * (evenQuarter[tap] ?? 0);
      odd += (left - right) * (oddQuarter[tap] ?? 0);
    }
    // Of the two quarters one has the odd part added, the other taken away.
    const quarters = hasQuarters ? Math.abs(even) + Math.abs(odd) : 0;
    highest = Math.max(highest, Math.abs(middle), quarters);
  }
  return highest;
}
