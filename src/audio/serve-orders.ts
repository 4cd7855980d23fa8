/**
 * What a thread of `pool.ts` does: one file after the other. In: orders, a few at once. Out: word that it goes
 * on, of a process that it has started, and at last what was heard, in the order of the orders.
 */
import { parentPort } from 'node:worker_threads';
import type { Heard, Order, Witness } from './measure-file.ts';

export type Word =
  | { readonly kind: 'progress' }
  /** A process works for this thread; without `pid`: it has ended. */
  | { readonly kind: 'child'; readonly pid: number | undefined }
  | { readonly kind: 'heard'; readonly heard: readonly Heard[] };

/** Milliseconds: a song has hundreds of blocks, and nobody's patience is as short. */
const progressPause = 50;

/** @param hear what is wrong with a file is to come as a value */
export function serveOrders(hear: (order: Order, witness: Witness) => Promise<Heard>): void {
  let saidAt = performance.now();
  const witness: Witness = {
    onProgress: () => {
      const now = performance.now();
      if (now - saidAt < progressPause) return;
      saidAt = now;
      say({ kind: 'progress' });
    },
    onChild: (pid) => {
      say({ kind: 'child', pid });
    },
  };
  const serve = async (orders: readonly Order[]): Promise<void> => {
    const heard: Heard[] = [];
    for (const order of orders) {
      heard.push(await hear(order, witness));
      witness.onProgress();
    }
    say({ kind: 'heard', heard });
  };
  parentPort?.on('message', (orders: readonly Order[]) => void serve(orders));
}

function say(word: Word): void {
  parentPort?.postMessage(word);
}
