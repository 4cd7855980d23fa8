/**
 * BullMQ 6 as far as it is used here. It is an optional peer: types of its own would not be there where it
 * is not installed, and it is imported only when a queue is opened.
 */
import { QueueError } from './queue-error.ts';
import type { QueueAddress } from './queue-address.ts';

export interface BullMQ {
  readonly Queue: new (
    name: string,
    options: ConnectionOptions,
    backend: BackendFactory | undefined,
  ) => BullQueue;
  readonly Worker: new (
    name: string,
    process: (job: BullJob, token?: string) => Promise<void>,
    options: WorkerOptions,
    backend: BackendFactory | undefined,
  ) => BullWorker;
  /** Thrown by a handler that has put its job off by itself. */
  readonly DelayedError: new () => Error;
  readonly createPostgresBackend: BackendFactory;
}

/** Opaque: BullMQ calls it. Without one it connects to Redis. */
export type BackendFactory = (...words: never[]) => unknown;

export interface ConnectionOptions {
  readonly connection: Readonly<Record<string, unknown>>;
  /** Of Redis keys. */
  readonly prefix: string;
}

export interface WorkerOptions extends ConnectionOptions {
  readonly concurrency: number;
  readonly autorun: boolean;
  /** Milliseconds, as all below. */
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
  readonly runRetryDelay: number;
}

export interface JobOptions {
  readonly jobId?: string;
  /** 0 comes first, then 1. */
  readonly priority?: number;
  readonly attempts: number;
  readonly backoff: { readonly type: 'fixed'; readonly delay: number };
  readonly removeOnComplete: boolean;
  readonly removeOnFail: boolean;
  readonly stackTraceLimit: number;
}

export interface BullQueue {
  readonly waitUntilReady: () => Promise<unknown>;
  readonly addBulk: (
    jobs: readonly { readonly name: string; readonly data: unknown; readonly opts: JobOptions }[],
  ) => Promise<unknown>;
  readonly setGlobalConcurrency: (jobs: number) => Promise<unknown>;
  readonly getJobCounts: (
    ...states: readonly CountedState[]
  ) => Promise<Readonly<Partial<Record<CountedState, number>>>>;
  /** The job that comes next, `undefined` where the pattern names no time that comes. */
  readonly upsertJobScheduler: (
    id: string,
    repeat: { readonly pattern: string; readonly tz: string },
    template: { readonly name: string; readonly data: unknown; readonly opts: JobOptions },
  ) => Promise<unknown>;
  readonly getJobScheduler: (id: string) => Promise<BullScheduler | undefined>;
  readonly getJobSchedulers: (
    start: number,
    end: number,
    ascending: boolean,
  ) => Promise<readonly BullScheduler[]>;
  readonly removeJobScheduler: (id: string) => Promise<boolean>;
  readonly getBackend: () => BullBackend;
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown;
  readonly close: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

export type CountedState = 'waiting' | 'prioritized' | 'active' | 'delayed';

export interface BullScheduler {
  readonly key: string;
  readonly pattern?: string;
  readonly tz?: string;
  /** Milliseconds since 1970. */
  readonly next?: number | null;
  readonly template?: { readonly data?: unknown };
}

export interface BullWorker {
  concurrency: number;
  readonly waitUntilReady: () => Promise<unknown>;
  /** Resolves when the worker is closed. */
  readonly run: () => Promise<void>;
  /** With `true` it does not wait for what is worked on. */
  readonly pause: (doNotWaitActive: boolean) => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly getBackend: () => BullBackend;
  readonly on: {
    (event: 'error', listener: (error: Error) => void): unknown;
    (event: 'stalled', listener: (jobId: string) => void): unknown;
  };
  readonly close: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

/** What queues and workers ask their server for. */
export interface BullBackend {
  /** The next job. */
  moveToActive: (token: string, name?: string) => Promise<unknown>;
  /** Resolves with something when a job may have come, with `null` after that many seconds. */
  waitForJob: (seconds: number) => Promise<unknown>;
  readonly isMaxed: () => Promise<boolean>;
  readonly changePriority: (jobId: string, priority: number) => Promise<unknown>;
}

export interface BullJob {
  readonly id: string;
  readonly data: unknown;
  readonly priority?: number;
  readonly changePriority: (to: { readonly priority: number }) => Promise<unknown>;
  readonly moveToDelayed: (timestamp: number, token: string | undefined) => Promise<void>;
}

/** The packages that a queue needs, by the kind of its server. */
const needed = { postgres: ['bullmq', 'pg'], redis: ['bullmq', 'ioredis'] } as const;

/** Rejects with `QueueError` where a package is not installed, or is not the one expected. */
export async function loadBullMQ({ kind }: QueueAddress): Promise<BullMQ> {
  const [bullmq] = await Promise.all(needed[kind].map((name) => importPeer(name, kind)));
  if (isBullMQ(bullmq)) return bullmq;
  throw new QueueError('the bullmq that is installed is not version 6.7 or later', install(kind));
}

/** Rejects with `QueueError` where it is not installed. */
export async function importPeer(name: string, kind: QueueAddress['kind']): Promise<unknown> {
  try {
    // A name in a variable is none that the compiler looks for.
    return await import(name);
  } catch (error) {
    if (isMissing(error, name)) {
      throw new QueueError(`the package ${name} is not installed`, install(kind), { cause: error });
    }
    throw error;
  }
}

function install(kind: QueueAddress['kind']): string {
  const packages = { postgres: 'bullmq@6 pg@8', redis: 'bullmq@6 ioredis@5' };
  return `npm install ${packages[kind]}`;
}

/** Not so where it is installed and one of its own dependencies is not. */
function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  );
}

function isBullMQ(module: unknown): module is BullMQ {
  const names = ['Queue', 'Worker', 'DelayedError', 'createPostgresBackend'];
  return (
    typeof module === 'object' &&
    module !== null &&
    names.every((name) => name in module && typeof Reflect.get(module, name) === 'function')
  );
}
