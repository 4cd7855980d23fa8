/**
 * A run of a batch that workers make: says what may be bought, orders it, and follows what becomes of it. Whoever leaves
 * stops nothing; whoever comes again finds the batch as it is by then, and orders what is left.
 */
import { count } from '../../job/count.ts';
import type { JobRecord } from '../../job/history.ts';
import type { Job, JobId } from '../../job/job.ts';
import { nextStep } from '../../job/next-step.ts';
import { outlookOf } from '../../job/outlook.ts';
import { isLocalFile } from '../../manifest/parameters.ts';
import { isSelected } from '../../plan/selection.ts';
import type { InFlightChoice, RunOutcome, StopReason } from '../../run/events.ts';
import { createProgress, type Progress } from '../../run/progress.ts';
import type { RunSettings } from '../../run/run.ts';
import { openStages, selectedJobs, type Stock } from '../../run/standing.ts';
import { createUploads } from '../../run/uploads.ts';
import { allowanceOf } from '../../state/postgres/accounts.ts';
import {
  batchById,
  beginRound,
  cancelBatch,
  stopBatch,
  type BatchRow,
} from '../../state/postgres/batches.ts';
import {
  anotherRun,
  finishPlanning,
  ordersLeft,
  placeOrders,
  type WantedJob,
} from '../../state/postgres/orders.ts';
import type { FollowedStep } from '../../state/postgres/shared-store.ts';
import type { Terms } from '../../state/postgres/terms.ts';
import { realClock } from '../clock.ts';
import type { EngineWorkplace } from './engine-workplace.ts';
import { readReason, writeReason } from './shared-admission.ts';
import { openSharedUploads } from './shared-uploads.ts';
import { tellStep } from './tell-steps.ts';

/** Jobs that are ordered at once. */
const atOnce = 1000;
/** Milliseconds between two looks where nothing is heard, and between two that follow each other. */
const usualWait = 1000;
const shortestWait = 100;
/** Milliseconds without a worker that are told. */
const lonely = 5000;

/** Makes the batch, or goes on with it. @param settings as for a run on this machine */
export async function superviseRun(
  workplace: EngineWorkplace,
  settings: RunSettings,
  interrupt: AbortSignal,
  stock: Stock,
): Promise<RunOutcome> {
  const { database, batchId } = workplace;
  const follower = createFollower(workplace, settings, stock);
  const { progress } = follower;
  const { tasks, budget, deadline, maxJobs, price, plan } = settings;
  progress.tell({
    type: 'started',
    plan,
    limits: {
      tasks,
      ...(budget !== undefined && { budget }),
      ...(deadline !== undefined && { deadline }),
      ...(maxJobs !== undefined && { maxJobs }),
    },
    ...(price !== undefined && { price }),
  });
  const { buysNothing: message } = settings;
  const refused = message === undefined ? undefined : writeReason({ kind: 'refused', message });
  const round = await beginRound(database, batchId, termsOf(workplace, settings), refused);
  const isWhole = await placeAll(workplace, settings, stock, round, progress, interrupt);
  // Whoever leaves before all is ordered has not said that he does not want the rest.
  if (isWhole || choiceOf(interrupt) !== 'leave') await finishPlanning(database, batchId, round);
  workplace.session.callsNoMore();
  return follower.follow(round, interrupt);
}

/** Stops every task of the batch that is in flight, and submits nothing. */
export async function superviseCancel(
  workplace: EngineWorkplace,
  settings: RunSettings,
  interrupt: AbortSignal,
  stock: Stock,
): Promise<RunOutcome> {
  const { database, batchId, store } = workplace;
  const follower = createFollower(workplace, settings, stock);
  const reason = { kind: 'cancelled', message: 'cancelled by you' } as const;
  const terms = { ...termsOf(workplace, settings), isCancelled: true } as const;
  const round = await beginRound(database, batchId, terms, writeReason(reason));
  const open = [...store.records(openStages)].map(({ job }) => ({ job, mayBuy: false }));
  await placeSome(workplace, round, open);
  await finishPlanning(database, batchId, round);
  workplace.session.callsNoMore();
  return follower.follow(round, interrupt);
}

function termsOf({ batch, limits, policy }: EngineWorkplace, settings: RunSettings): Terms {
  const { manifest } = batch;
  const { tasks, settleGrace, resubmitUnknown, budget, isBudgetApproved, price, maxJobs } =
    settings;
  return {
    model: manifest.model,
    policy,
    tasks,
    requestsPerSecond: limits.requestsPerSecond,
    taskTimeout: limits.taskTimeout,
    outputSize: limits.outputSize,
    settleGrace,
    resubmitUnknown,
    ...(manifest.halt && { halt: manifest.halt }),
    ...(budget !== undefined && { budget }),
    ...(isBudgetApproved && { isBudgetApproved }),
    ...(price !== undefined && { price }),
    ...(maxJobs !== undefined && { maxJobs }),
  };
}

