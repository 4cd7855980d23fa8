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

export function limit({ left, right }: Stereo, gain: number, ceiling: number): void {
  const lowest = createLowest();
  let wanted = 1;
  let smooth = 1;
  const count = left.length;
  for (let i = 0; i < count + ahead; i++) {
    if (i < count) {
      const level = Math.max(Math.abs(left[i] ?? 0), Math.abs(right[i] ?? 0)) * gain;
      lowest.add(i, level > ceiling ? ceiling / level : 1);
    }
    const at = i - ahead;
    if (at < 0) continue;
    const target = lowest.from(at);
    wanted = target < wanted ? target : wanted + (target - wanted) * up;
    smooth += (wanted - smooth) * (wanted < smooth ? down : 0.1);
    const x = left[at] ?? 0;
    const y = right[at] ?? 0;
    const level = Math.max(Math.abs(x), Math.abs(y)) * gain;
    const factor = gain * Math.min(smooth, level > ceiling ? ceiling / level : 1);
    left[at] = x * factor;
    right[at] = y * factor;
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
