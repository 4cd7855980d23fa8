/** How BullMQ reaches the server of a queue, and that it does when work begins. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  loadBullMQ,
  type BackendFactory,
  type BullMQ,
  type ConnectionOptions,
  type JobOptions,
} from './bullmq.ts';
import { forbidden, isForbidden, unusable } from './outage.ts';
import { parsed, serverOf, type QueueAddress } from './queue-address.ts';
import { guardRedis } from './redis-guard.ts';

/** Beside the tables of whoever else uses BullMQ in the same database, and beside our own state. */
const schema = 'songbatch_queue';

export interface QueueServer {
  readonly bullmq: BullMQ;
  /** For messages. */
  readonly name: string;
  readonly options: ConnectionOptions;
  readonly backend: BackendFactory | undefined;
  /**
   * Closes it, also while the server is away.
   * @param ended resolves when no handler works any more
   */
  readonly leave: (made: Connected, ended?: () => Promise<void>) => Promise<void>;
}

/** A queue or a worker. */
export interface Connected {
  readonly waitUntilReady: () => Promise<unknown>;
  readonly getBackend: () => { readonly isMaxed: () => Promise<boolean> };
  readonly close: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

/**
 * Of jobs that end in one way only: their handler says that they are done. Whatever else happens, they come
 * again. Their id is free again when they are done.
 */
export const untilDone: JobOptions = {
  attempts: 2 ** 31 - 1,
  backoff: { type: 'fixed', delay: 5000 },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
};

/**
 * @param role a worker's commands wait for a server that is away, those of others fail after some seconds
 * @returns what Queue and Worker are made with. Rejects with `QueueError`.
 */
export async function reachServer(
  address: QueueAddress,
  role: 'queue' | 'worker',
): Promise<QueueServer> {
  const name = serverOf(address);
  const bullmq = await loadBullMQ(address);
  switch (address.kind) {
    case 'postgres': {
      const options = connecting(postgresConnection(address, role));
      return { bullmq, name, options, backend: bullmq.createPostgresBackend, leave };
    }
    case 'redis': {
      await guardRedis(address);
      let isLeft = false;
      const options = connecting({
        url: address.url,
        connectTimeout: 10_000,
        // Without a next time ioredis gives up what waits for the server.
        retryStrategy: () => (isLeft ? null : 1000),
        maxRetriesPerRequest: role === 'worker' ? null : 3,
      });
      return {
        bullmq,
        name,
        options,
        backend: undefined,
        leave: (made, ended) => {
          isLeft = true;
          return leave(made, ended);
        },
      };
    }
  }
}

function connecting(connection: ConnectionOptions['connection']): ConnectionOptions {
  return { connection, prefix: 'songbatch' };
}

function postgresConnection(address: QueueAddress, role: 'queue' | 'worker') {
  // What the URL says beats what stands beside it; BullMQ puts its search path beside it.
  const url = parsed(address);
  const own = url.searchParams.get('options');
  url.searchParams.delete('options');
  return {
    connectionString: url.href,
    ...(own === null ? {} : { options: own }),
    schema,
    migrate: true,
    // Handlers hold no connection: what there is to say takes a moment.
    max: role === 'worker' ? 4 : 2,
    connectionTimeoutMillis: 10_000,
    // A connection that died without a word.
    query_timeout: 30_000,
    keepAlive: true,
  };
}

/** Waits until what was made is connected; leaves it and rejects with `QueueError` where that fails. */
export async function whenReady(server: QueueServer, made: Connected): Promise<void> {
  try {
    await made.waitUntilReady();
  } catch (error) {
    await server.leave(made);
    if (isForbidden(error)) throw forbidden(server.name, error);
    const hint = 'see that it runs, and that the address and the user are right';
    throw unusable(server.name, error, hint);
  }
}

/** Milliseconds for an answer that takes one, until the server counts as away. */
const longestAnswer = 2000;

async function leave(made: Connected, ended?: () => Promise<void>): Promise<void> {
  // BullMQ closes no connection that waits to be tried again; those to a server that is away end meanwhile.
  await within(longestAnswer, made.getBackend().isMaxed());
  const closed = made.close();
  await ended?.();
  await within(longestAnswer, closed);
  void within(longestAnswer, made.disconnect());
}

/** Resolves when it has settled in any way, or has not in that many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const settled = new AbortController();
  const over = delay(milliseconds, undefined, { signal: settled.signal });
  await Promise.allSettled([Promise.race([work, over])]);
  settled.abort();
  await over.catch(() => undefined);
}
