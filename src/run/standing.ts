/** Where the jobs of a batch stand, by what the store knows of them. */
import type { JobRecord } from '../job/history.ts';
import type { Coordinates, JobId } from '../job/job.ts';
import type { JobPolicy, Standing } from '../job/next-step.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { PlannedJob } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import { isSelected } from '../plan/selection.ts';
import type { Tally } from './events.ts';

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
 * @param see is shown every job of the plan, in its order
 */
export function takeStock(
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
  let known = 0;
  for (const job of walkStock(plan, selection, store, policy)) {
    see?.(job);
    const { planned, record, standing } = job;
    if (record) known++;
    if (standing === undefined) continue;
    strays.delete(planned.id);
    if (!open.has(planned.id)) counts[standing]++;
  }
  const jobs = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const stored = store?.counts();
  const inStore = Object.values(stored?.jobs ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    tally: { jobs, ...counts, spent: stored?.spent ?? 0n },
    gone: inStore - known,
    strays,
  };
}
