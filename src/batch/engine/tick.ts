/**
 * What a tick of a schedule comes to: the worker that takes it is the coordinator of its batch, as "songbatch run
 * --engine" is of one that somebody begins. It may be lost at any moment: another takes the tick over and goes on,
 * for all that the batch has cost so far is in the books.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { count } from '../../job/count.ts';
import type { S3Place } from '../../manifest/s3-place.ts';
import { formatDuration } from '../../manifest/quantities.ts';
import type { RunEvent, RunOutcome } from '../../run/events.ts';
import { batchById, stopBatch } from '../../state/postgres/batches.ts';
import {
  dataOfTick,
  endTick,
  noteOnTick,
  releaseTick,
  renewTick,
  takeTick,
  type TickKey,
  type TickOutcome,
} from '../../state/postgres/ticks.ts';
import { askAboutModel } from '../ask-about-model.ts';
import type { Batch } from '../batch.ts';
import { writeBatchFiles } from '../batch-files.ts';
import { loadBundle } from '../bundle.ts';
import { realClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { prepareRun } from '../make-songs.ts';
import { ManifestError } from '../manifest-error.ts';
import type { PushChoice } from '../push-choice.ts';
import { missingFolder } from '../schedule-folder.ts';
import { limitsOfTick, momentOf, readSchedule, type KeptSchedule } from '../schedule.ts';
import type { Tell } from '../surroundings.ts';
import { minuteIn } from '../time-zone.ts';
import { UsageError } from '../usage-error.ts';
import { workroomName } from '../workroom.ts';
import { writeReportOfRun } from '../write-report.ts';
import { workWithEngine, type EngineWorkplace } from './engine-workplace.ts';
import type { Engine, SharedService } from './engine.ts';
import { readReason, writeReason } from './shared-admission.ts';
import { superviseRun } from './supervise.ts';

/** What a worker makes the batches of ticks with. */
export interface TickPlace {
  readonly engine: Engine;
  readonly service: SharedService;
  readonly push: PushChoice;
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  /** For what is made before it goes to a bucket; absolute. */
  readonly workroom: string;
  /** Of songbatch. */
  readonly version: string;
  readonly tell: Tell;
  readonly see: (batch: string, event: RunEvent) => void;
}

interface ReadyTick {
  readonly kept: KeptSchedule;
  readonly batch: Batch;
  /** For messages. */
  readonly name: string;
}

/** Milliseconds between two signs that the holder is there: others wait for three of them. */
const beat = 3000;
/** Milliseconds that an accepted task may take to appear in the task list, as for runs. */
const settleGrace = 15_000;
/** Milliseconds of lateness that are not worth a word. */
const unremarkable = 60_000;

/**
 * Makes the batch of a tick, unless somebody else has it.
 * @returns what keeps it from being begun, or gone on with, where that may pass
 */
export async function makeTick(
  place: TickPlace,
  key: TickKey,
  leave: AbortSignal,
): Promise<string | undefined> {
  const { database } = place.engine;
  const data = await dataOfTick(database, key);
  if (data === undefined) return undefined;
  let ready: ReadyTick;
  try {
    ready = await readTick(place, key, data);
  } catch (error) {
    const why = wordsOf(error);
    await noteOnTick(database, key, why);
    return why;
  }
  const holder = randomUUID();
  const now = realClock.now();
  const begunAt = await takeTick(database, key, holder, now);
  if (begunAt === undefined) return undefined;
  const { tell } = place;
  const late = begunAt - key.at > unremarkable ? `, ${formatLate(begunAt - key.at)} late` : '';
  tell(`${ready.name}: this worker sees to it${late}`);
  const hold = holdTick(place, key, holder);
  try {
    const signal = AbortSignal.any([leave, hold.lost]);
    const outcome = await coordinate(place, ready, { begunAt, isResumed: begunAt < now }, signal);
    if (!outcome) {
      await releaseTick(database, key, holder);
      return undefined;
    }
    await endTick(database, key, holder, outcome, realClock.now());
    tell(`${ready.name}: ${tellOf(outcome)}`, outcome.kind === 'done' ? 'info' : 'warn');
    return undefined;
  } catch (error) {
    const why = wordsOf(error);
    if (!isForSomebodyToMend(error)) {
      await releaseTick(database, key, holder, why);
      return why;
    }
    const nothing = { jobs: 0, done: 0, failed: 0, spent: 0n };
    const refused = { kind: 'refused', ...nothing, message: why } as const;
    await endTick(database, key, holder, refused, realClock.now());
    tell(`! ${ready.name}: ${why}`, 'warn');
    return undefined;
  } finally {
    await hold.end();
  }
}

