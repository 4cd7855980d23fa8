/**
 * One round of a batch at one worker: all that its jobs are made with here. The jobs come one by one, from
 * the queue; what each of them needs next is asked of `nextStep`, as on one machine.
 */
import { DiskFault } from '../../job/disk-fault.ts';
import { removeParts } from '../../outputs/shared-parts.ts';
import type { JobRecord } from '../../job/history.ts';
import type { JobId } from '../../job/job.ts';
import { nextStep, standingOf } from '../../job/next-step.ts';
import type { SongApi } from '../../job/song-api.ts';
import { createGate, type Gate } from '../../run/gate.ts';
import type { RunEvent, StopReason, Tally } from '../../run/events.ts';
import type { JobPorts, UploadMemory } from '../../run/ports.ts';
import { areAllPresent } from '../../run/missing-songs.ts';
import { createProgress } from '../../run/progress.ts';
import { restoreFiles, runJob, type JobRunner } from '../../run/run-job.ts';
import { perModel, probeInterval } from '../../run/run.ts';
import { createSettler, type SentRun } from '../../run/settler.ts';
import { createSubmitter, sentParameters } from '../../run/submission.ts';
import { createTurns } from '../../run/turns.ts';
import { createUploads } from '../../run/uploads.ts';
import { createWatcher } from '../../run/watcher.ts';
import { jobsAsking } from '../../state/postgres/asking.ts';
import { claimedTasks } from '../../state/postgres/claims.ts';
import type { Allowance } from '../../state/postgres/accounts.ts';
import type { BatchRow } from '../../state/postgres/batches.ts';
import type { Database } from '../../state/postgres/database.ts';
import type { Terms } from '../../state/postgres/terms.ts';
import { realClock } from '../clock.ts';
import { createClaimingStore, type Held } from './claiming-store.ts';
import { createSharedAdmission, readReason } from './shared-admission.ts';
import type { HomeBuilding, SongHome } from './song-home.ts';

/** What a worker has for all of its rounds. */
export interface Workshop extends HomeBuilding {
  readonly database: Database;
  readonly account: string;
  readonly api: SongApi;
  readonly hints: Pick<JobPorts, 'hints' | 'callbackUrl'>;
  readonly uploads: UploadMemory;
  readonly session: () => string;
  /** Whether Runs may be sent by this process. */
  readonly isAlive: () => boolean;
  /** Whether this worker has more tasks in flight than falls to it. */
  readonly isBeyondShare: () => boolean;
  /** Runs that may be on their way at once. */
  readonly runsAtOnce: () => number;
  readonly allowance: () => Allowance;
  readonly onRefused: (message: string, interval: number) => void;
  /** Nothing more is submitted for the batch, by what happened here. Resolves when all know; never rejects. */
  readonly onStop: (batch: string, round: number, reason: StopReason) => Promise<void>;
  readonly see: (batch: string, event: RunEvent) => void;
}

export interface Round {
  readonly batch: BatchRow;
  readonly number: number;
  /** Brings a job as far as can be. Throws `Overtaken` where it is in other hands. */
  readonly work: (start: JobRecord, last: number, mayBuy: boolean) => Promise<Left>;
  /** As the batch stands now, by the database. */
  readonly update: (batch: BatchRow) => void;
  /** A job is about to be worked on: it is not closed before that has let go. Returns what lets go. */
  readonly enter: () => () => void;
  readonly jobsInHand: () => number;
  /** Of these, those whose tasks are in flight, or may be. */
  readonly tasks: () => number;
  /** Something has changed on the account. */
  readonly mayHaveRoom: () => void;
  /** Milliseconds since 1970; Infinity while it has jobs in hand. */
  readonly isIdleSince: () => number;
  /** Why nothing more is submitted in it, as far as this worker goes. */
  readonly closed: () => StopReason | undefined;
  /** Tasks are left as they are, for others. */
  readonly leave: () => void;
  readonly close: () => Promise<void>;
}

/** What became of a job here. */
export interface Left extends Held {
  /** Why nothing more can be done for it in this round; absent where that is not known. */
  readonly why?: string;
}

