/**
 * A thread that measures one file after the other for `pool.ts`. In: an order. Out: word that it goes on,
 * of a process that it has started, and at last what was heard.
 */
import { parentPort } from 'node:worker_threads';
import type { Heard, Order } from './measure-file.ts';
import { measureFile } from './measure-file.ts';

export type Word =
  | { readonly kind: 'progress' }
  /** A process works for this thread; without `pid`: it has ended. */
  | { readonly kind: 'child'; readonly pid: number | undefined }
  | { readonly kind: 'heard'; readonly heard: Heard };

function say(word: Word): void {
  parentPort?.postMessage(word);
}

const witness = {
  onProgress: () => {
    say({ kind: 'progress' });
  },
  onChild: (pid: number | undefined) => {
    say({ kind: 'child', pid });
  },
};

parentPort?.on('message', (order: Order) => {
  void measureFile(order, witness).then((heard) => {
    say({ kind: 'heard', heard });
  });
});
