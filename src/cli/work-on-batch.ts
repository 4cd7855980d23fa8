/**
 * What `run` and `cancel` have in common: the batch is loaded, work is done on it, reports follow it, and
 * its outcome is written and told, however it ended.
 */
import { existsSync } from 'node:fs';
import type { AskAboutModel } from '../batch/ask-about-model.ts';
import type { BatchFlags } from '../batch/batch.ts';
import { loadDescribedBatch, shownPath } from '../batch/batch.ts';
import { writeBatchFiles } from '../batch/batch-files.ts';
import { loadConfig } from '../batch/config.ts';
import type { LimitFlags } from '../batch/limits.ts';
import { limitsInForce } from '../batch/limits.ts';
import type { PushFlags } from '../batch/push-choice.ts';
import { choosePush } from '../batch/push-choice.ts';
import { chooseService } from '../batch/service.ts';
import type { Workplace } from '../batch/workplace.ts';
import { workAt } from '../batch/workplace.ts';
import { outcomeJson, outcomeText } from '../report/outcome-report.ts';
import type { InFlightChoice, RunOutcome } from '../run/events.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { Invocation } from './invocation.ts';
import type { ReportFlags } from './reports.ts';
import { openReports } from './reports.ts';
import { warnOfVariables, warnOn } from './warn-on.ts';

export interface WorkFlags extends BatchFlags, LimitFlags, PushFlags, ReportFlags {
  readonly sandbox?: true;
  readonly json?: true;
  readonly settleGrace: number;
  readonly sameAccount?: true;
  readonly onInterrupt?: InFlightChoice;
}

export type Work = (workplace: Workplace, interrupt: AbortSignal) => Promise<RunOutcome>;

/** @param ask where something may be bought: what is not known of the model is asked for first */
export async function workOnBatch(
  path: string,
  flags: WorkFlags,
  invocation: Invocation,
  work: Work,
  exitCodeOf: (outcome: RunOutcome) => ExitCode,
  ask?: AskAboutModel,
): Promise<ExitCode> {
  const { terminal, environment, workingDirectory, version } = invocation;
  terminal.outliveReaders();
  const config = await loadConfig(invocation);
  warnOfVariables(invocation);
  const place = { ...invocation, config };
  const batch = await loadDescribedBatch(path, flags, place, warnOn(terminal), ask);
  // Where there is a state, something may wait to be brought home.
  if (batch.refusal && !existsSync(batch.statePath)) throw batch.refusal;
  const limits = limitsInForce(batch.manifest.limits, flags, config);
  const service = chooseService(flags.sandbox ?? false, config, environment);
  const push = choosePush(flags.sandbox ?? false, flags, config, environment);

  const reports = await openReports(flags, config, invocation);
  const { emit, tell } = reports;
  const interrupt = listenForInterrupt(flags.onInterrupt ?? 'leave', tell);
  const order = {
    batch,
    limits,
    config,
    service,
    push,
    sameAccount: flags.sameAccount ?? false,
    surroundings: { environment, workingDirectory, tell },
    emit,
  };
  try {
    return await workAt(order, async (workplace) => {
      const outcome = await work(workplace, interrupt.signal);
      const made = { service: workplace.service.url, version };
      const alike = await writeBatchFiles(batch, workplace.store, made);
      const earned = (outcome.stopped && interrupt.exitCode()) ?? exitCodeOf(outcome);
      const store = workplace.store;
      const ending = { batch, store, outcome, alike, exitCode: earned };
      const isReported = await reports.conclude(ending);
      const exitCode = isReported ? earned : unreported(earned);
      terminal.print(
        flags.json
          ? JSON.stringify(outcomeJson(outcome, alike, batch.outputDir), undefined, 2)
          : outcomeText(outcome, alike, shownPath(batch.outputDir, workingDirectory)),
      );
      return exitCode;
    });
  } finally {
    interrupt.stopListening();
    await reports.close();
  }
}

/** A report that was asked for and is missing must not pass for success: the same command writes it, and buys nothing. */
function unreported(code: ExitCode): ExitCode {
  return code === exitCodes.done || code === exitCodes.failed ? exitCodes.stopped : code;
}