/** Jobs as they come; a worker's tally has those in its hands, and those that it has brought to their end. */
const noTally: Tally = {
  jobs: 0,
  waiting: 0,
  doubt: 0,
  running: 0,
  fetching: 0,
  done: 0,
  failed: 0,
  spent: 0n,
};

/** @param home is closed with it */
export function createRound(
  workshop: Workshop,
  batch: BatchRow,
  terms: Terms,
  home: SongHome,
): Round {
  const { database, account, api, uploads } = workshop;
  const { id } = batch;
  const clock = realClock;
  const grace = terms.settleGrace;
  const leaving = new AbortController();
  const cancelling = new AbortController();
  const doubts = new Map<JobId, string>();
  const unwanted = new Set<JobId>();
  let inHand = 0;
  let idleSince = clock.now();

  let isTold = false;
  let stopping = Promise.resolve();
  const gate: Gate = createGate(clock, (reason) => {
    if (!isTold) stopping = workshop.onStop(id, batch.books.batch.round, reason);
  });
  const came = { ...noTally };
  const progress = createProgress(noTally, terms.policy, (event) => {
    workshop.see(batch.name, { ...event, tally: sumOf(event.tally, came) });
  });
  const watcherOf = perModel((model) =>
    createWatcher(api, clock, {
      model,
      grace,
      hints: workshop.hints.hints,
      leave: AbortSignal.any([leaving.signal, cancelling.signal]),
      onTrouble: progress.trouble,
    }),
  );
  const settlerOf = perModel((model) =>
    createSettler(api, clock, {
      model,
      grace,
      claimed: (tasks) => claimedTasks(database, account, tasks),
      sentByOthers: async () => (await jobsAsking(database, account)).flatMap(sentRun),
      resubmitUnknown: terms.resubmitUnknown,
      signal: leaving.signal,
    }),
  );
  const interval = () => probeInterval(watcherOf(terms.model).usualDuration());
  const store = createClaimingStore(database, {
    batch: id,
    account,
    session: workshop.session,
    isAlive: workshop.isAlive,
    now: clock.now,
    sleep: (milliseconds) => clock.sleep(milliseconds, gate.signal),
    probeInterval: interval,
    onNoRoom: (why) => {
      admission.noRoom(why);
    },
  });
  const admission = createSharedAdmission(gate, clock, {
    isAlive: workshop.isAlive,
    allowance: workshop.allowance,
    onRefused: (message) => {
      workshop.onRefused(message, interval());
    },
    onHeld: progress.held,
    isBeyondShare: workshop.isBeyondShare,
    probeInterval: interval,
    runs: workshop.runsAtOnce,
  });
  const ports: JobPorts = {
    api,
    store: {
      append: async (job, event) => {
        // The place that a refused Run had is free with this, for others who may not know yet why it was refused.
        if (event.type === 'withdrawn') await stopping;
        return store.append(job, event);
      },
    },
    mayRun: store.mayRun,
    clock,
    outputs: home.outputs,
    emit: () => undefined,
    uploads,
    ...workshop.hints,
    ...(home.ears && { ears: home.ears }),
  };
  const runner: JobRunner = {
    ports,
    gate,
    admission,
    submitter: createSubmitter(ports, {
      gate,
      admission,
      // The books count them, of all workers together.
      maxJobs: Infinity,
      sending: (model, run) => settlerOf(model).sending(run),
      onThrottled: progress.throttled,
      onPaused: progress.paused,
      onTrouble: progress.trouble,
      urlOf: createUploads(ports, gate.signal, progress.trouble),
    }),
    settlerOf,
    watcherOf,
    progress: {
      ...progress,
      // It goes as it came.
      dropped: () => undefined,
      leftInDoubt: (job, message) => {
        doubts.set(job.id, message);
      },
    },
    policy: terms.policy,
    taskTimeout: terms.taskTimeout,
    turns: createTurns(),
    mayBuy: (job) => !unwanted.has(job),
    cancel: cancelling.signal,
    leave: leaving.signal,
  };

  const stopAs = ({ books }: BatchRow) => {
    const { stopped, terms: latest, round } = books.batch;
    admission.mayHaveRoom();
    // Who cancels begins a round, in which nothing is done but that.
    if (round !== batch.books.batch.round && !latest?.isCancelled) return;
    isTold = stopped !== undefined;
    if (stopped !== undefined) gate.close(readReason(stopped));
    isTold = false;
    if (latest?.isCancelled) cancelling.abort(new Error('cancelled'));
  };
  stopAs(batch);

  /** Songs of an earlier round that have disappeared are fetched once more. */
  const bringHome = async (start: JobRecord): Promise<void> => {
    const step = nextStep(start, terms.policy);
    const isSaved = step.do === 'measure' || step.do === 'nothing';
    const { attempt } = isSaved ? step : { attempt: undefined };
    if (attempt?.stage !== 'saved' || (await areAllPresent(ports.outputs, attempt.files))) {
      await runJob(runner, start);
      // Somebody else had begun to bring it home.
      if (step.do === 'fetch') await removeParts(home.downloads, start.job.output, start.job.id);
    } else {
      await restoreFiles(runner, start, attempt, standingOf(step));
    }
  };

  const whyNotBought = (job: JobId, closed: StopReason | undefined): string | undefined => {
    if (unwanted.has(job)) return 'not wanted any more';
    return closed && !isLocal(closed) ? closed.message : undefined;
  };

  return {
    batch,
    number: batch.books.batch.round,
    work: async (start, last, mayBuy) => {
      const job = start.job.id;
      came.jobs++;
      came[standingOf(nextStep(start, terms.policy))]++;
      if (!mayBuy) unwanted.add(job);
      store.take(start, last);
      let held: Held | undefined;
      try {
        await bringHome(start);
      } catch (error) {
        // What is bought from now on would have nowhere to go; a later round looks whether that is mended.
        if (error instanceof DiskFault) gate.close({ kind: 'disk', message: error.message });
        throw error;
      } finally {
        held = store.release(job);
      }
      const left = held ?? { record: start, last };
      const standing = standingOf(nextStep(left.record, terms.policy));
      if (standing !== 'done' && standing !== 'failed') {
        came.jobs--;
        came[standing]--;
      }
      const isToBuy = nextStep(left.record, terms.policy).do === 'submit';
      const why = doubts.get(job) ?? (isToBuy ? whyNotBought(job, gate.closed()) : undefined);
      doubts.delete(job);
      unwanted.delete(job);
      return { ...left, ...(why !== undefined && { why }) };
    },
    update: stopAs,
    enter: () => {
      inHand++;
      return () => {
        inHand--;
        idleSince = clock.now();
      };
    },
    jobsInHand: () => inHand,
    tasks: store.tasks,
    mayHaveRoom: admission.mayHaveRoom,
    isIdleSince: () => (inHand > 0 ? Infinity : idleSince),
    closed: gate.closed,
    leave: () => {
      leaving.abort(new Error('this worker ends'));
      gate.close({ kind: 'interrupted', message: 'this worker ends', inFlight: 'leave' });
    },
    close: home.close,
  };
}

function sumOf(one: Tally, other: Tally): Tally {
  return {
    jobs: one.jobs + other.jobs,
    waiting: one.waiting + other.waiting,
    doubt: one.doubt + other.doubt,
    running: one.running + other.running,
    fetching: one.fetching + other.fetching,
    done: one.done + other.done,
    failed: one.failed + other.failed,
    spent: one.spent + other.spent,
  };
}

function sentRun({ job, attempts }: JobRecord): SentRun[] {
  const attempt = attempts.at(-1);
  if (!attempt) return [];
  const { uploads = {}, intendedAt, skew, callbackUrl } = attempt;
  return [{ id: job.id, sent: sentParameters(job, uploads), intendedAt, skew, callbackUrl }];
}

/** What others may still be able to do. */
export function isLocal({ kind }: StopReason): boolean {
  switch (kind) {
    case 'unreachable':
    case 'disk':
    case 'interrupted':
      return true;
    case 'budget':
    case 'balance':
    case 'denied':
    case 'deadline':
    case 'halt':
    case 'cancelled':
    case 'max-jobs':
    case 'refused':
    case 'in-doubt':
      return false;
  }
}
