/** Makes the songs of a manifest, or goes on with it: what `songbatch run` does, for programs. */
import { existsSync } from 'node:fs';
import { writeBatchFiles } from '../batch/batch-files.ts';
import type { LimitFlags } from '../batch/limits.ts';
import { limitsInForce } from '../batch/limits.ts';
import { makeSongs } from '../batch/make-songs.ts';
import type { PushFlags } from '../batch/push-choice.ts';
import { choosePush } from '../batch/push-choice.ts';
import { chooseService } from '../batch/service.ts';
import { UsageError } from '../batch/usage-error.ts';
import { ownVersion } from '../batch/version.ts';
import { workAt } from '../batch/workplace.ts';
import { writeReportOfRun } from '../batch/write-report.ts';
import { parseUsd } from '../job/money.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { InFlightChoice, RunOutcome } from '../run/events.ts';
import { BatchRun, type Hold } from './batch-run.ts';
import { batchOf, type LoadedManifest } from './load-manifest.ts';
import type { BatchOptions, ServiceOptions } from './options.ts';
import { configOf, surroundingsOf } from './options.ts';

export interface RunOptions extends BatchOptions {
  readonly service: ServiceOptions;
  /** Tasks in flight at most, in the place of `limits.tasks`. */
  readonly tasks?: number;
  /** USD that the batch may cost, in the place of `limits.budget`. */
  readonly budget?: number;
  /** Milliseconds from now, in the place of `limits.deadline`. */
  readonly deadline?: number;
  /** Jobs that this run may submit at most. */
  readonly maxJobs?: number;
  /** Where the service calls, and where on this machine those calls arrive. */
  readonly webhook?: {
    readonly url: string;
    readonly listen?: { readonly host: string; readonly port: number };
  };
  /** Milliseconds that an accepted task may take to show up in the task list; 15,000 unless given. */
  readonly settleGrace?: number;
  /** Your word that key or URL are new and the account is the same. */
  readonly sameAccount?: boolean;
  /** Your word that what stays in doubt may be bought again: you may pay twice. */
  readonly resubmitUnknown?: boolean;
  /** Aborted: nothing more is submitted, and the run ends as `onAbort` says. */
  readonly signal?: AbortSignal;
  /** What becomes of tasks in flight then: left for the next run (unless given), waited for, or stopped. */
  readonly onAbort?: InFlightChoice;
  /** Where ffmpeg is looked for, as in PATH; unless given, songs that come as M4A are not measured. */
  readonly searchPath?: string;
  /**
   * Whether songs are measured and the manifest's checks held against them; they are unless this is false. A
   * later run in which they are makes up for it.
   */
  readonly measure?: boolean;
  /**
   * Whether the listening page, `report/index.html`, is written at the end; it is unless this is false. That it
   * cannot be written is a message, and no reason to reject.
   */
  readonly page?: boolean;
  /** Told what belongs to no event: that a run that crashed is taken over, that the API does not answer. */
  readonly onMessage?: (text: string) => void;
}

/** How a run ended; all of it is on disk, `metadata.json` included. */
export interface BatchOutcome extends RunOutcome {
  /** Absolute, or `s3://bucket/prefix`. */
  readonly outputDir: string;
  readonly nearDuplicates: readonly Alike[];
}

/**
 * Begins at once: `await` it for the outcome, or `for await` it for the events. Jobs that fail are part of
 * the outcome. It rejects where nothing was begun (`ManifestError`, `UsageError`, `StateError`, `ApiFault`),
 * or where the disk would not have it (`DiskFault`).
 */
export function run(loaded: LoadedManifest, options: RunOptions): BatchRun<BatchOutcome> {
  return new BatchRun((hold) => work(loaded, options, hold), options.signal);
}

async function work(
  loaded: LoadedManifest,
  options: RunOptions,
  { emit, signal }: Hold,
): Promise<BatchOutcome> {
  const { service, onAbort = 'leave', settleGrace = 15_000, onMessage } = options;
  const given = surroundingsOf(loaded.options, service, onMessage ?? (() => undefined));
  const { searchPath: PATH } = options;
  const environment = { ...given.environment, ...(PATH !== undefined && { PATH }) };
  const surroundings = { ...given, environment };
  const config = configOf(loaded.options);
  const useSandbox = service.sandbox ?? false;
  const batch = await batchOf(loaded, options, useSandbox, surroundings);
  // Where there is a state, something may wait to be brought home.
  if (batch.refusal && !existsSync(batch.statePath)) throw batch.refusal;
  const order = {
    batch,
    limits: limitsInForce(batch.manifest.limits, limitFlags(options), config),
    config,
    service: chooseService(useSandbox, config, environment),
    push: choosePush(useSandbox, pushFlags(options), config, environment),
    measures: options.measure ?? true,
    sameAccount: options.sameAccount ?? false,
    surroundings,
    emit,
  };
  const interrupt = interruptedBy(signal, onAbort);
  return workAt(order, async (workplace) => {
    const outcome = await makeSongs(workplace, { ...options, settleGrace }, interrupt);
    const { store, shelf } = workplace;
    const version = ownVersion();
    const made = { service: workplace.service.url, version, shelf };
    const { findings, alike } = await writeBatchFiles(batch, store, made);
    if (options.page ?? true) {
      const remedy = 'the next run, or songbatch report,';
      const { tell } = surroundings;
      await writeReportOfRun(batch, store, { shelf, version, findings, tell, remedy });
    }
    return { ...outcome, outputDir: batch.manifest.output.dir, nearDuplicates: alike };
  });
}

/** Throws `UsageError` for what no limit can be. */
function limitFlags({ tasks, budget, deadline }: RunOptions): LimitFlags {
  const usd = budget === undefined ? undefined : parseUsd(budget);
  if (budget !== undefined && usd === undefined) throw new UsageError(`no budget: ${budget}`);
  if (tasks !== undefined && !(Number.isInteger(tasks) && tasks > 0)) {
    throw new UsageError(`no number of tasks: ${tasks}`, 'give a whole number from 1 on');
  }
  return {
    ...(tasks !== undefined && { tasks }),
    ...(usd !== undefined && { budget: usd }),
    ...(deadline !== undefined && { deadline }),
  };
}

function pushFlags({ webhook }: RunOptions): PushFlags {
  if (!webhook) return {};
  const { url, listen } = webhook;
  return { webhook: url, ...(listen && { webhookListen: listen }) };
}

/** Its reason is what becomes of tasks in flight. */
function interruptedBy(signal: AbortSignal, choice: InFlightChoice): AbortSignal {
  const interrupt = new AbortController();
  const abort = () => {
    interrupt.abort(choice);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return interrupt.signal;
}
