/** Where the jobs of a batch stand, by what the store knows of them. */
import type { JobRecord } from '../job/history.ts';
import type { Coordinates, JobId } from '../job/job.ts';
import type { JobPolicy, Standing } from '../job/next-step.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import { isFinal, outlookOf, outlooks, standingFor, type Outlook } from '../job/outlook.ts';
import type { Store, StoreReader } from '../job/store.ts';
import type { PlannedJob } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import { isEverything, isSelected } from '../plan/selection.ts';
import type { Tally } from './events.ts';
import { readMark, stockKey, writeMark, type Mark, type Outside } from './stock-note.ts';

/** Stages in which something paid for, or maybe paid for, is waiting to be brought home. */
export const openStages = ['intended', 'running', 'succeeded'] as const;

/** The batch's own note of its dearest song: the worst that another one may cost. In picodollars. */
export const dearestFact = 'dearest-song';

export interface Stock {
  readonly tally: Tally;
  /** Jobs that the store knows and the plan does not have (any more). */
  readonly gone: number;
  /** Jobs in flight that the selection does not have: brought home, but never bought anew. */
  readonly strays: ReadonlySet<JobId>;
  /** Absent: only a walk through the plan can tell what is left to do. */
  readonly mark?: Mark;
}

export function* selectedJobs(plan: Plan, selection: Selection): Generator<PlannedJob> {
  for (const planned of plan.planned()) {
    if (isSelected(selection, planned.id, planned.coordinates)) yield planned;
  }
}

/** A job of the plan, as the state knows it. */
export interface JobInStock {
  readonly planned: PlannedJob;
  readonly coordinates: Coordinates;
  /** Undefined: nothing has been done for it yet. */
  readonly record: JobRecord | undefined;
  /** Undefined: it is not selected. */
  readonly standing: Standing | undefined;
}

/**
 * Whether a song may still be bought for a job that stands there. A task in flight may come to nothing,
 * and is then tried again.
 */
export function mayBeBought(standing: Standing): boolean {
  switch (standing) {
    case 'waiting':
    case 'doubt':
    case 'running':
      return true;
    case 'fetching':
    case 'done':
    case 'failed':
      return false;
  }
}

/** Every job of the plan, in its order. */
export function* walkStock(
  plan: Plan,
  selection: Selection,
  store: StoreReader | undefined,
  policy: JobPolicy,
): Generator<JobInStock> {
  for (const planned of plan.planned()) {
    const { id, coordinates } = planned;
    const record = store?.get(id);
    const standing = record ? standingOf(nextStep(record, policy)) : 'waiting';
    const isWanted = isSelected(selection, id, coordinates);
    yield { planned, coordinates, record, standing: isWanted ? standing : undefined };
  }
}

/**
 * Counts the selected jobs of the plan, and every job in flight whether selected or not: a run takes
 * care of what was paid for, also of what the manifest has dropped since.
 *
 * @param store undefined: nothing has been run yet
 */
export function takeStock(
  plan: Plan,
  selection: Selection,
  store: StoreReader | undefined,
  policy: JobPolicy,
): Stock {
  if (isEverything(selection) && (!store || sumOf(store.counts().jobs) === 0))
    return untouched(plan);
  const mark = store && readMark(store, stockKey(plan, selection, policy));
  const stock = mark && stockBy(mark, store, policy);
  return stock ?? takeStockByWalking(plan, selection, store, policy);
}

/** The same for a run, which holds the lock: what it finds is noted. */
export async function keepStock(
  plan: Plan,
  selection: Selection,
  store: Store,
  policy: JobPolicy,
): Promise<Stock> {
  const stock = takeStock(plan, selection, store, policy);
  await writeMark(store, stockKey(plan, selection, policy), stock.mark);
  return stock;
}

