/**
 * A limiter that looks ahead: it turns the level down before a peak comes, smoothly, and no sample
 * leaves it above the ceiling. Works in place.
 */
import { exponential } from '../arithmetic.ts';
import { sampleRate, type Stereo } from '../sound.ts';

/** Samples it looks ahead: 4 ms. */
const ahead = Math.floor(0.004 * sampleRate);

/** What share of the way down it goes a sample, and of the way up once the peak is over. */
const down = 1 - exponential(-4.5 / ahead);
const up = 1 - exponential(-1 / (0.08 * sampleRate));

/**
 * Tells how high a channel is at a sample, or between it and the next. May look at later samples, as far
 * as `ahead` and no farther back.
 */
export type PeakMeter = (channel: Float32Array, at: number) => number;

export function limit(
  { left, right }: Stereo,
  gain: number,
  ceiling: number,
  peak: PeakMeter,
): void {
  const lowest = createLowest();
  // The factor that each sample itself needs, until it is its turn.
  const needed = new Float64Array(ahead + 1);
  let wanted = 1;
  let smooth = 1;
  const count = left.length;
  for (let i = 0; i < count + ahead; i++) {
    if (i < count) {
      const level = Math.max(peak(left, i), peak(right, i)) * gain;
      const factor = level > ceiling ? ceiling / level : 1;
      needed[i % needed.length] = factor;
      lowest.add(i, factor);
    }
    const at = i - ahead;
    if (at < 0) continue;
    const target = lowest.from(at);
    wanted = target < wanted ? target : wanted + (target - wanted) * up;
    smooth += (wanted - smooth) * (wanted < smooth ? down : 0.1);
    const factor = gain * Math.min(smooth, needed[at % needed.length] ?? 1);
    left[at] = (left[at] ?? 0) * factor;
    right[at] = (right[at] ?? 0) * factor;
  }
}

/**
 * The lowest of the values in a window that slides: only those are kept that no later one is below, so
 * that the first of them is the lowest.
 */
function createLowest(): {
  readonly add: (place: number, value: number) => void;
  readonly from: (place: number) => number;
} {
  const room = ahead + 2;
  const places = new Int32Array(room);
  const values = new Float64Array(room);
  let first = 0;
  let end = 0;
  return {
    add: (place, value) => {
      while (end > first && (values[(end - 1) % room] ?? 0) >= value) end--;
      places[end % room] = place;
      values[end % room] = value;
      end++;
    },
    from: (place) => {
      while (first < end && (places[first % room] ?? 0) < place) first++;
      return first < end ? (values[first % room] ?? 1) : 1;
    },
  };
}
