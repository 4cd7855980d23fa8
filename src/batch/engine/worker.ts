/**
 * A worker: takes orders of an account from the queue and brings their jobs to an end, for as long as it lives. It may
 * die at any moment, or be stopped and go on an hour later: others take over what it had in hand.
 */
import { requestsAtOnce } from '../../job/concurrency.ts';
import type { Traffic } from '../../job/traffic.ts';
import { nextStep } from '../../job/next-step.ts';
import type { RunEvent, StopReason } from '../../run/events.ts';
import { openQueue, type Order as QueuedOrder, type SongQueue } from '../../queue/song-queue.ts';
import { workOn, type Handled, type QueueWorker } from '../../queue/queue-worker.ts';
import { allowanceOf, lowerLimit, type Allowance } from '../../state/postgres/accounts.ts';
import { readJobs, type SharedJob } from '../../state/postgres/append.ts';
import { stopAccount, stopBatch } from '../../state/postgres/batches.ts';
import { closeOrders, readOrder, type Closing, type Order } from '../../state/postgres/orders.ts';
import { createCommitQueue } from '../../state/postgres/commit-queue.ts';
import { endSilentSessions, lifeSignOf, openSession } from '../../state/postgres/session.ts';
import { StateError } from '../../state/state-error.ts';
import { createWiroClient } from '../../wiro/client.ts';
import { systemClock } from '../../wiro/clock.ts';
import { realClock } from '../clock.ts';
import { openPush } from '../push.ts';
import type { PushChoice } from '../push-choice.ts';
import { createSilenceReport } from '../silence.ts';
import type { Config } from '../config.ts';
import type { Tell } from '../surroundings.ts';
import { askTheTimeOf } from './ask-the-time.ts';
import { Overtaken, WaitedEnough } from './claiming-store.ts';
import { accountIn, queueName, type Engine, type SharedService } from './engine.ts';
import { createLostOrders } from './lost-orders.ts';
import { isLocal, type Round, type Workshop } from './round.ts';
import { createRounds } from './rounds.ts';
import { writeReason } from './shared-admission.ts';
import { openSharedUploads } from './shared-uploads.ts';
import { takeRoom, type WorkerRoom } from './worker-room.ts';

export interface WorkerOrder {
  readonly engine: Engine;
  readonly service: SharedService;
  readonly push: PushChoice;
  /** Orders that it takes at once, at most. */
  readonly tasks: number;
  /** API calls a second that the configuration allows; absent: those of the batches hold. */
  readonly requestsPerSecond?: number;
  /** Milliseconds for which a download may stand still. */
  readonly downloadTimeout?: number;
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  /** For songs that go on to a bucket; absolute. Workers may share it. */
  readonly workroom: string;
  readonly tell: Tell;
  /** Told of requests and downloads. */
  readonly traffic?: Traffic;
  readonly see: (batch: string, event: RunEvent) => void;
}

export interface WorkerStatus {
  /** Orders in hand. */
  readonly orders: number;
  readonly workers: number;
  readonly allowance: Allowance;
  /** Whether it may send Runs: database and session stand. */
  readonly isAlive: boolean;
}

export interface Worker {
  readonly status: () => WorkerStatus;
  /** Tasks in flight stay on the server, for others. */
  readonly close: () => Promise<void>;
}

/** Calls a second for a worker that knows of no batch yet. */
const usualRate = 4;
/** Milliseconds. */
const watching = 1000;
const shortest = 50;
const betweenSweeps = 20_000;
/** Until an order comes again: soon where somebody else is about to let go of it, later where something is wrong. */
const soon = 1000;
const later = 15_000;
const betweenTelling = 60_000;
/** A song that cannot be had is tried so often by each worker; then it is left to the next run. */
const mostTries = 5;
/** Songs that come home beside the tasks in flight, as on one machine. */
const mostLanding = 64;

