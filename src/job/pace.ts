/**
 * When to look at tasks in flight. Looking costs a request, not looking costs time; how long tasks of
 * this batch take tells where looking pays: rarely while they are young, often near their usual end.
 */

/** Durations of the last tasks are remembered, so that a change of load is followed. */
const remembered = 200;

export interface Pace {
  /** Milliseconds from acceptance to end, the newest last. */
  readonly durations: readonly number[];
}

export const unknownPace: Pace = { durations: [] };

export function learn(pace: Pace, duration: number): Pace {
  return { durations: [...pace.durations.slice(1 - remembered), Math.max(0, duration)] };
}

/** Milliseconds: never look more often, nor more rarely. */
const shortestGap = 2;
const longestGap = 10_000;

/**
 * How long to wait before the next look.
 *
 * @param ages milliseconds since acceptance, of every task in flight
 */
export function nextLook(pace: Pace, ages: Iterable<number>): number {
  const early = pace.durations.toSorted((a, b) => a - b)[Math.floor(pace.durations.length / 10)];
  const median = usualDuration(pace);
  let soonest = longestGap;
  for (const age of ages) {
    // Near the end: often. Long before: not at all. Nothing learnt yet: half its age.
    const gap = median === undefined ? age / 2 : Math.max(median / 40, (early ?? 0) - age);
    soonest = Math.min(soonest, gap);
  }
  return Math.max(shortestGap, soonest);
}

/** Milliseconds that a task of this batch usually takes; undefined while none has ended. */
export function usualDuration(pace: Pace): number | undefined {
  return pace.durations.toSorted((a, b) => a - b)[Math.floor(pace.durations.length / 2)];
}
