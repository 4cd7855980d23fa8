/** Works on the orders of a queue, as many at a time as is said. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BullBackend, BullJob } from './bullmq.ts';
import { reachServer, whenReady } from './connection.ts';
import { reasonOf } from './outage.ts';
import type { QueueAddress } from './queue-address.ts';
import { priorities, readOrder, type Order } from './song-queue.ts';
import { seldom } from './trouble.ts';

/** `again`: milliseconds until it is handed out again, to whoever is free; any number of times. */
export type Handled = 'done' | { readonly again: number };

export interface QueueWorker {
  /** How many orders it works on at a time, from 1 on. Less takes none back. */
  readonly setConcurrency: (orders: number) => void;
  /** Takes no more orders, and waits for the handlers of those it has. */
  readonly close: () => Promise<void>;
}

/**
 * A worker that dies, or does not answer for 5 s, loses its orders to another within 15 s; when the server was
 * away for longer than that, so may those who live. So a handler may find that somebody else works on its
 * order, or has done so; in one process an order has one handler at a time.
 * The clocks of the machines must agree within a second or two: by them PostgreSQL's queue tells who is gone.
 */
export interface WorkerOptions {
  readonly concurrency: number;
  /** One that throws has its order handed out again after some seconds, for ever. */
  readonly handle: (order: Order) => Promise<Handled>;
  /** A server that is away, a handler that throws: each message once a minute. The worker goes on by itself. */
  readonly onTrouble: (message: string) => void;
}

/** Rejects with `QueueError` where the queue cannot be used; what goes wrong later is waited for. */
export function workOn(
  address: QueueAddress,
  name: string,
  { handle, ...options }: WorkerOptions,
): Promise<QueueWorker> {
  return workOnJobs(address, name, {
    ...options,
    handle: async ({ data }) => {
      const order = readOrder(data);
      if (order) return handle(order);
      options.onTrouble(
        'somebody else has put into the queue what is no order; it was thrown away',
      );
      return 'done';
    },
  });
}

/** Milliseconds: an order is somebody's as long as he says so this often. */
const lock = 5000;
/** Milliseconds between two looks for orders that nobody says so of; the second one takes them back. */
const look = 3000;
/** Milliseconds after which an order whose handler threw is handed out again. */
const afterThrowing = 5000;
/** Milliseconds until a server that has failed is asked for orders again. */
const afterFailing = 1000;

/** For any of BullMQ's jobs. */
export async function workOnJobs(
  address: QueueAddress,
  name: string,
  options: {
    readonly concurrency: number;
    readonly handle: (job: BullJob) => Promise<Handled>;
    readonly onTrouble: (message: string) => void;
  },
): Promise<QueueWorker> {
  const tell = seldom(options.onTrouble);
  const server = await reachServer(address, 'worker');
  const { Worker, DelayedError } = server.bullmq;

  const inHand = new Map<string, Promise<Handled>>();
  const handle = async (job: BullJob): Promise<Handled> => {
    try {
      return await options.handle(job);
    } catch (error) {
      tell(reasonOf(error));
      return { again: afterThrowing };
    } finally {
      inHand.delete(job.id);
    }
  };
  const ended = async () => {
    while (inHand.size > 0) await Promise.all(inHand.values());
  };
  const process = async (job: BullJob, token?: string): Promise<void> => {
    // After an outage one's own orders may be taken for a dead worker's, and come again.
    let work = inHand.get(job.id);
    if (!work) {
      work = handle(job);
      inHand.set(job.id, work);
    }
    const handled = await work;
    if (handled === 'done') return;
    await job.changePriority({ priority: priorities.known });
    await job.moveToDelayed(Date.now() + handled.again, token);
    throw new DelayedError();
  };

  const worker = new Worker(
    name,
    process,
    {
      ...server.options,
      concurrency: options.concurrency,
      autorun: false,
      lockDuration: lock,
      stalledInterval: look,
      // A worker that dies is no fault of its order's.
      maxStalledCount: 2 ** 31 - 1,
      runRetryDelay: afterFailing,
    },
    server.backend,
  );
  worker.on('error', (error) => {
    if (!isSomebodyElses(error)) tell(`${server.name}: ${reasonOf(error)}`);
  });
  await whenReady(server, worker);
  const backend = worker.getBackend();
  moderate(backend);
  worker.on('stalled', (jobId) => {
    // PostgreSQL's queue puts it behind all others. Its task may be paid for.
    backend.changePriority(jobId, priorities.known).catch(() => undefined);
  });
  worker.run().catch((error: unknown) => {
    tell(`${server.name}: ${reasonOf(error)}`);
  });

  return {
    setConcurrency: (orders) => {
      const isMore = orders > worker.concurrency;
      worker.concurrency = orders;
      if (!isMore) return;
      // It looks how many it may take when one has ended, which takes minutes, or when it is resumed.
      void worker.pause(true);
      void worker.resume();
    },
    close: () => server.leave(worker, ended),
  };
}

/**
 * Asks no server without a pause. BullMQ's worker does where PostgreSQL answers with an error (while it
 * starts), and where orders wait that the global concurrency keeps back. It also waits up to an hour for word
 * of new orders after it has lost its connection.
 */
function moderate(backend: BullBackend): void {
  const take = backend.moveToActive.bind(backend);
  backend.moveToActive = async (token, name) => {
    try {
      return await take(token, name);
    } catch (error) {
      await delay(afterFailing);
      throw error;
    }
  };
  const wait = backend.waitForJob.bind(backend);
  backend.waitForJob = async (seconds) => {
    const word = await wait(Math.min(seconds, 5));
    if (word !== null && (await backend.isMaxed())) await delay(500);
    return word;
  };
}

/** BullMQ's codes for an order that is not there, or is in other hands, when its handler has ended. */
const gone: readonly unknown[] = [-1, -2, -3, -6];

function isSomebodyElses(error: Error): boolean {
  if ('code' in error && gone.includes(error.code)) return true;
  return error.message.startsWith('could not renew lock for job');
}
