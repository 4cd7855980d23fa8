/**
 * What `run` and `cancel` have in common: the batch is loaded, its state opened under the run lock, the
 * service connected, work is done, and its outcome is written and told, however it ended.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Store } from '../job/store.ts';
import type { Limits } from '../manifest/manifest.ts';
import { parseDuration } from '../manifest/quantities.ts';
import { createDownloader } from '../outputs/download.ts';
import { createLogReport } from '../report/log-report.ts';
import { outcomeJson, outcomeText } from '../report/outcome-report.ts';
import { createTextReport } from '../report/text-report.ts';
import type { InFlightChoice, RunEvent, RunOutcome } from '../run/events.ts';
import type { RunPorts } from '../run/ports.ts';
import { describeHolder } from '../state/holder.ts';
import { openStore } from '../state/sqlite-store.ts';
import { settleAccount } from './account.ts';
import type { AskAboutModel } from './ask-about-model.ts';
import type { Batch, BatchFlags } from './batch.ts';
import { loadDescribedBatch, shownPath } from './batch.ts';
import { writeBatchFiles } from './batch-files.ts';
import { realClock } from './clock.ts';
import { loadConfig } from './config.ts';
import type { ExitCode } from './exit-codes.ts';
import { earsFor } from './ears-port.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { Invocation } from './invocation.ts';
import type { LimitFlags } from './limits.ts';
import { limitsInForce } from './limits.ts';
import { refuseLostState } from './lost-state.ts';
import { outputsIn, prepareOutputs } from './outputs-port.ts';
import type { Push } from './push.ts';
import { openPush } from './push.ts';
import type { PushFlags } from './push-choice.ts';
import { choosePush } from './push-choice.ts';
import type { Service } from './service.ts';
import { addressOf, chooseService, connect } from './service.ts';
import type { Terminal } from './terminal.ts';
import { uploadsBeside } from './uploads-port.ts';

export interface WorkFlags extends BatchFlags, LimitFlags, PushFlags {
  readonly sandbox?: true;
  readonly json?: true;
  readonly settleGrace: number;
  readonly sameAccount?: true;
  readonly onInterrupt?: InFlightChoice;
  readonly logFormat?: 'text' | 'json';
}

/** What the work is done with. */
export interface Workplace {
  readonly batch: Batch;
  readonly limits: Limits;
  readonly service: Service;
  readonly store: Store;
  readonly ports: RunPorts;
  readonly interrupt: AbortSignal;
}

/** @param ask where something may be bought: what is not known of the model is asked for first */
export async function workOnBatch(
  path: string,
  flags: WorkFlags,
  invocation: Invocation,
  work: (workplace: Workplace) => Promise<RunOutcome>,
  exitCodeOf: (outcome: RunOutcome) => ExitCode,
  ask?: AskAboutModel,
): Promise<ExitCode> {
  const { terminal, environment, workingDirectory, version } = invocation;
  terminal.outliveReaders();
  const batch = await loadDescribedBatch(path, flags, workingDirectory, terminal, ask);
  // Where there is a state, something may wait to be brought home.
  if (batch.refusal && !existsSync(batch.statePath)) throw batch.refusal;
  const config = await loadConfig(workingDirectory);
  const limits = limitsInForce(batch.manifest.limits, flags, config);
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const pushChoice = choosePush(flags.sandbox ?? false, flags, config, environment);
  const format = flags.logFormat ?? config.logFormat ?? 'text';
  const tell = (text: string) => {
    if (format === 'text') terminal.tell(text);
  };

  await refuseLostState(batch, workingDirectory);
  // Before the state, which lies there unless told otherwise: what is wrong is the folder.
  await prepareOutputs(batch.outputDir);
  const { store, tookOver } = openStore(batch.statePath, {
    identity: { name: batch.manifest.name, service: choice.name },
  });
  const interrupt = listenForInterrupt(flags.onInterrupt ?? 'leave', tell);
  try {
    if (tookOver) tell(`${describeHolder(tookOver)}: that run crashed; going on from its state`);
    if (choice.kind === 'embedded') {
      tell(
        'the embedded server makes these songs, not YuE: prices are for show, nothing is charged',
      );
    }
    if (choice.kind === 'api') {
      const account = { url: addressOf(choice.base), key: choice.key };
      const state = shownPath(batch.statePath, workingDirectory);
      await settleAccount(store, account, flags.sameAccount ?? false, state);
    }
    const booksFolder = join(dirname(batch.statePath), '.sandbox');
    const service = await connect(choice, limits.requestsPerSecond, {
      booksFolder,
      tell,
      models: [batch.model],
    });
    const timeout = parseDuration(config.timeouts?.download ?? '');
    const downloader = createDownloader({
      maxBytes: limits.outputSize,
      ...(timeout !== undefined && { timeout }),
    });
    const ears = earsFor(batch.outputDir, environment);
    let push: Push | undefined;
    // The embedded server is another one in every run: what one was given is unknown to the next.
    const uploads = choice.kind === 'api' ? uploadsBeside(batch.statePath, choice) : undefined;
    try {
      push = await openPush(pushChoice, service.base, tell);
      const outputs = outputsIn(batch.outputDir, downloader);
      const emit = await reporterFor(format, terminal);
      const ports: RunPorts = {
        api: service.api,
        store,
        outputs,
        clock: realClock,
        emit,
        ears,
        ...push.ports,
        ...(uploads && { uploads }),
      };
      const { signal } = interrupt;
      const outcome = await work({ batch, limits, service, store, ports, interrupt: signal });
      const alike = await writeBatchFiles(batch, store, { service: service.url, version });
      terminal.print(
        flags.json
          ? JSON.stringify(outcomeJson(outcome, alike, batch.outputDir), undefined, 2)
          : outcomeText(outcome, alike, shownPath(batch.outputDir, workingDirectory)),
      );
      return (outcome.stopped && interrupt.exitCode()) ?? exitCodeOf(outcome);
    } finally {
      await push?.close();
      await ears.close();
      await downloader.close();
      await uploads?.close();
      await service.close();
    }
  } finally {
    interrupt.stopListening();
    store.close();
  }
}

async function reporterFor(
  format: 'text' | 'json',
  { screen }: Terminal,
): Promise<(event: RunEvent) => void> {
  if (format === 'text') return createTextReport(screen);
  const { pino } = await import('pino');
  const logger = pino({ name: 'songbatch', timestamp: pino.stdTimeFunctions.isoTime }, screen);
  return createLogReport(logger);
}
