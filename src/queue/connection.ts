/** How BullMQ reaches the server of a queue, and that it does when work begins. */
import {
  loadBullMQ,
  type BackendFactory,
  type BullMQ,
  type ConnectionOptions,
  type JobOptions,
} from './bullmq.ts';
import { noAnswer } from './outage.ts';
import { parsed, serverOf, type QueueAddress } from './queue-address.ts';
import { QueueError } from './queue-error.ts';
import { guardRedis } from './redis-guard.ts';

/** Beside the tables of whoever else uses BullMQ in the same database, and beside our own state. */
const schema = 'songbatch_queue';

export interface QueueServer {
  readonly bullmq: BullMQ;
  /** For messages. */
  readonly name: string;
  readonly options: ConnectionOptions;
  readonly backend: BackendFactory | undefined;
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
      const connection = postgresConnection(address, role);
      return { bullmq, name, options: options(connection), backend: bullmq.createPostgresBackend };
    }
    case 'redis': {
      await guardRedis(address);
      const connection = {
        url: address.url,
        connectTimeout: 10_000,
        retryStrategy: () => 1000,
        maxRetriesPerRequest: role === 'worker' ? null : 3,
      };
      return { bullmq, name, options: options(connection), backend: undefined };
    }
  }
}

function options(connection: ConnectionOptions['connection']): ConnectionOptions {
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

/** Waits until what was made is connected; closes it and rejects with `QueueError` where that fails. */
export async function whenReady(
  server: QueueServer,
  made: { waitUntilReady: () => Promise<unknown>; close: () => Promise<void> },
): Promise<void> {
  try {
    await made.waitUntilReady();
  } catch (error) {
    await made.close().catch(() => undefined);
    if (error instanceof Error && 'code' in error && error.code === '42501') {
      throw new QueueError(
        `${server.name} does not let this user make the schema ${schema}: ${error.message}`,
        'GRANT CREATE ON DATABASE <database> TO <user>',
        { cause: error },
      );
    }
    throw noAnswer(
      server.name,
      error,
      'see that it runs, and that the address and the user are right',
    );
  }
}
