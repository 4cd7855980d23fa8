/** The work of `songbatch run`. */
import type { Picodollars } from '../../job/money.ts';
import { policyOf } from '../../job/next-step.ts';
import { isDrift } from '../../plan/drift.ts';
import { driftSummary } from '../../report/drift-report.ts';
import type { RunOutcome, Tally } from '../../run/events.ts';
import type { RunSettings } from '../../run/run.ts';
import { runBatch } from '../../run/run.ts';
import { takeStock } from '../../run/standing.ts';
import { describeHolder } from '../../state/holder.ts';
import { StateError } from '../../state/state-error.ts';
import { countOpen } from '../../batch/account.ts';
import { holdAgainst, planFolder } from '../../batch/approval.ts';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import { askPrice } from '../../batch/ask-price.ts';
import type { Batch } from '../../batch/batch.ts';
import type { Config, FailOn } from '../../batch/config.ts';
import type { PlanFile } from '../../batch/plan-file.ts';
import { readPlanFile } from '../../batch/plan-file.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { refusedDrift } from '../refused-drift.ts';
import { noteShard } from '../../batch/run-note.ts';
import { UsageError } from '../../batch/usage-error.ts';
import type { Workplace } from '../../batch/workplace.ts';
import type { Work, WorkFlags } from '../work-on-batch.ts';
import { workOnBatch } from '../work-on-batch.ts';

export interface RunFlags extends WorkFlags {
  readonly dryRun?: true;
  readonly maxJobs?: number;
  readonly resubmitUnknown?: true;
  readonly unlessRunning?: true;
  readonly failOn?: FailOn;
  /** A plan that was approved. */
  readonly plan?: string;
}

/** @param path undefined: that of the approved plan */
export async function makeSongs(
  path: string | undefined,
  flags: RunFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { workingDirectory } = invocation;
  const approved =
    flags.plan === undefined ? undefined : readPlanFile(flags.plan, workingDirectory);
  const manifestPath = path ?? approved?.plan.manifest ?? '';
  const within = approved && { within: approved.plan.selection };
  const work: Work = (workplace, interrupt) =>
    make(workplace, flags, interrupt, (stated) =>
      approved ? judge(approved, workplace, stated, flags, invocation) : undefined,
    );
  const exitCode = (outcome: RunOutcome, config: Config) =>
    exitCodeOf(outcome, flags.failOn ?? config.failOn ?? 'any');
  const ask = askAboutModel(flags, invocation);
  try {
    return await workOnBatch(
      manifestPath,
      { ...flags, ...within },
      invocation,
      work,
      exitCode,
      ask,
    );
  } catch (error) {
    if (!flags.unlessRunning || !isUnderWay(error)) throw error;
    const who = error.holder ? describeHolder(error.holder) : 'it has just begun';
    invocation.tell(`a run of this batch is under way (${who}): there is nothing to start`);
    return exitCodes.done;
  }
}

function isUnderWay(error: unknown): error is StateError {
  return error instanceof StateError && error.kind === 'running';
}

/** What an approved plan says to a run, once the price is known. */
interface Judgement {
  /** What the batch may cost; undefined where the plan sets no limit. */
  readonly budget: Picodollars | undefined;
  /** Why nothing may be bought: this is not what was approved. */
  readonly refusal?: string;
}

/** Throws where the run is not what was approved, and nothing that was paid for waits to be brought home. */
function judge(
  approved: PlanFile,
  { batch, store, service }: Workplace,
  stated: Picodollars | undefined,
  flags: RunFlags,
  { terminal, workingDirectory }: Invocation,
): Judgement {
  const verdict = holdAgainst(approved, {
    batch,
    store,
    service: service.name,
    stated,
    folder: planFolder(batch, workingDirectory),
    hasChosenFolder: flags.out !== undefined,
  });
  const { budget, drift } = verdict;
  if (!isDrift(drift)) return { budget };
  if (countOpen(store) === 0) throw refusedDrift(approved, drift, batch, flags, terminal);
  return {
    budget,
    refusal: `this is not what ${approved.shownAs} approves (${driftSummary(drift)}); --dry-run shows the differences`,
  };
}

async function make(
  { batch, limits, service, store, ports }: Workplace,
  { settleGrace, maxJobs, resubmitUnknown }: RunFlags,
  interrupt: AbortSignal,
  judged: (stated: Picodollars | undefined) => Judgement | undefined,
): Promise<RunOutcome> {
  const { plan, selection, manifest } = batch;
  await noteShard(store, selection);
  const { tally } = takeStock(plan, selection, store, policyOf(manifest));
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
  const judgement = judged(price);
  const budget = budgetOf(limits.budget, judgement?.budget);
  const buysNothing = refusal?.message ?? judgement?.refusal;
  const settings = {
    plan,
    selection,
    tasks: limits.tasks,
    settleGrace,
    resubmitUnknown: resubmitUnknown === true,
    ...budget,
    ...(limits.deadline !== undefined && { deadline: limits.deadline }),
    ...(maxJobs !== undefined && { maxJobs }),
    ...(price !== undefined && { price }),
    ...(buysNothing !== undefined && { buysNothing }),
  };
  return runBatch(settings, ports, interrupt);
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

/** Why nothing of the batch may be bought, by what the API says of its model. */
function refusalOf({ refusal, noSuchModel, manifest }: Batch): Error | undefined {
  if (refusal || noSuchModel === undefined) return refusal;
  return new UsageError(
    `the model ${manifest.model} cannot be run: ${noSuchModel}`,
    'look for it at https://wiro.ai/models; it is written owner/name',
  );
}

/** Of a run that came to its end, `failOn` decides. */
function exitCodeOf({ stopped, tally }: RunOutcome, failOn: FailOn): ExitCode {
  if (stopped) return exitCodes.stopped;
  return isFailure(tally, failOn) ? exitCodes.failed : exitCodes.done;
}

function isFailure({ failed, done }: Tally, failOn: FailOn): boolean {
  switch (failOn) {
    case 'none':
      return false;
    case 'any':
      return failed > 0;
    case 'all':
      return failed > 0 && done === 0;
  }
}
