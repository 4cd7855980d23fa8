/** The outline of a song for a picture of it: the lowest and the highest sample of each stretch. */

export interface Waveform {
  /** Of each of a thousand equal stretches, over all channels: whole numbers from -127 to 127. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
}

export interface WaveformMaker {
  readonly add: (channels: readonly Float32Array[]) => void;
  readonly result: () => Waveform;
}

const waveformBuckets = 1000;
/** Stretches while the song goes on, twice as many at most: enough to be shared out evenly at the end. */
const kept = 8 * waveformBuckets;

export function createWaveformMaker(): WaveformMaker {
  const lows = new Float32Array(2 * kept);
  const highs = new Float32Array(2 * kept);
  let stretch = 1;
  let samples = 0;

  /** Makes one stretch of every two. */
  const double = (): void => {
    for (let to = 0; to < kept; to++) {
      lows[to] = Math.min(lows[2 * to] ?? 0, lows[2 * to + 1] ?? 0);
      highs[to] = Math.max(highs[2 * to] ?? 0, highs[2 * to + 1] ?? 0);
    }
    lows.fill(0, kept);
    highs.fill(0, kept);
    stretch *= 2;
  };

  return {
    add: (channels) => {
      const length = channels[0]?.length ?? 0;
      for (let at = 0; at < length;) {
        if (samples === 2 * kept * stretch) double();
        const index = Math.floor(samples / stretch);
        const count = Math.min(length - at, (index + 1) * stretch - samples);
        let low = lows[index] ?? 0;
        let high = highs[index] ?? 0;
        for (const channel of channels) {
          for (let sample = at; sample < at + count; sample++) {
            const value = channel[sample] ?? 0;
            if (value < low) low = value;
            else if (value > high) high = value;
          }
        }
        lows[index] = low;
        highs[index] = high;
        at += count;
        samples += count;
      }
    },
    result: () => {
      const stretches = Math.ceil(samples / stretch);
      const lowest: number[] = [];
      const highest: number[] = [];
      for (let bucket = 0; bucket < waveformBuckets; bucket++) {
        const from = Math.floor((bucket * stretches) / waveformBuckets);
        const to = Math.max(from + 1, Math.floor(((bucket + 1) * stretches) / waveformBuckets));
        let low = lows[from] ?? 0;
        let high = highs[from] ?? 0;
        for (let index = from + 1; index < to; index++) {
          low = Math.min(low, lows[index] ?? 0);
          high = Math.max(high, highs[index] ?? 0);
        }
        lowest.push(scaled(low));
        highest.push(scaled(high));
      }
      return { lows: lowest, highs: highest };
    },
  };
}

/** A sample as a whole number from -127 to 127. */
function scaled(sample: number): number {
  return Math.round(Math.max(-1, Math.min(1, sample)) * 127) + 0;
}