/** Throws where its batch cannot be made on this machine. */
async function readTick(
  place: TickPlace,
  { schedule, at }: TickKey,
  data: string,
): Promise<ReadyTick> {
  const { config, environment, tell } = place;
  const kept = readSchedule(data, schedule);
  const missing = await missingFolder(kept);
  if (missing !== undefined) throw new UsageError(missing);
  const name = `${schedule} ${minuteIn(kept.tz, at)}`;
  const ask = askAboutModel(false, config, { environment, tell });
  // Whoever added the schedule has read the warnings.
  const batch = await loadBundle(kept.bundle, momentOf(kept, at), () => undefined, ask);
  return { kept, batch: batch.bucket ? await inWorkroom(batch, batch.bucket, place) : batch, name };
}

/** The folder that the schedule was added from may not be here, and the bucket not be ours to use: others may. */
async function inWorkroom(
  batch: Batch,
  bucket: S3Place,
  { config, environment, workroom }: TickPlace,
): Promise<Batch> {
  const { bucketAt } = await import('../open-bucket.ts');
  const opened = await bucketAt(bucket, config, environment);
  try {
    await opened.expectAccess();
  } finally {
    opened.close();
  }
  const name = `${batch.manifest.name}-${workroomName(bucket)}`;
  const outputDir = join(workroom, 'batches', name);
  return { ...batch, outputDir, statePath: join(outputDir, 'state.sqlite') };
}

/** @returns undefined where it was left */
async function coordinate(
  place: TickPlace,
  { kept, batch, name }: ReadyTick,
  { begunAt, isResumed }: { readonly begunAt: number; readonly isResumed: boolean },
  leave: AbortSignal,
): Promise<TickOutcome | undefined> {
  const { engine, service, push, config, environment, version, see } = place;
  // What a run says when it is left is for people who come back to it.
  const tell: Tell = (text, gravity) => {
    if (!leave.aborted) place.tell(`${name}: ${text}`, gravity);
  };
  const { deadline, ...limits } = limitsOfTick(batch.manifest.limits, kept);
  const order = {
    batch,
    limits,
    config,
    service,
    push,
    measures: true,
    sameAccount: false,
    surroundings: { environment, workingDirectory: kept.bundle.workingDirectory, tell },
    emit: (event: RunEvent) => {
      if (isOfRun(event) && !leave.aborted) see(name, event);
    },
  };
  return workWithEngine(order, engine, true, async (workplace) => {
    const { store, shelf } = workplace;
    const { settings, stock } = await prepareRun(workplace, { settleGrace }, leave);
    const stopped = isResumed ? await whyStopped(workplace) : {};
    const clock = startDeadline(workplace, deadline, begunAt);
    const held = { ...settings, ...clock.isOver, ...stopped };
    // Whoever waits for a deadline that has no batch any more keeps the process.
    const outcome = await superviseRun(workplace, held, leave, stock).finally(clock.stop);
    if (leave.aborted) return undefined;
    const { url } = workplace.service;
    const { findings } = await writeBatchFiles(batch, store, { service: url, version, shelf });
    const remedy = `songbatch report ${batch.shownAs} --engine`;
    await writeReportOfRun(batch, store, { shelf, version, findings, tell, remedy });
    return outcomeOf(outcome);
  });
}

