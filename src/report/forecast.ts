/**
 * How long a run will go on, and what it will have cost by then: estimates for people, from how long
 * tasks of this batch take and how many may run at once. No decision rests on them.
 */
import type { Picodollars } from '../job/money.ts';
import type { RunLimits } from '../run/events.ts';

export interface Workload {
  /** Jobs that this run will still submit. */
  readonly waiting: number;
  /** Tasks at once. */
  readonly slots: number;
  /** Milliseconds that a task usually takes. */
  readonly usual: number;
  /** Of the tasks in flight, in milliseconds; 0 where it is not known. */
  readonly ages: readonly number[];
  /** Jobs that ended in a millisecond, lately: downloads and the rate limit slow things down as well. */
  readonly pace?: number;
}

/** Milliseconds until the last of these tasks ends, if each takes as long as they usually do. */
export function timeLeft({ waiting, slots, usual, ages, pace }: Workload): number {
  // One that has taken longer than usual says nothing of its end: a tenth more, whenever one looks.
  const ends = ages.map((age) => Math.max(usual - age, usual / 10)).sort((a, b) => a - b);
  const lastInFlight = ends.at(-1) ?? 0;
  if (waiting === 0) return lastInFlight;
  // Where more are in flight than may be, the first of them leave no place.
  const busy = ends.slice(-slots);
  const free = [...new Array<number>(slots - busy.length).fill(0), ...busy];
  // The places are taken in turn, so only the last round decides.
  let last = lastInFlight;
  for (let job = Math.max(0, waiting - slots); job < waiting; job++) {
    const rounds = Math.floor(job / slots) + 1;
    last = Math.max(last, (free[job % slots] ?? 0) + rounds * usual);
  }
  return pace === undefined ? last : Math.max(last, waiting / pace + usual);
}

export interface Purse {
  readonly spent: Picodollars;
  /** What another song will cost, by what is known. */
  readonly price?: Picodollars;
  /** What one may cost at most, by what is known: the last one is bought only if that is left. */
  readonly worst?: Picodollars;
  /** Tasks that are still to be billed. */
  readonly unbilled: number;
  /** Jobs that are not submitted yet. */
  readonly waiting: number;
  /** Jobs that this run has submitted. */
  readonly submitted: number;
}

export interface Purchases {
  /** Jobs that this run will still submit. */
  readonly jobs: number;
  /** What keeps it from submitting all. */
  readonly endedBy?: 'budget' | 'max-jobs';
}

/** What will still be bought, as far as the limits let it. */
export function purchases(purse: Purse, { budget, maxJobs }: RunLimits): Purchases {
  const { waiting, submitted } = purse;
  const allowed = maxJobs === undefined ? Infinity : Math.max(0, maxJobs - submitted);
  const affordable = songsFor(budget, purse);
  const jobs = Math.min(waiting, allowed, affordable);
  return {
    jobs,
    ...(jobs < waiting && { endedBy: affordable < allowed ? 'budget' : 'max-jobs' }),
  };
}

/** Songs that a budget pays for, beside those that are not billed yet. */
function songsFor(budget: Picodollars | undefined, purse: Purse): number {
  const { spent, price, worst = price, unbilled } = purse;
  if (budget === undefined || worst === undefined || price === undefined || price === 0n) {
    return Infinity;
  }
  const beforeLast = budget - spent - worst;
  return beforeLast < 0n ? 0 : Math.max(0, Number(beforeLast / price) + 1 - unbilled);
}
