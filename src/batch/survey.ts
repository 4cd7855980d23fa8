/** Where a batch stands and what is known of it, gathered in one walk through its plan at most. */
import type { Bills, Durations } from '../job/experience.ts';
import { createLearner } from '../job/experience.ts';
import type { Picodollars } from '../job/money.ts';
import type { Standing } from '../job/next-step.ts';
import { policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { PlannedJob } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import { createSampler } from '../plan/sample-jobs.ts';
import { isEverything } from '../plan/selection.ts';
import type { Stock } from '../run/standing.ts';
import { mayBeBought, takeStockByWalking } from '../run/standing.ts';
import type { Batch } from './batch.ts';

export interface Survey extends Stock {
  /** Jobs of the plan that the selection has. */
  readonly selected: number;
  /** Those of them that may be bought: their tasks in flight may come to nothing. */
  readonly toBuy: number;
  /** A few selected jobs that differ, in the order of the plan. */
  readonly sample: readonly SurveyedJob[];
  readonly bills?: Bills;
  readonly durations?: Durations;
}

export interface SurveyedJob {
  readonly planned: PlannedJob;
  readonly standing: Standing;
}

/** @param most jobs in the sample */
export function takeSurvey(batch: Batch, store: StoreReader | undefined, most: number): Survey {
  const { plan, selection, manifest } = batch;
  if (!store && isEverything(selection)) return firstSurvey(plan, most);
  const learner = createLearner();
  const sampler = createSampler<SurveyedJob>(manifest.axes, most);
  let selected = 0;
  let toBuy = 0;
  const stock = takeStockByWalking(plan, selection, store, policyOf(manifest), (job) => {
    const { planned, coordinates, record, standing } = job;
    if (record) learner.see(record);
    if (standing === undefined) return;
    selected++;
    if (mayBeBought(standing)) toBuy++;
    sampler.see({ planned, standing }, coordinates);
  });
  const { bills: seen, durations } = learner.learnt();
  const dearest = store?.fact('dearest-song');
  const bills = dearest === undefined ? seen : withDearest(seen, BigInt(dearest));
  return {
    ...stock,
    selected,
    toBuy,
    sample: sampler.sample(),
    ...(bills && { bills }),
    ...(durations && { durations }),
  };
}

/** Before the first run all jobs are waiting: they need not be walked through. */
function firstSurvey(plan: Plan, most: number): Survey {
  const { jobs, manifest } = plan;
  const sampler = createSampler<SurveyedJob>(manifest.axes, most);
  for (const planned of plan.showing(most)) {
    sampler.see({ planned, standing: 'waiting' }, planned.coordinates);
  }
  const others = { doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  return {
    tally: { jobs, waiting: jobs, ...others, spent: 0n },
    gone: 0,
    strays: new Set(),
    selected: jobs,
    toBuy: jobs,
    sample: sampler.sample(),
  };
}

/** The state remembers the dearest song also where the manifest has dropped it. */
function withDearest(bills: Bills | undefined, dearest: Picodollars): Bills {
  if (!bills) return { songs: 0, cheapest: dearest, dearest, total: 0n };
  return dearest > bills.dearest ? { ...bills, dearest } : bills;
}
