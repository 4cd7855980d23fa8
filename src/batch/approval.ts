/**
 * Holds a batch as it is today against a plan that somebody has approved: whether it is still that plan, and
 * what may be spent on the part of it that this run is about.
 */
import type { JobRecord } from '../job/history.ts';
import { createLearner } from '../job/experience.ts';
import type { Picodollars } from '../job/money.ts';
import { policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { Change, Comparison, Drift, TodaysJob } from '../plan/drift.ts';
import { compareJobs } from '../plan/drift.ts';
import { isSelected } from '../plan/selection.ts';
import { mayBeBought, walkStock } from '../run/standing.ts';
import type { Batch } from './batch.ts';
import { selectionOf, shownPath } from './batch.ts';
import type { PlanFile } from './plan-file.ts';
import type { SavedPlan } from './plan-format.ts';

export interface Today {
  /** Loaded with the plan's selection (`BatchFlags.within`). */
  readonly batch: Batch;
  readonly store: StoreReader | undefined;
  /** `ServiceChoice.name` */
  readonly service: string;
  /** What the API says that a song costs; undefined where it says nothing, or was not asked. */
  readonly stated: Picodollars | undefined;
  /** Where the songs go: `planFolder`. */
  readonly folder: string;
  /** The user has named the folder by hand: that is no drift. */
  readonly hasChosenFolder: boolean;
}

export interface Verdict {
  readonly drift: Drift;
  /** What the batch may have cost when this run ends; undefined where the plan sets no limit. */
  readonly budget?: Picodollars;
}

/** Throws `UsageError` where the file is damaged, or its selection names what the manifest does not have. */
export function holdAgainst({ plan, jobs }: PlanFile, today: Today): Verdict {
  const { store } = today;
  const learner = createLearner();
  const comparison = compareJobs(jobs(), todaysJobs(plan, today, learner.see));
  const { bills } = learner.learnt();
  const average = bills && bills.total / BigInt(bills.songs);
  const budget = budgetFor(plan, comparison, store?.counts().spent ?? 0n);
  return {
    drift: { changes: changesOf(plan, today, average), jobs: comparison.drift },
    ...(budget !== undefined && { budget }),
  };
}

/** What the plan is about, as it is today. */
function* todaysJobs(
  plan: SavedPlan,
  { batch, store }: Today,
  see: (record: JobRecord) => void,
): Generator<TodaysJob> {
  const { manifest, selection } = batch;
  const whole = selectionOf(plan.selection, manifest);
  for (const job of walkStock(batch.plan, whole, store, policyOf(manifest))) {
    const { planned, coordinates, record, standing } = job;
    if (record) see(record);
    if (standing === undefined) continue;
    yield {
      id: planned.id,
      output: planned.output,
      mayBeBought: mayBeBought(standing),
      isInPart: isSelected(selection, planned.id, coordinates),
      paid: record ? paidFor(record) : 0n,
    };
  }
}

/** What was paid before the user wanted the job anew is no part of what buying it was approved for. */
function paidFor({ attempts }: JobRecord): Picodollars {
  return attempts.reduce((sum, attempt) => {
    const isPast = attempt.stage === 'failed' && attempt.reopened;
    return 'cost' in attempt && !isPast ? sum + attempt.cost : sum;
  }, 0n);
}

function changesOf(
  plan: SavedPlan,
  { batch: { manifest }, service, stated, folder, hasChosenFolder }: Today,
  average: Picodollars | undefined,
): Change[] {
  const changes: Change[] = [];
  const compare = (what: 'batch' | 'model' | 'service' | 'folder', was: string, is: string) => {
    if (was !== is) changes.push({ what, was, is });
  };
  compare('batch', plan.batch, manifest.name);
  compare('model', plan.model, manifest.model);
  compare('service', plan.service, service);
  if (!hasChosenFolder) compare('folder', plan.folder, folder);
  if (plan.price) {
    const { perSong, most } = plan.price;
    if (stated !== undefined && stated > perSong) {
      changes.push({ what: 'price', was: perSong, is: stated });
    }
    const mostForOne = plan.counts.toBuy > 0 ? most / BigInt(plan.counts.toBuy) : perSong;
    if (average !== undefined && average > mostForOne) {
      changes.push({ what: 'billed', was: mostForOne, is: average });
    }
  }
  return changes;
}

/**
 * Counted for the whole batch, as budgets are, so that a run that goes on with another does not start
 * counting anew. A part of the plan may spend its share.
 */
function budgetFor(
  { price, budget, counts }: SavedPlan,
  { inPart }: Comparison,
  spent: Picodollars,
): Picodollars | undefined {
  if (!price || counts.toBuy === 0) return budget;
  const share = (price.most * BigInt(inPart.jobs)) / BigInt(counts.toBuy);
  const limit = share > inPart.paid ? spent + share - inPart.paid : spent;
  return budget !== undefined && budget < limit ? budget : limit;
}

/** A folder as a saved plan has it: the same on every system. */
export function planFolder({ manifest }: Batch, workingDirectory: string): string {
  return shownPath(manifest.output.dir, workingDirectory).replaceAll('\\', '/');
}
