/** What the tasks of this run have taught so far: how long one takes, what it costs, how many are done in a minute. */
import { dearer } from '../job/budget.ts';
import type { Picodollars } from '../job/money.ts';

export interface Learnt {
  /** @param duration milliseconds from its acceptance; undefined where nobody here has seen that */
  readonly billed: (cost: Picodollars, duration: number | undefined) => void;
  /** Milliseconds. @param atOnce tasks at once: the first of so many to end are the quick ones */
  readonly usualDuration: (atOnce: number) => number | undefined;
  readonly usualBill: () => Picodollars | undefined;
  readonly dearestBill: () => Picodollars | undefined;
  /**
   * So much was done by then, in jobs. Tasks in flight count by their age: those that run side by side end
   * in bursts, and ends alone would be no rate. Asked for only every so often; undefined: not known yet.
   */
  readonly reached: (at: number, work: () => number | undefined) => void;
  readonly pace: (work: number, at: number) => Pace | undefined;
}

export interface Pace {
  /** Jobs in a millisecond, lately. */
  readonly rate: number;
  /** The time when the first tasks were submitted, one after the other, counts no more. */
  readonly isSteady: boolean;
}

/** So many of the last durations and bills tell how it goes now. */
const remembered = 200;
/** Milliseconds: the rate is that of the time of three tasks, and of so long at least. */
const shortestWindow = 10_000;
const tasksInWindow = 3;
/** Milliseconds between two memories of what was reached. */
const step = 500;

export function createLearnt(): Learnt {
  const durations: number[] = [];
  const bills: Picodollars[] = [];
  let dearest: Picodollars | undefined;
  const milestones: { readonly work: number; readonly at: number }[] = [];

  const usual = () => durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)];
  const window = () => Math.max(shortestWindow, tasksInWindow * (usual() ?? 0));

  return {
    billed: (cost, duration) => {
      remember(bills, cost);
      dearest = dearer(dearest, cost);
      if (duration !== undefined) remember(durations, duration);
    },
    usualDuration: (atOnce) => (durations.length < Math.min(3, atOnce) ? undefined : usual()),
    usualBill: () =>
      bills.length === 0
        ? undefined
        : bills.reduce((sum, bill) => sum + bill, 0n) / BigInt(bills.length),
    dearestBill: () => dearest,
    reached: (at, workOf) => {
      const age = at - (milestones.at(-1)?.at ?? -Infinity);
      if (age < step) return;
      const span = window();
      const work = age < span / 100 ? undefined : workOf();
      if (work === undefined) return;
      milestones.push({ work, at });
      while ((milestones[1]?.at ?? Infinity) <= at - span) milestones.shift();
    },
    pace: (work, at) => {
      const steady = milestones.findLast((one) => one.at <= at - window());
      const begun = steady ?? milestones[0];
      if (begun === undefined || at - begun.at < 2 * step || work <= begun.work) return undefined;
      return { rate: (work - begun.work) / (at - begun.at), isSteady: steady !== undefined };
    },
  };
}

function remember<Value>(values: Value[], value: Value): void {
  values.push(value);
  if (values.length > remembered) values.shift();
}
