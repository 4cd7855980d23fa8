/** Queues, workers and what they had in hand, for tests; all of it is closed with the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import { workOn, type Handled, type QueueWorker } from '../../../src/queue/queue-worker.ts';
import { openQueue, type Order, type SongQueue } from '../../../src/queue/song-queue.ts';
import type { ChildOrders, Said } from './worker.child.ts';

export type OnFinished = (cleanUp: () => void | Promise<void>) => void;

export interface Scene {
  readonly name: string;
  readonly queue: SongQueue;
  readonly work: (options: {
    readonly concurrency: number;
    readonly handle: (order: Order) => Promise<Handled>;
  }) => Promise<WorkerHere>;
  readonly startChild: (options: { readonly concurrency: number; readonly hold: number }) => Child;
}

export interface WorkerHere extends QueueWorker {
  /** What its `onTrouble` was told. */
  readonly troubles: readonly string[];
}

export interface Child {
  readonly process: ChildProcess;
  readonly said: readonly Said[];
}

/** A queue with a name of its own. */
export async function createScene(address: QueueAddress, onFinished: OnFinished): Promise<Scene> {
  const name = `queue-${randomBytes(4).toString('hex')}`;
  const queue = await openQueue(address, name);
  onFinished(queue.close);
  return {
    name,
    queue,
    work: async ({ concurrency, handle }) => {
      const troubles: string[] = [];
      // Closing waits for handlers, and a test may leave some that wait for it.
      const over = Promise.withResolvers<Handled>();
      const worker = await workOn(address, name, {
        concurrency,
        handle: (order) => Promise.race([handle(order), over.promise]),
        onTrouble: (message) => void troubles.push(message),
      });
      onFinished(() => {
        over.resolve({ again: 1e6 });
        return worker.close();
      });
      return { ...worker, troubles };
    },
    startChild: (options) => {
      const child = startChild({ address, name, ...options });
      onFinished(() => void child.process.kill('SIGKILL'));
      return child;
    },
  };
}

function startChild(orders: ChildOrders): Child {
  const program = fileURLToPath(new URL('worker.child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Said));
  return { process: child, said };
}

const batch = '0123456789abcdef'.repeat(2);

/** Orders of one batch: jobs `from` to `to`. */
export function orders(from: number, to: number): Order[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ batch, job: `${from + index}` }));
}

/** The jobs that were taken, in turn. */
export function taken(children: readonly Child[]): string[] {
  const takes = children.flatMap(({ said }) => said.filter(({ kind }) => kind === 'takes'));
  return takes.flatMap((said) => (said.kind === 'takes' ? [said.job] : []));
}

/** The most orders that were in hand at a time, over all of them. */
export function mostInHand(children: readonly Child[]): number {
  const steps = children
    .flatMap(({ said }) => said.flatMap((line) => (line.kind === 'trouble' ? [] : [line])))
    .sort((one, other) => one.at - other.at);
  let inHand = 0;
  let most = 0;
  for (const { kind } of steps) {
    inHand += kind === 'takes' ? 1 : -1;
    most = Math.max(most, inHand);
  }
  return most;
}

/** Handlers that hold their orders until they are released. */
export function holding() {
  const started: string[] = [];
  const held: { readonly job: string; readonly release: (handled: Handled) => void }[] = [];
  return {
    /** The jobs that were taken, in turn. */
    started,
    inHand: () => held.length,
    handle: ({ job }: Order) =>
      new Promise<Handled>((resolve) => {
        started.push(job);
        held.push({ job, release: resolve });
      }),
    /** The one that is held the longest. */
    release: (handled: Handled = 'done') => held.shift()?.release(handled),
  };
}