export async function startWorker(order: WorkerOrder): Promise<Worker> {
  const opened = new AsyncDisposableStack();
  try {
    return await workWith(order, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** @param opened closes what is open by then */
async function workWith(order: WorkerOrder, opened: AsyncDisposableStack): Promise<Worker> {
  const { engine, service, tell } = order;
  const { database, address } = engine;
  const account = await accountIn(engine, service);
  const session = await openSession(
    database,
    { account, role: 'worker', tasks: order.tasks, now: realClock.now },
    (what) => {
      tell(
        `! the connection to ${engine.shownAs} ${what}; without it nothing is submitted`,
        'warn',
      );
    },
  );
  opened.defer(session.close);
  /** All that this process has lived by: what they left in doubt is settled by nobody else's leave. */
  const ownSessions = new Set<string>();
  let allowance = await allowanceOf(database, account);
  /** Of the current rounds, the strictest; what the account's callers share. */
  let rate = usualRate;
  const api = createWiroClient({
    baseUrl: service.base.href,
    key: service.key,
    ...(service.secret !== '' && { secret: service.secret }),
    ...(service.timeout !== undefined && {
      headersTimeout: service.timeout,
      bodyTimeout: service.timeout,
    }),
    requestsPerSecond: () => rate / session.others().callers,
    requestsInFlight: requestsAtOnce(order.requestsPerSecond ?? 64),
    // Intents are dated by this clock: the difference to the server's that is kept with them must be its.
    clock: { ...systemClock, now: realClock.now },
    onFault: createSilenceReport(service.base.host, tell),
    ...(order.traffic && { onCall: order.traffic.onCall }),
  });
  opened.defer(api.close);
  const askTheTime = askTheTimeOf(api);
  const push = await openPush(order.push, service.base, tell);
  opened.defer(push.close);
  const uploads = await openSharedUploads(database, account);
  opened.defer(uploads.close);
  const queue: SongQueue = await openQueue(address.queue, queueName(account));
  opened.defer(queue.close);

  const tries = new Map<string, number>();
  const inHand = new Set<string>();
  let wrongAt = -Infinity;
  const toldWrong = new Map<string, { readonly why: string; readonly at: number }>();
  let isLeaving = false;
  const stop = new AbortController();
  let room: Promise<WorkerRoom> | undefined;

  async function takeRoomOnce(): Promise<WorkerRoom> {
    try {
      const taken = await takeRoom(order.workroom);
      opened.defer(taken.release);
      return taken;
    } catch (error) {
      room = undefined;
      throw error;
    }
  }

  const closings = new Map<string, ReturnType<typeof createClosing>>();
  const createClosing = (batch: string) =>
    createCommitQueue<Closing, boolean>(async (some) => {
      const closed = await database.transaction((query) => closeOrders(query, batch, some));
      return some.map(({ job }) => closed.has(job));
    });
  const closeOrder = async (batch: string, closing: Closing): Promise<Handled> => {
    const queue = closings.get(batch) ?? createClosing(batch);
    closings.set(batch, queue);
    // Ordered anew meanwhile: the queue has taken that for the same.
    return (await queue.add(closing)) ? 'done' : { again: soon };
  };

  const onStop = async (batch: string, round: number, reason: StopReason): Promise<void> => {
    if (isLeaving) return;
    tell(`! no more submissions: ${reason.message}`, 'warn');
    if (isLocal(reason)) return;
    const isOfAccount = reason.kind === 'balance' || reason.kind === 'denied';
    const written = writeReason(reason);
    try {
      if (isOfAccount) await stopAccount(database, account, written);
      else await stopBatch(database, batch, round, written);
    } catch (error) {
      tell(`! ${String(error)}`, 'warn');
    }
  };
  const workshop: Workshop = {
    database,
    account,
    api,
    hints: push.ports,
    uploads,
    config: order.config,
    environment: order.environment,
    downloadTimeout: order.downloadTimeout,
    traffic: order.traffic,
    tell,
    room: async () => (await (room ??= takeRoomOnce())).dir,
    session: session.id,
    isAlive: session.isAlive,
    isBeyondShare: () => {
      const others = Math.max(order.tasks, session.others().tasks);
      return rounds.tasks() >= Math.ceil((allowance.allowed * order.tasks) / others);
    },
    runsAtOnce: () => Math.max(1, Math.ceil(rate / session.others().callers)),
    allowance: () => allowance,
    onRefused: (message, interval) => {
      const refusal = { message, now: realClock.now(), interval };
      lowerLimit(database, account, refusal).then(
        (limit) => {
          allowance = { ...allowance, allowed: limit };
        },
        (error: unknown) => {
          tell(`! ${String(error)}`, 'warn');
        },
      );
    },
    onStop,
    see: order.see,
  };

  const rounds = createRounds(workshop, {
    prepare: async ({ model }) => {
      await askTheTime(model);
      await uploads.refresh();
    },
    onOpened: () => {
      adoptRate();
    },
  });

  function adoptRate(): void {
    rate = Math.min(order.requestsPerSecond ?? Infinity, rounds.requestsPerSecond() ?? usualRate);
  }

  async function handle({ batch, job }: QueuedOrder): Promise<Handled> {
    const key = `${batch}-${job}`;
    if (isLeaving || inHand.has(key)) return { again: soon };
    inHand.add(key);
    try {
      return await work(batch, job, key);
    } catch (error) {
      if (error instanceof Overtaken || error instanceof WaitedEnough) return { again: soon };
      if (!(error instanceof StateError)) throw error;
      tell(`! ${error.message}`, 'warn');
      return { again: 4 * later };
    } finally {
      inHand.delete(key);
    }
  }

  async function work(batch: string, job: string, key: string): Promise<Handled> {
    const ordered = await readOrder(database, batch, job);
    if (!ordered || ordered.isClosed || ordered.account !== account) return 'done';
    const round = await rounds.of(batch);
    if (typeof round === 'string') {
      tellWrong(batch, round);
      // Given back at once it would come back at once, and with it all that others could do.
      if (isOfNoUse()) await realClock.sleep(later, stop.signal);
      return { again: isOfNoUse() ? soon : later };
    }
    const leave = round.enter();
    try {
      if (!rounds.isCurrent(round)) return { again: 0 };
      return await workIn(round, ordered, key);
    } finally {
      leave();
    }
  }

  /** Whether nothing that it was given lately could be done here, so that others should have it. */
  function isOfNoUse(): boolean {
    return !rounds.isAnyOpen() && realClock.now() - wrongAt < 2 * later;
  }

  /** Each order finds out anew; people are told now and then. */
  function tellWrong(batch: string, why: string): void {
    const told = toldWrong.get(batch);
    const now = realClock.now();
    wrongAt = now;
    if (isLeaving || (told?.why === why && now - told.at < betweenTelling)) return;
    toldWrong.set(batch, { why, at: now });
    tell(`! batch ${batch}: ${why}`, 'warn');
  }

  async function workIn(round: Round, ordered: Order, key: string): Promise<Handled> {
    const { id: batch } = round.batch;
    const { id: job } = ordered.job;
    const jobs = await database.transaction((query) => readJobs(query, batch, [job]));
    const shared = jobs.get(job);
    if (shared && (await mayStillBeSent(shared))) return { again: soon };
    const policy = round.batch.books.batch.terms?.policy;
    if (!policy) return { again: later };
    const stored = shared?.record ?? { job: ordered.job, attempts: [] };
    // The names of a job may have changed since it was kept.
    const start =
      nextStep(stored, policy).do === 'submit' ? { ...stored, job: ordered.job } : stored;
    const left = await round.work(start, shared?.last ?? 0, ordered.mayBuy);

    const closing = { job, round: round.number };
    if (nextStep(left.record, policy).do === 'nothing') {
      tries.delete(key);
      return closeOrder(batch, closing);
    }
    if (isLeaving) return { again: 0 };
    if (left.why !== undefined) {
      const isInDoubt = left.record.attempts.at(-1)?.stage === 'intended';
      const doubt = isInDoubt && { doubt: left.last };
      return closeOrder(batch, { ...closing, why: left.why, ...doubt });
    }
    const tried = (tries.get(key) ?? 0) + 1;
    const isPaid = left.record.attempts.at(-1)?.stage === 'succeeded';
    if (isPaid && tried >= mostTries) {
      tries.delete(key);
      return closeOrder(batch, { ...closing, why: 'its song cannot be had at the moment' });
    }
    if (isPaid) tries.set(key, tried);
    return { again: later };
  }

  /** Whether another process may still be about to send the Run of an intent. */
  async function mayStillBeSent({ record, session: sender }: SharedJob): Promise<boolean> {
    if (record.attempts.at(-1)?.stage !== 'intended') return false;
    if (sender === undefined || ownSessions.has(sender) || sender === session.id()) return false;
    return (await lifeSignOf(database, sender)) !== 'over';
  }

  let waking: NodeJS.Timeout | undefined;
  session.onChange((batch) => {
    rounds.noteChange(batch);
    // Not with each of many events.
    waking ??= setTimeout(() => {
      waking = undefined;
      rounds.mayHaveRoom();
    }, shortest);
  });
  const orderLost = createLostOrders(database, queue, account);
  let setTo = 0;
  let sweptAt = realClock.now();

  /** What has changed in the account and in the rounds that are worked on here. */
  async function look(): Promise<void> {
    ownSessions.add(session.id());
    allowance = await allowanceOf(database, account);
    await rounds.look();
    adoptRate();
    const slots = Math.max(1, allowance.allowed + Math.min(mostLanding, allowance.allowed));
    if (slots !== setTo) {
      await queue.setGlobalConcurrency(slots);
      setTo = slots;
    }
    // Whoever takes all that there is leaves nothing to others.
    const { tasks } = session.others();
    const share = Math.ceil((slots * order.tasks) / Math.max(1, tasks));
    worker.setConcurrency(isOfNoUse() ? 1 : Math.max(1, Math.min(order.tasks, share)));
    if (realClock.now() - sweptAt > betweenSweeps) {
      sweptAt = realClock.now();
      await orderLost();
      await endSilentSessions(database);
    }
  }

  // Others on the account have noticed that they are one more, and ask less, before this one begins.
  await realClock.sleep(2 * watching);
  const worker: QueueWorker = await workOn(address.queue, queueName(account), {
    concurrency: 1,
    handle,
    onTrouble: (message) => {
      tell(`! ${message}`, 'warn');
    },
  });
  const looking = (async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!stop.signal.aborted) tell(`! ${String(error)}`, 'warn');
      });
      await realClock.sleep(watching, stop.signal);
    }
  })();

  return {
    status: () => ({
      orders: inHand.size,
      workers: session.others().workers,
      allowance,
      isAlive: session.isAlive(),
    }),
    close: async () => {
      isLeaving = true;
      stop.abort();
      clearTimeout(waking);
      await looking;
      rounds.leave();
      await worker.close();
      await rounds.close();
      await opened.disposeAsync();
    },
  };
}
