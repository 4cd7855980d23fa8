/** Makes the songs of a batch, at a workplace: notes what is run, asks for the price, and runs what may be bought. */
import { requestsAtOnce } from '../job/concurrency.ts';
import type { Picodollars } from '../job/money.ts';
import type { RunOutcome } from '../run/events.ts';
import type { RunSettings } from '../run/run.ts';
import { policyOfRun, runBatch } from '../run/run.ts';
import { keepStock } from '../run/standing.ts';
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
  { batch, limits, service, store, ports }: Workplace,
  { settleGrace, maxJobs, resubmitUnknown, judge }: Wishes,
  interrupt: AbortSignal,
): Promise<RunOutcome> {
  const { plan, selection, manifest } = batch;
  await noteShard(store, selection);
  const stock = await keepStock(plan, selection, store, policyOfRun(plan, ports));
  const { tally } = stock;
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
            ports.emit({ type: 'trouble', message, tally });
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
  return runBatch(settings, ports, interrupt, stock);
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
