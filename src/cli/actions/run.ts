/** The work of `songbatch run`. */
import type { Picodollars } from '../../job/money.ts';
import { isDrift } from '../../plan/drift.ts';
import { driftSummary } from '../../report/drift-report.ts';
import type { RunOutcome, Tally } from '../../run/events.ts';
import { describeHolder } from '../../state/holder.ts';
import { StateError } from '../../state/state-error.ts';
import { countOpen } from '../../batch/account.ts';
import { holdAgainst, planFolder } from '../../batch/approval.ts';
import type { Config, FailOn } from '../../batch/config.ts';
import type { Judgement } from '../../batch/make-songs.ts';
import { makeSongs, prepareRun } from '../../batch/make-songs.ts';
import type { PlanFile } from '../../batch/plan-file.ts';
import { readPlanFile } from '../../batch/plan-file.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { refusedDrift } from '../refused-drift.ts';
import type { Workplace } from '../../batch/workplace.ts';
import type { Work, WorkFlags } from '../work-on-batch.ts';
import { workOnBatch } from '../work-on-batch.ts';

export interface RunFlags extends WorkFlags {
  /** False: nobody listens to the songs. */
  readonly measure: boolean;
  readonly dryRun?: true;
  readonly maxJobs?: number;
  readonly resubmitUnknown?: true;
  readonly unlessRunning?: true;
  readonly failOn?: FailOn;
  /** A plan that was approved. */
  readonly plan?: string;
}

/** @param path undefined: that of the approved plan */
export async function run(
  path: string | undefined,
  flags: RunFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { workingDirectory } = invocation;
  const approved =
    flags.plan === undefined ? undefined : readPlanFile(flags.plan, workingDirectory);
  const manifestPath = path ?? approved?.plan.manifest ?? '';
  const within = approved && { within: approved.plan.selection };
  const wishes = (workplace: Judged) => ({
    ...flags,
    judge: (stated: Picodollars | undefined) =>
      approved && judge(approved, workplace, stated, flags, invocation),
  });
  const work: Work = {
    here: (workplace, interrupt) => makeSongs(workplace, wishes(workplace), interrupt),
    atEngine: async (workplace, interrupt) => {
      const { superviseRun } = await import('../../batch/engine/supervise.ts');
      const prepared = await prepareRun(workplace, wishes(workplace), interrupt);
      return superviseRun(workplace, prepared.settings, interrupt, prepared.stock);
    },
  };
  const exitCode = (outcome: RunOutcome, config: Config) =>
    exitCodeOf(outcome, flags.failOn ?? config.failOn ?? 'any');
  try {
    return await workOnBatch(manifestPath, { ...flags, ...within }, invocation, work, exitCode, {
      buys: true,
      measures: flags.measure,
    });
  } catch (error) {
    if (!flags.unlessRunning || !isUnderWay(error)) throw error;
    const who = error.holder ? ` (${describeHolder(error.holder)})` : '';
    invocation.tell(`a run of this batch is under way${who}: there is nothing to start`);
    return exitCodes.done;
  }
}

type Judged = Pick<Workplace, 'batch' | 'store' | 'service'>;

function isUnderWay(error: unknown): error is StateError {
  return error instanceof StateError && error.kind === 'running';
}

/** Throws where the run is not what was approved, and nothing that was paid for waits to be brought home. */
function judge(
  approved: PlanFile,
  { batch, store, service }: Judged,
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
