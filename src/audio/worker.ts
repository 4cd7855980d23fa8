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

/** Milliseconds: a song has hundreds of blocks, and nobody's patience is as short. */
const progressPause = 50;
let saidAt = performance.now();

const witness = {
  onProgress: () => {
    const now = performance.now();
    if (now - saidAt < progressPause) return;
    saidAt = now;
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
