/**
 * What `run` and `cancel` have in common: the batch is loaded, work is done on it, reports follow it, and
 * its outcome is written and told, however it ended.
 */
import { existsSync } from 'node:fs';
import { askAboutModel } from '../batch/ask-about-model.ts';
import type { BatchFlags } from '../batch/batch.ts';
import { loadDescribedBatch, shownPath } from '../batch/batch.ts';
import { writeBatchFiles } from '../batch/batch-files.ts';
import { loadConfig, type Config } from '../batch/config.ts';
import type { LimitFlags } from '../batch/limits.ts';
import { limitsInForce } from '../batch/limits.ts';
import type { PushFlags } from '../batch/push-choice.ts';
import { choosePush } from '../batch/push-choice.ts';
import { chooseService } from '../batch/service.ts';
import { nothingRunYet } from '../batch/no-state.ts';
import type { EngineWorkplace } from '../batch/engine/engine-workplace.ts';
import type { Workplace } from '../batch/workplace.ts';
import { workAt } from '../batch/workplace.ts';
import { besideSongs } from '../batch/workroom.ts';
import { writeReportOfRun } from '../batch/write-report.ts';
import { checksumsName } from '../outputs/checksums.ts';
import { metadataName } from '../outputs/metadata.ts';
import { outcomeText } from '../report/outcome-report.ts';
import { summaryJson } from '../report/summary-report.ts';
import { failedJobs } from '../report/verdicts.ts';
import type { InFlightChoice, RunOutcome } from '../run/events.ts';
import { engineAddressIfSaid, type EngineFlags } from './engine-flags.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { Invocation } from './invocation.ts';
import { openLog, type LogFlags } from './log.ts';
import { reportCommand } from './next-command.ts';
import { type Ending, type ReportFlags, openReports } from './reports.ts';
import { warnOfVariables, warnOn } from './warn-on.ts';

export interface WorkFlags
  extends BatchFlags, LimitFlags, PushFlags, LogFlags, ReportFlags, EngineFlags {
  readonly sandbox?: true;
  readonly json?: true;
  readonly settleGrace: number;
  /** False: the listening page is left as it is. */
  readonly report: boolean;
  readonly sameAccount?: true;
  readonly onInterrupt?: InFlightChoice;
}

/** One for a batch of this machine, one for a batch of many. */
export interface Work {
  readonly here: (workplace: Workplace, interrupt: AbortSignal) => Promise<RunOutcome>;
  readonly atEngine: (workplace: EngineWorkplace, interrupt: AbortSignal) => Promise<RunOutcome>;
}

/**
 * @param exitCodeOf of work that was not interrupted
 * @param buys whether something may be bought: what is not known of the model is asked for first
 * @param measures whether songs are listened to
 */
export async function workOnBatch(
  path: string,
  flags: WorkFlags,
  invocation: Invocation,
  work: Work,
  exitCodeOf: (outcome: RunOutcome, config: Config) => ExitCode,
  { buys, measures }: { readonly buys: boolean; readonly measures: boolean },
): Promise<ExitCode> {
  const { terminal, environment, workingDirectory, version } = invocation;
  const startedAt = Date.now();
  terminal.outliveReaders(invocation.tell);
  const config = await loadConfig(invocation);
  const log = await openLog(flags, config, invocation);
  if (log) invocation.keepLog(log);
  warnOfVariables(invocation);
  const place = { ...invocation, config };
  const ask = buys ? askAboutModel(flags.sandbox ?? false, config, invocation) : undefined;
  const batch = await loadDescribedBatch(path, flags, place, warnOn(invocation), ask);
  log?.nameBatch(batch.manifest.name);
  const engine = engineAddressIfSaid(flags, environment);
  // Where there is a state, something may wait to be brought home.
  if (batch.refusal && !engine && !existsSync(batch.statePath)) throw batch.refusal;
  // A state made here would say that the batch was begun, and hide the day before that is not finished.
  if (!ask && !engine && !existsSync(batch.statePath)) {
    throw nothingRunYet(batch.statePath);
  }
  const limits = limitsInForce(batch.manifest.limits, flags, config);
  const service = chooseService(flags.sandbox ?? false, config, environment);
  const push = choosePush(flags.sandbox ?? false, flags, config, environment);

  const reports = await openReports(flags, config, log, invocation);
  const { emit, tell, traffic } = reports;
  const interrupt = listenForInterrupt(flags.onInterrupt ?? 'leave', tell);
  const order = {
    batch,
    limits,
    config,
    service,
    push,
    measures,
    sameAccount: flags.sameAccount ?? false,
    surroundings: { environment, workingDirectory, tell },
    emit,
    ...(traffic && { traffic }),
  };
  try {
    const conclude = async (
      { store, service, shelf }: Pick<Workplace, 'store' | 'service' | 'shelf'>,
      outcome: RunOutcome,
    ) => {
      const { findings, alike } = await writeBatchFiles(batch, store, {
        service: service.url,
        version,
        shelf,
      });
      const earned = (outcome.stopped && interrupt.exitCode()) ?? exitCodeOf(outcome, config);
      const ending = { batch, store, outcome, alike, exitCode: earned };
      const isReported = await reports.conclude(ending);
      const exitCode = isReported ? earned : unreported(earned);
      // The last of all: whoever interrupts a run that waits for it has everything else.
      const remedy = reportCommand(path, flags);
      const page = flags.report
        ? await writeReportOfRun(batch, store, { shelf, version, findings, tell, remedy })
        : undefined;
      const shown = (written: string) => shownPath(written, workingDirectory);
      terminal.print(
        flags.json
          ? JSON.stringify(
              summaryOf({ ...ending, exitCode }, startedAt, page, log?.file),
              undefined,
              2,
            )
          : outcomeText(outcome, alike, shown(batch.manifest.output.dir), page && shown(page)),
      );
      return exitCode;
    };
    const code = engine
      ? await (
          await import('../batch/engine/engine-workplace.ts')
        ).workAtEngine(order, engine, buys, async (workplace) => {
          await reports.begin();
          return conclude(workplace, await work.atEngine(workplace, interrupt.signal));
        })
      : await workAt(order, async (workplace) => {
          await reports.begin();
          return conclude(workplace, await work.here(workplace, interrupt.signal));
        });
    // Scripts read the document: they must not take its loss for success.
    return flags.json && terminal.hasLostResult() ? unreported(code) : code;
  } finally {
    interrupt.stopListening();
    await reports.close();
  }
}

/** A report that was asked for and is missing must not pass for success: the same command writes it, and buys nothing. */
function unreported(code: ExitCode): ExitCode {
  return code === exitCodes.done || code === exitCodes.failed ? exitCodes.stopped : code;
}

function summaryOf(
  ending: Ending,
  startedAt: number,
  page: string | undefined,
  logFile: string | undefined,
): object {
  const { batch, outcome, alike, exitCode } = ending;
  const { manifest, shownAs, statePath } = batch;
  const { dir: outputDir } = manifest.output;
  return summaryJson({
    manifest: { name: manifest.name, path: shownAs, sha256: manifest.sha256 },
    outcome,
    exitCode,
    startedAt,
    endedAt: Date.now(),
    failed: failedJobs(ending),
    alike,
    outputDir,
    files: {
      state: statePath,
      metadata: besideSongs(outputDir, metadataName),
      checksums: besideSongs(outputDir, checksumsName),
      ...(page !== undefined && { page }),
      ...(logFile !== undefined && { log: logFile }),
    },
  });
}
