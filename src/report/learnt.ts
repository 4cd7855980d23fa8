/** What the tasks of this run have taught so far: how long one takes, what it costs, how many end in a minute. */
import type { Picodollars } from '../job/money.ts';

export interface Learnt {
  /** @param duration milliseconds from its acceptance; undefined where nobody here has seen that */
  readonly billed: (cost: Picodollars, duration: number | undefined) => void;
  /** A job has ended, well or not. */
  readonly ended: (at: number) => void;
  /** Milliseconds. @param atOnce tasks at once: the first of so many to end are the quick ones */
  readonly usualDuration: (atOnce: number) => number | undefined;
  readonly usualBill: () => Picodollars | undefined;
  /** Jobs in a millisecond, lately. @param since when the first task was submitted */
  readonly pace: (at: number, since: number, usual: number) => number | undefined;
}

/** So many of the last durations, bills and ends tell how it goes now. */
const remembered = 200;
/** Milliseconds: a rate is that of the time of three tasks, and of so long at least. */
const shortestWindow = 10_000;
/** Tasks that begin together end together: before there is a rate some more must have come. */
const tasksBeforeRate = 1.5;
const leastBeforeRate = 1000;

export function createLearnt(): Learnt {
  const durations: number[] = [];
  const bills: Picodollars[] = [];
  const ends: number[] = [];

  return {
    billed: (cost, duration) => {
      remember(bills, cost);
      if (duration !== undefined) remember(durations, duration);
    },
    ended: (at) => {
      remember(ends, at);
    },
    usualDuration: (atOnce) =>
      durations.length < Math.min(3, atOnce)
        ? undefined
        : durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)],
    usualBill: () =>
      bills.length === 0
        ? undefined
        : bills.reduce((sum, bill) => sum + bill, 0n) / BigInt(bills.length),
    pace: (at, since, usual) => {
      const soFar = at - since;
      if (soFar < Math.max(leastBeforeRate, tasksBeforeRate * usual)) return undefined;
      const window = at - Math.max(3 * usual, shortestWindow);
      // From an end to an end: tasks that run side by side end in bursts, and part of one is no rate.
      const all = ends.length === remembered ? (ends[0] ?? since) : since;
      const from = ends.findLast((end) => end < window) ?? all;
      const counted = ends.filter((end) => end > from).length;
      const until = Math.max(ends.at(-1) ?? from, at - usual);
      return counted < 3 || until <= from ? undefined : counted / (until - from);
    },
  };
}

function remember<Value>(values: Value[], value: Value): void {
  values.push(value);
  if (values.length > remembered) values.shift();
}
