/**
 * The queue of an account: which jobs are to be worked on next. An order is two ids. What is true of the job
 * stands in PostgreSQL, so an order that is lost or repeated costs nothing but time.
 */
import { reachServer, untilDone, whenReady } from './connection.ts';
import { sitOut } from './outage.ts';
import type { QueueAddress } from './queue-address.ts';

/** Ids of ours. What a queue hands out may be old: that there is work has to be looked up. */
export interface Order {
  readonly batch: string;
  readonly job: string;
}

/** An order, and when it is its turn among others: from 0 on, lower ones first. */
export interface TimedOrder extends Order {
  readonly turn?: number;
}

/**
 * While the server is away each call waits for it, up to a minute, and then rejects with `QueueError`. A call
 * that was rejected may have been carried out, and may be repeated.
 */
export interface SongQueue {
  /**
   * An order that waits or is worked on already is not added twice. One that is added in the moment in which
   * its handler ends goes with it: who adds orders of jobs that were handed out before looks again later.
   */
  readonly add: (orders: readonly TimedOrder[]) => Promise<void>;
  /**
   * How many orders are handed out at a time over all workers, from 1 on. Less takes none back. It takes up
   * to 5 s until idle workers take more.
   *
   * BullMQ keeps it exactly in its own books, also while orders of a dead worker are taken over: they keep
   * their slots until they wait again. But a worker that was only stopped or cut off (SIGSTOP, network)
   * still works on what was taken over from it, so more handlers than that may run. What must never be
   * exceeded belongs into a ledger.
   */
  readonly setGlobalConcurrency: (tasks: number) => Promise<void>;
  readonly counts: () => Promise<QueueCounts>;
  readonly close: () => Promise<void>;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Put off by their handlers (`again`). */
  readonly delayed: number;
}

/** New orders are behind those that were in somebody's hands: these may be paid for. BullMQ counts no further than 2 ** 21. */
export const priorities = { known: 0, fresh: 1 } as const;

const chunk = 1000;

/** Rejects with `QueueError` where the queue cannot be used. */
export async function openQueue(address: QueueAddress, name: string): Promise<SongQueue> {
  const server = await reachServer(address, 'queue');
  const queue = new server.bullmq.Queue(name, server.options, server.backend);
  // Each call tells what befell it.
  queue.on('error', () => undefined);
  await whenReady(server, queue);

  return {
    add: async (orders) => {
      for (let from = 0; from < orders.length; from += chunk) {
        const jobs = orders.slice(from, from + chunk).map(({ batch, job, turn = 0 }) => ({
          name: 'song',
          data: { batch, job },
          opts: {
            ...untilDone,
            jobId: `${batch}-${job}`,
            priority: Math.min(priorities.fresh + turn, 2_000_000),
          },
        }));
        await sitOut(server.name, () => queue.addBulk(jobs));
      }
    },
    setGlobalConcurrency: async (tasks) => {
      await sitOut(server.name, () => queue.setGlobalConcurrency(tasks));
    },
    counts: async () => {
      const counted = await sitOut(server.name, () =>
        queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed'),
      );
      const { waiting = 0, prioritized = 0, active = 0, delayed = 0 } = counted;
      return { waiting: waiting + prioritized, active, delayed };
    },
    close: () => server.leave(queue),
  };
}

/** Undefined where it is none: somebody else has written into the queue. */
export function readOrder(data: unknown): Order | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  if (!('batch' in data) || typeof data.batch !== 'string') return undefined;
  if (!('job' in data) || typeof data.job !== 'string') return undefined;
  return { batch: data.batch, job: data.job };
}
