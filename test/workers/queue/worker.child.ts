/**
 * A worker in a process of its own. Says on stdout when it has each order in hand, and when no more, by a
 * clock that all processes of the machine share, as lines of `Said`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import { workOn } from '../../../src/queue/queue-worker.ts';

export interface ChildOrders {
  readonly address: QueueAddress;
  readonly name: string;
  readonly concurrency: number;
  /** Milliseconds that each order is in hand. */
  readonly hold: number;
}

export type Said =
  | { readonly kind: 'takes' | 'ends'; readonly job: string; readonly at: number }
  | { readonly kind: 'trouble'; readonly message: string };

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

/** Milliseconds, of the system's monotonic clock. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const { address, name, concurrency, hold } = JSON.parse(process.argv[2] ?? '') as ChildOrders;
await workOn(address, name, {
  concurrency,
  handle: async ({ job }) => {
    say({ kind: 'takes', job, at: now() });
    await delay(hold);
    say({ kind: 'ends', job, at: now() });
    return 'done';
  },
  onTrouble: (message) => {
    say({ kind: 'trouble', message });
  },
});
