/** The work of `songbatch run`. */
import { policyOf } from '../../job/next-step.ts';
import type { RunOutcome, Tally } from '../../run/events.ts';
import { runBatch } from '../../run/run.ts';
import { takeStock } from '../../run/standing.ts';
import { describeHolder } from '../../state/holder.ts';
import { StateError } from '../../state/state-error.ts';
import { countOpen } from '../../batch/account.ts';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import { askPrice } from '../../batch/ask-price.ts';
import type { Batch } from '../../batch/batch.ts';
import type { Config, FailOn } from '../../batch/config.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
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
}

export async function makeSongs(
  path: string,
  flags: RunFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const work: Work = (workplace, interrupt) => make(workplace, flags, interrupt);
  const exitCode = (outcome: RunOutcome, config: Config) =>
    exitCodeOf(outcome, flags.failOn ?? config.failOn ?? 'any');
  const ask = askAboutModel(flags, invocation);
  try {
    return await workOnBatch(path, flags, invocation, work, exitCode, ask);
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

async function make(
  { batch, limits, service, store, ports }: Workplace,
  { settleGrace, maxJobs, resubmitUnknown }: RunFlags,
  interrupt: AbortSignal,
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
  const settings = {
    plan,
    selection,
    tasks: limits.tasks,
    settleGrace,
    resubmitUnknown: resubmitUnknown === true,
    ...(limits.budget !== undefined && { budget: limits.budget }),
    ...(limits.deadline !== undefined && { deadline: limits.deadline }),
    ...(maxJobs !== undefined && { maxJobs }),
    ...(price !== undefined && { price }),
    ...(refusal && { buysNothing: refusal.message }),
  };
  return runBatch(settings, ports, interrupt);
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
