/** Makes the songs of a batch, at a workplace: notes what is run, asks for the price, and runs what may be bought. */
import { requestsAtOnce } from '../job/concurrency.ts';
import type { Picodollars } from '../job/money.ts';
import type { JobPolicy } from '../job/next-step.ts';
import type { RunOutcome } from '../run/events.ts';
import type { RunSettings } from '../run/run.ts';
import { policyOfRun, runBatch } from '../run/run.ts';
import type { RunPorts } from '../run/ports.ts';
import { keepStock, type Stock } from '../run/standing.ts';
import { countOpen } from './account.ts';
import { askPrice } from './ask-price.ts';
import { refusalOf } from './batch.ts';
import { noteShard } from './run-note.ts';
import type { Workplace } from './workplace.ts';

/** What an approved plan says to a run, once the price is known. */
export interface Judgement {
  /** What the batch may cost; undefined where the plan sets no limit. */
  readonly budget: Picodollars | undefined;
  /** Why nothing may be bought: this is not what was approved. */
  readonly refusal?: string;
}

export interface Wishes {
  /** Milliseconds that an accepted task may take to appear in the task list. */
  readonly settleGrace: number;
  /** Jobs that this run may submit at most. */
  readonly maxJobs?: number;
  /** Buy again what may have been bought: the user's explicit word. */
  readonly resubmitUnknown?: boolean;
  /** What somebody has approved, held against the price that the API states. */
  readonly judge?: (stated: Picodollars | undefined) => Judgement | undefined;
}

/**
 * Throws `UsageError`, `ManifestError` or `ApiFault` where nothing may or can be bought, and nothing waits
 * to be brought home.
 */
export async function makeSongs(
  workplace: Workplace,
  wishes: Wishes,
  interrupt: AbortSignal,
): Promise<RunOutcome> {
  const { batch, ports } = workplace;
  const { emit } = ports;
  const policy = policyOfRun(batch.plan, ports);
  const { settings, stock } = await prepareRun({ ...workplace, policy, emit }, wishes, interrupt);
  return runBatch(settings, ports, interrupt, stock);
}

/** Where songs are bought from, and on what the work is kept. */
export type BuyingPlace = Pick<Workplace, 'batch' | 'limits' | 'service' | 'store'> & {
  readonly policy: JobPolicy;
  readonly emit: RunPorts['emit'];
};

/** What a run may do, and what there is of the batch already. Throws as `makeSongs`. */
export async function prepareRun(
  { batch, limits, service, store, policy, emit }: BuyingPlace,
  { settleGrace, maxJobs, resubmitUnknown, judge }: Wishes,
  interrupt: AbortSignal,
): Promise<{ readonly settings: RunSettings; readonly stock: Stock }> {
  const { plan, selection, manifest } = batch;
  await noteShard(store, selection);
  const stock = await keepStock(plan, selection, store, policy);
  const { tally } = stock;
  if (manifest.checks && !policy.hasEars) {
    const message =
      'songs are not measured now, so none fails a check: the next run that measures makes up for it';
    emit({ type: 'trouble', message, tally });
  }
  const refusal = refusalOf(batch);
  if (refusal && tally.waiting > 0 && countOpen(store) === 0) throw refusal;
  const price =
    tally.waiting > 0 && !refusal
      ? await askPrice({
          service,
          model: manifest.model,
          isUnderWay: countOpen(store) > 0,
          interrupt,
          warn: (message) => {
            emit({ type: 'trouble', message, tally });
          },
        })
      : undefined;
  const judgement = judge?.(price);
  const budget = budgetOf(limits.budget, judgement?.budget);
  const buysNothing = refusal?.message ?? judgement?.refusal;
  const settings = {
    plan,
    selection,
    tasks: limits.tasks,
    runsAtOnce: requestsAtOnce(limits.requestsPerSecond),
    settleGrace,
    resubmitUnknown: resubmitUnknown === true,
    ...budget,
    ...(limits.deadline !== undefined && { deadline: limits.deadline }),
    ...(maxJobs !== undefined && { maxJobs }),
    ...(price !== undefined && { price }),
    ...(buysNothing !== undefined && { buysNothing }),
  };
  return { settings, stock };
}

/** The smaller of the two. */
function budgetOf(
  asked: Picodollars | undefined,
  approved: Picodollars | undefined,
): Pick<RunSettings, 'budget' | 'isBudgetApproved'> {
  if (approved !== undefined && (asked === undefined || approved < asked)) {
    return { budget: approved, isBudgetApproved: true };
  }
  return asked === undefined ? {} : { budget: asked };
}