/** What stopped the batch before its coordinator was lost, or while it was, holds for the next one: nobody has said otherwise. */
async function whyStopped({
  database,
  batchId,
}: EngineWorkplace): Promise<{ readonly buysNothing?: string }> {
  const row = await batchById(database, batchId);
  const reason = row?.books.batch.stopped;
  return reason === undefined ? {} : { buysNothing: readReason(reason).message };
}

/**
 * Stops buying when its time is over, and waits for what is in flight: nobody calls the same command again. It
 * counts from when the tick was begun, whoever goes on with it.
 */
function startDeadline(
  { database, batchId, tell }: EngineWorkplace,
  deadline: number | undefined,
  begunAt: number,
): { readonly isOver: { readonly buysNothing?: string }; readonly stop: () => void } {
  if (deadline === undefined) return { isOver: {}, stop: () => undefined };
  const message = `the deadline of ${formatDuration(deadline)} is reached`;
  const left = begunAt + deadline - realClock.now();
  if (left <= 0) return { isOver: { buysNothing: message }, stop: () => undefined };
  const stopped = new AbortController();
  const stop = async () => {
    await realClock.sleep(left, stopped.signal);
    const row = stopped.signal.aborted ? undefined : await batchById(database, batchId);
    if (!row) return;
    const reason = writeReason({ kind: 'deadline', message });
    await stopBatch(database, batchId, row.books.batch.round, reason);
  };
  stop().catch((error: unknown) => {
    tell(`! ${String(error)}`, 'warn');
  });
  return {
    isOver: {},
    stop: () => {
      stopped.abort();
    },
  };
}

/** Jobs are told of by the workers that make them. */
function isOfRun({ type }: RunEvent): boolean {
  return type === 'started' || type === 'stopping' || type === 'finished';
}

/** Says that the holder is there, until it is ended or finds that the tick was taken from it. */
function holdTick({ engine, tell }: TickPlace, key: TickKey, holder: string) {
  const lost = new AbortController();
  const ended = new AbortController();
  const stillHolds = () =>
    renewTick(engine.database, key, holder).catch((error: unknown) => {
      if (!ended.signal.aborted) tell(`! ${String(error)}`, 'warn');
      return true;
    });
  const beating = (async () => {
    do await realClock.sleep(beat, ended.signal);
    while (!ended.signal.aborted && (await stillHolds()));
    lost.abort('it is over, or another worker has taken it over');
  })();
  return {
    lost: lost.signal,
    end: () => {
      ended.abort();
      return beating;
    },
  };
}

function outcomeOf({ tally, stopped }: RunOutcome): TickOutcome {
  const { jobs, done, failed, spent } = tally;
  return {
    kind: stopped ? 'stopped' : failed > 0 ? 'failed' : 'done',
    jobs,
    done,
    failed,
    spent,
    ...(stopped && { message: stopped.message }),
  };
}

function tellOf({ kind, jobs, done, failed, message }: TickOutcome): string {
  const tally = `${done} of ${count(jobs, 'song')}${failed > 0 ? `, ${failed} failed` : ''}`;
  return kind === 'stopped' && message !== undefined ? `stopped: ${message}; ${tally}` : tally;
}

function formatLate(time: number): string {
  const minutes = Math.floor(time / 60_000);
  return minutes < 120 ? count(minutes, 'minute') : count(Math.floor(minutes / 60), 'hour');
}

/** Trying again changes nothing. */
function isForSomebodyToMend(error: unknown): boolean {
  return error instanceof UsageError || error instanceof ManifestError;
}

function wordsOf(error: unknown): string {
  if (error instanceof UsageError && error.hint !== undefined) {
    return `${error.message}: ${error.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}