/**
 * Orders all that there is to do: what is in flight first, then what earlier runs have left, then the rest. False:
 * it was interrupted.
 */
async function placeAll(
  workplace: EngineWorkplace,
  { plan, selection }: RunSettings,
  { strays }: Stock,
  round: number,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<boolean> {
  const { store, policy } = workplace;
  const uploads = await openSharedUploads(workplace.database, workplace.account);
  const urlOf = createUploads({ api: workplace.service.api, uploads }, interrupt, progress.trouble);
  /** Those that the plan may bring once more. */
  const ordered = new Set<JobId>();
  let some: WantedJob[] = [];
  let placed = 0;
  const place = async (isLast = false) => {
    if (some.length < atOnce && !isLast) return;
    await placeSome(workplace, round, some, placed);
    placed += some.length;
    some = [];
  };
  const order = async (job: Job, mayBuy = true) => {
    // Workers on other machines do not have the file.
    for (const source of Object.values(job.parameters)) {
      if (!mayBuy || !isLocalFile(source)) continue;
      try {
        await urlOf(source);
      } catch (error) {
        if (!interrupt.aborted) throw error;
        return;
      }
    }
    some.push({ job, mayBuy });
    await place();
  };
  try {
    for (const { job } of [...store.records(openStages)]) {
      ordered.add(job.id);
      await order(job, !strays.has(job.id));
    }
    for await (const file of workplace.missingOf(store.savedFiles())) {
      const job = store.get(file.job)?.job;
      if (!job || ordered.has(job.id) || !isSelected(selection, job.id, job.coordinates)) continue;
      ordered.add(job.id);
      await order(job);
    }
    for (const planned of selectedJobs(plan, selection)) {
      if (interrupt.aborted) break;
      if (ordered.has(planned.id)) continue;
      const record = store.get(planned.id);
      if (record && !(await isLeft(record))) continue;
      await order(planned.job());
    }
    await place(true);
    return !interrupt.aborted;
  } catch (error) {
    if (!interrupt.aborted) throw error;
    return false;
  } finally {
    await uploads.close();
  }

  /** Whether a worker has something to do for it. */
  async function isLeft(record: JobRecord): Promise<boolean> {
    if (outlookOf(record, policy) === 'lost') {
      // It is paid for, or may be: its task is asked again.
      await store.append(record.job, { type: 'reopened', at: realClock.now() });
      return true;
    }
    return nextStep(record, policy).do !== 'nothing';
  }
}

/** Jobs of a batch that go before another batch's, where several share an account: they take turns. */
const jobsInTurn = 20;

/** @param before so many jobs of this round were ordered already */
async function placeSome(
  { database, queue, batchId }: EngineWorkplace,
  round: number,
  jobs: readonly WantedJob[],
  before = 0,
): Promise<void> {
  // In the books first: an order that the queue has not got is found by the workers.
  await placeOrders(database, batchId, round, jobs);
  await queue.add(
    jobs.map(({ job }, index) => ({
      batch: batchId,
      job: job.id,
      turn: Math.floor((before + index) / jobsInTurn),
    })),
  );
}

/** What is to become of tasks in flight, by whoever interrupts. */
function choiceOf({ reason }: { readonly reason: unknown }): InFlightChoice {
  return reason === 'drain' || reason === 'cancel' ? reason : 'leave';
}

interface Follower {
  readonly progress: Progress;
  /** Until nothing is left to do, or somebody leaves. */
  readonly follow: (round: number, interrupt: AbortSignal) => Promise<RunOutcome>;
}

function createFollower(workplace: EngineWorkplace, settings: RunSettings, stock: Stock): Follower {
  const { database, batchId, account, session, store, policy, emit, tell } = workplace;
  const clock = realClock;
  const { tally } = stock;
  // Whether an intent is answered in a moment or lost is for its worker to say.
  const start = { ...tally, waiting: tally.waiting + tally.doubt, doubt: 0 };
  const progress = createProgress(start, policy, emit);
  let submissions = 0;
  let change = new AbortController();
  const stopListening = session.onChange((batch) => {
    if (batch === batchId) change.abort('something has changed');
  });
  workplace.onStep((step: FollowedStep) => {
    if (step.event.type === 'intended') submissions++;
    tellStep(step, policy, progress);
  });

  async function follow(round: number, interrupt: AbortSignal): Promise<RunOutcome> {
    const begun = clock.now();
    const leaveAt = settings.deadline === undefined ? Infinity : begun + settings.deadline;
    let seenWorker = begun;
    let isToldLonely = false;
    let limit = settings.tasks;
    let told: StopReason | undefined;
    let left: StopReason | undefined;
    const onInterrupt = () => {
      change.abort('interrupted');
    };
    interrupt.addEventListener('abort', onInterrupt);
    let handled = false;

    try {
      for (;;) {
        await store.follow();
        const row = await batchById(database, batchId);
        if (!row) throw new Error(`the batch ${batchId} is gone`);
        if (row.books.batch.round !== round) throw anotherRun(database);
        told = tellStop(row, told);
        limit = await tellLimit(limit);
        if (isOver(row)) break;

        const { workers } = session.others();
        if (workers > 0) {
          if (isToldLonely) tell('a worker is there');
          isToldLonely = false;
          seenWorker = clock.now();
        } else if (!isToldLonely && clock.now() - seenWorker > lonely) {
          isToldLonely = true;
          tell(
            `! no worker is there for this account; start one, anywhere: songbatch worker --engine ${workplace.shownAs}`,
            'warn',
          );
        }
        if (interrupt.aborted && !handled) {
          handled = true;
          left = await onLeave(row, interrupt);
          if (left) break;
          continue;
        }
        if (clock.now() >= leaveAt) {
          const message = `the deadline of ${(settings.deadline ?? 0) / 1000} s is reached`;
          left = { kind: 'deadline', message };
          await stopBatch(database, batchId, round, writeReason(left));
          progress.stopping(left, 'leave');
          break;
        }
        await clock.sleep(shortestWait);
        await clock.sleep(Math.min(usualWait, Math.max(1, leaveAt - clock.now())), change.signal);
        if (change.signal.aborted) change = new AbortController();
      }
    } finally {
      interrupt.removeEventListener('abort', onInterrupt);
      stopListening();
    }
    const outcome = await outcomeOf(left ?? told);
    progress.tell({ type: 'finished', outcome });
    return outcome;
  }

  /** Undefined: it is waited for what is in flight. */
  async function onLeave(
    { isPlanned, books }: BatchRow,
    interrupt: AbortSignal,
  ): Promise<StopReason | undefined> {
    const { round } = books.batch;
    const inFlight = choiceOf(interrupt);
    const why = { kind: 'interrupted', message: 'interrupted', inFlight } as const;
    if (inFlight === 'leave') {
      tell(
        isPlanned
          ? 'the batch goes on: the same command follows it again, songbatch cancel --engine stops it'
          : 'not all jobs are ordered yet: what is ordered goes on, the same command orders the rest, songbatch cancel --engine stops it',
      );
      return why;
    }
    if (inFlight === 'cancel') {
      await cancelBatch(database, batchId, round, termsOf(workplace, settings), writeReason(why));
    } else {
      await stopBatch(database, batchId, round, writeReason(why));
    }
    return undefined;
  }

  function isOver({ isPlanned, pending, books }: BatchRow): boolean {
    return isPlanned && pending <= 0 && store.revision() >= books.batch.events;
  }

  function tellStop({ books }: BatchRow, known: StopReason | undefined): StopReason | undefined {
    const { stopped } = books.batch;
    if (stopped === undefined || known) return known;
    const reason = readReason(stopped);
    progress.stopping(reason, reason.kind === 'cancelled' ? 'cancel' : 'drain');
    return reason;
  }

  async function tellLimit(before: number): Promise<number> {
    const { allowed } = await allowanceOf(database, account);
    const now = Math.min(allowed, settings.tasks);
    if (now < before) progress.throttled(now, 'the account allows no more at once');
    if (now > before) progress.raised(now);
    return now;
  }

  async function outcomeOf(stopped: StopReason | undefined): Promise<RunOutcome> {
    const whys = await ordersLeft(database, batchId);
    const inDoubt = [...store.records(['intended'])].flatMap(({ job }) => {
      const message = whys.get(job.id);
      return message === undefined ? [] : [{ job, message }];
    });
    const counted = progress.tally();
    const { jobs, done, failed } = counted;
    const doubt = inDoubt.length;
    const tally = { ...counted, waiting: counted.waiting - doubt, doubt: counted.doubt + doubt };
    const base = { tally, inDoubt, submissions, strays: stock.strays };
    const left = jobs - done - failed;
    if (left === 0) return base;
    if (stopped) return { ...base, stopped };
    const message = `${count(left, 'job')} could not be brought to an end`;
    return { ...base, stopped: { kind: 'in-doubt', message } };
  }

  return { progress, follow };
}
