/**
 * The time axis of a batch that was made in several runs: stretches in which something went on stand side by side,
 * and the hours between them are cut out, to a gap of constant width.
 */
import { lastUntil } from './search.ts';
import { unite, type Span } from './watch.ts';

export interface Segment extends Span {
  /** Where it begins on the axis, in seconds from the axis' beginning. */
  readonly start: number;
}

export interface ShownTime {
  readonly segments: readonly Segment[];
  /** Length of the axis in seconds, gaps included. */
  readonly length: number;
  /** How much of what is shown is before a time, in seconds, without gaps. */
  readonly elapsed: (time: number) => number;
  /** Time (seconds since 1970) to place on the axis (seconds from its beginning). */
  readonly place: (time: number) => number;
  /** The other way round; a place in a gap is the end of what is before it. */
  readonly time: (place: number) => number;
}

/** Idle time is cut where it is longer than this share of all that is not idle, and is left that wide. */
const cutShare = 0.04;

/** @param active stretches in which something went on; in them nothing is cut */
export function shownTimeOf(active: readonly Span[]): ShownTime {
  const spans = unite(active);
  const busy = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const gap = busy * cutShare;
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of spans) {
    const last = joined.at(-1);
    if (last && from - last.to <= gap) last.to = to;
    else joined.push({ from, to });
  }
  let start = 0;
  const segments = joined.map(({ from, to }): Segment => {
    const segment = { from, to, start };
    start += to - from + gap;
    return segment;
  });
  const length = Math.max(0, start - gap);
  return {
    segments,
    length,
    elapsed: (time) => {
      const index = lastUntil(segments, ({ from }) => from, time);
      const segment = segments[index];
      return segment ? segment.start - index * gap + Math.min(time, segment.to) - segment.from : 0;
    },
    place: (time) => {
      const index = lastUntil(segments, ({ from }) => from, time);
      const segment = segments[Math.max(0, index)];
      if (!segment) return 0;
      const inside = Math.max(0, time - segment.from);
      const width = segment.to - segment.from;
      if (inside <= width) return segment.start + inside;
      const next = segments[index + 1];
      if (!next) return segment.start + width;
      return segment.start + width + (gap * (time - segment.to)) / (next.from - segment.to);
    },
    time: (place) => {
      const segment =
        segments[
          Math.max(
            0,
            lastUntil(segments, ({ start: at }) => at, place),
          )
        ];
      if (!segment) return 0;
      return Math.min(segment.to, segment.from + Math.max(0, place - segment.start));
    },
  };
}

/** Places of marks on the axis, and the times that they stand for. */
export interface Tick {
  readonly place: number;
  readonly time: number;
}

/** @param apart seconds between two of them, at least; they fall on full minutes, hours or days of the reader's clock */
export function ticksOf({ segments, place }: ShownTime, apart: number): readonly Tick[] {
  const step = steps.find((one) => one >= apart) ?? day * Math.ceil(apart / day);
  return segments
    .flatMap(({ from, to }) => {
      const east = -60 * new Date(from * 1000).getTimezoneOffset();
      const first = Math.ceil((from + east) / step);
      const last = Math.floor((to + east) / step);
      return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step - east);
    })
    .map((time) => ({ place: place(time), time }))
    .reduce<Tick[]>((ticks, tick) => {
      // Behind a gap they would come close.
      const isFree = tick.place - (ticks.at(-1)?.place ?? -Infinity) > 0.9 * apart;
      return isFree ? [...ticks, tick] : ticks;
    }, []);
}

const day = 86_400;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, day]; // prettier-ignore