/** Of a plan that nothing has been done for. */
function untouched({ jobs }: Plan): Stock {
  const counts = { waiting: jobs, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  const outside = { done: 0, rejected: 0, failed: 0 };
  return {
    tally: { jobs, ...counts, spent: 0n },
    gone: 0,
    strays: new Set(),
    mark: { selected: jobs, gone: 0, outside, before: 0 },
  };
}

/** Undefined where it does not add up. */
function stockBy(mark: Mark, store: StoreReader, policy: JobPolicy): Stock | undefined {
  const judged = store.judged(policy)?.counts();
  if (!judged) return undefined;
  const counts = { waiting: 0, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  for (const outlook of outlooks) {
    const outside = outlook in mark.outside ? mark.outside[outlook as keyof Outside] : 0;
    counts[standingFor(outlook, policy.hasEars === true)] += judged[outlook] - outside;
  }
  counts.waiting = mark.selected - (sumOf(counts) - counts.waiting);
  if (Object.values(counts).some((number) => number < 0)) return undefined;
  const { spent } = store.counts();
  return {
    tally: { jobs: mark.selected, ...counts, spent },
    gone: mark.gone,
    strays: new Set(),
    mark,
  };
}

/**
 * Looks at every job of the plan.
 *
 * @param see is shown each of them, in its order
 */
export function takeStockByWalking(
  plan: Plan,
  selection: Selection,
  store: StoreReader | undefined,
  policy: JobPolicy,
  see?: (job: JobInStock) => void,
): Stock {
  const counts = { waiting: 0, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  const open = new Set<JobId>();
  for (const record of store?.records(openStages) ?? []) {
    open.add(record.job.id);
    counts[standingOf(nextStep(record, policy))]++;
  }
  const strays = new Set(open);
  const marker = createMarker(policy);
  let known = 0;
  for (const job of walkStock(plan, selection, store, policy)) {
    see?.(job);
    marker.see(job);
    const { planned, record, standing } = job;
    if (record) known++;
    if (standing === undefined) continue;
    strays.delete(planned.id);
    if (!open.has(planned.id)) counts[standing]++;
  }
  const stored = store?.counts();
  const gone = sumOf(stored?.jobs ?? {}) - known;
  const mark = marker.mark(gone, store?.judged(policy)?.counts());
  return {
    tally: { jobs: sumOf(counts), ...counts, spent: stored?.spent ?? 0n },
    gone,
    strays,
    ...(mark && { mark }),
  };
}

interface Marker {
  readonly see: (job: JobInStock) => void;
  /** Undefined where somebody who goes by outlooks alone would do something else than whoever walks. */
  readonly mark: (
    gone: number,
    all: Readonly<Record<Outlook, number>> | undefined,
  ) => Mark | undefined;
}

/** Sees all jobs of the plan, in its order. */
function createMarker(policy: JobPolicy): Marker {
  const inside = new Map<Outlook, number>();
  let selected = 0;
  let walked = 0;
  let before: number | undefined;
  let areAlike = true;
  return {
    see: ({ planned, record, standing }) => {
      if (standing !== undefined) {
        selected++;
        if (!record) before ??= walked;
      }
      walked++;
      if (!record || standing === undefined) return;
      const outlook = outlookOf(record, policy);
      inside.set(outlook, (inside.get(outlook) ?? 0) + 1);
      // It is submitted as the manifest has it today, not as it was; what is in flight may come to nothing, too.
      if (!isFinal(outlook)) {
        areAlike &&= JSON.stringify(record.job) === JSON.stringify(planned.job());
      }
    },
    mark: (gone, all) => {
      if (!all || !areAlike) return undefined;
      const outside = (outlook: Outlook) => all[outlook] - (inside.get(outlook) ?? 0);
      const isUnsure = outlooks.some((one) =>
        isFinal(one) ? outside(one) < 0 : outside(one) !== 0,
      );
      if (isUnsure) return undefined;
      const finals = {
        done: outside('done'),
        rejected: outside('rejected'),
        failed: outside('failed'),
      };
      return { selected, gone, outside: finals, before: before ?? walked };
    },
  };
}

function sumOf(numbers: Readonly<Record<string, number>>): number {
  return Object.values(numbers).reduce((sum, number) => sum + number, 0);
}
