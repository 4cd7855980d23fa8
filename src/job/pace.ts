/**
 * When to look at tasks in flight. Looking costs a request, not looking costs time; how long tasks of
 * this batch take tells where looking pays: not while they are young, often near their usual end, ever
 * more rarely once one takes longer than all before it.
 *
 * With tasks that end one by one, looking every g milliseconds finds an end g / 2 late, at the price of
 * one request for each g that passes, however many have ended in it. Looking twenty times in the
 * usual duration (every 9 s for tasks of three minutes) costs a hundred tasks in flight 0.2 requests each.
 */

/** Durations of the last tasks are remembered, so that a change of load is followed. */
const remembered = 200;
/**
 * A look reads tasks in the order of their age: the last two hundred of the thousand that it finds are those
 * that took longest. So what it teaches comes from all over, and looks before it count, too.
 */
const mostOfOneLook = 50;
const share = 1 / 20;

/** Milliseconds. */
const shortestGap = 2;
const firstGap = 20;
/** While nothing is known, and so the most that the first end can be late. */
const longestBlindGap = 10_000;
/** As long as the oldest tasks go on the others hardly have ended: a page of them stands for thousands. */
const blindSample = 100;
/** For a task that takes longer than any before. */
const longestOverdueGap = 60_000;

export interface Pace {
  /** Estimates, in milliseconds from acceptance, of when tasks that went well ended; the newest last. */
  readonly durations: readonly number[];
  /** Undefined while no task has ended. */
  readonly known?: {
    /** Hardly any task ends before this age. */
    readonly early: number;
    readonly usual: number;
    /** No task has taken longer. */
    readonly late: number;
  };
}

export const unknownPace: Pace = { durations: [] };

/** Of a task that went well, in milliseconds from its acceptance. */
export interface End {
  /** When it was last seen to go on; 0 for never. */
  readonly seenAt: number;
  /** When it was found to have ended. */
  readonly foundAt: number;
}

/** @param ends what one look has found */
export function learn(pace: Pace, ends: readonly End[]): Pace {
  const newest = spread(ends, mostOfOneLook).map(estimate);
  const durations = [...pace.durations, ...newest].slice(-remembered);
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  const usual = at(0.5);
  return { durations, known: { early: at(0.1) - usual * share, usual, late: at(1) } };
}

/**
 * Found at the first look a task may have ended long before. Unless that is allowed for, looking late would
 * be a reason to look as late again.
 */
function estimate({ seenAt, foundAt }: End): number {
  return seenAt > 0 ? (seenAt + foundAt) / 2 : foundAt * 0.8;
}

/** So many of them, from all over. */
function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return items.filter(
    (_, nth) =>
      Math.floor((nth * most) / items.length) !== Math.floor(((nth - 1) * most) / items.length),
  );
}

/** A task in flight. Times are milliseconds on one clock. */
export interface InFlight {
  readonly acceptedAt: number;
  /** When it was last seen to go on; its acceptance until then. */
  readonly seenAt: number;
}

/**
 * Milliseconds between two looks at tasks that may have ended.
 *
 * @param oldest age of the oldest of them: while nothing is known, it has taken at least as long
 * @param advised by what the last look came to: `gapAfterLook`
 */
export function gapBetweenLooks({ known }: Pace, oldest: number, advised = 0): number {
  if (!known) return Math.min(longestBlindGap, Math.max(firstGap, oldest));
  // Where tasks take longer than they used to, looks as frequent as before would find nothing, for long.
  const slower = Math.min(advised, oldest * share, longestBlindGap);
  return Math.max(shortestGap, known.usual * share, slower);
}

/** @param hasFound whether the look that followed such a gap found an end */
export function gapAfterLook(gap: number, hasFound: boolean): number {
  return hasFound ? gap / 1.5 : gap * 1.5;
}

/**
 * From when on it pays to look at a task, gaps between looks apart.
 *
 * @param older how many tasks are in flight that were accepted before it
 */
export function dueAt(pace: Pace, { acceptedAt, seenAt }: InFlight, older: number): number {
  const { known } = pace;
  if (!known) return older < blindSample ? seenAt : seenAt + longestOverdueGap;
  const overdue = seenAt - acceptedAt - known.late;
  if (overdue > 0) return seenAt + Math.min(longestOverdueGap, overdue / 4);
  return Math.max(seenAt, acceptedAt + known.early);
}

/** Milliseconds that a task of this batch usually takes; undefined while none has ended. */
export function usualDuration({ known }: Pace): number | undefined {
  return known?.usual;
}
