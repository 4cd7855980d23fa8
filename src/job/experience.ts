/** What the songs of a batch have cost and how long they took: gathered record by record, in little memory. */
import type { JobRecord } from './history.ts';
import type { Picodollars } from './money.ts';

/** What songs were billed. */
export interface Bills {
  /** How many of them; 0 where only the batch's note of its dearest song is left. */
  readonly songs: number;
  readonly cheapest: Picodollars;
  readonly dearest: Picodollars;
  readonly total: Picodollars;
}

/** How long tasks took. */
export interface Durations {
  readonly tasks: number;
  /** Milliseconds from acceptance to the end: half of the tasks took less. */
  readonly usual: number;
}

export interface Experience {
  readonly bills?: Bills;
  readonly durations?: Durations;
}

export interface Learner {
  readonly see: (record: JobRecord) => void;
  readonly learnt: () => Experience;
}

/** As many durations as `pace.ts` remembers: enough for what is usual, however large the batch. */
const remembered = 200;

export function createLearner(): Learner {
  let bills: Bills | undefined;
  const durations: number[] = [];
  let tasks = 0;
  return {
    see: ({ attempts }) => {
      const last = attempts.at(-1);
      if (last?.stage !== 'saved' && last?.stage !== 'succeeded') return;
      bills = withBill(bills, last.cost);
      // An answer that was lost says nothing of when the task began.
      if (!last.adopted) durations[tasks++ % remembered] = last.endedAt - last.acceptedAt;
    },
    learnt: () => {
      const usual = durations.toSorted((a, b) => a - b)[Math.floor((durations.length - 1) / 2)];
      return {
        ...(bills && { bills }),
        ...(usual !== undefined && { durations: { tasks, usual: Math.max(0, usual) } }),
      };
    },
  };
}

function withBill(bills: Bills | undefined, cost: Picodollars): Bills {
  if (!bills) return { songs: 1, cheapest: cost, dearest: cost, total: cost };
  return {
    songs: bills.songs + 1,
    cheapest: cost < bills.cheapest ? cost : bills.cheapest,
    dearest: cost > bills.dearest ? cost : bills.dearest,
    total: bills.total + cost,
  };
}
