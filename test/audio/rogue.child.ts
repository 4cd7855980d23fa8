/** A thread in the place of `src/audio/worker.ts` that does what its file is called. */
import { parentPort } from 'node:worker_threads';
import type { Order } from '../../src/audio/measure-file.ts';

const hoard: number[][] = [];

parentPort?.on('message', (orders: readonly Order[]) => {
  for (const { path } of orders) act(path);
  if (!orders.some(({ path }) => path === 'wait')) answer(orders);
});

function act(path: string): void {
  switch (path) {
    case 'hang':
      for (;;) continue;
    case 'throw':
      throw new Error('out of bounds');
    case 'exit':
      process.exit(3);
      break;
    case 'eat memory':
      for (;;) hoard.push(Array.from({ length: 100_000 }, Math.random));
  }
}

function answer(orders: readonly Order[]): void {
  const heard = orders.map(({ path }) => ({
    measured: { kind: 'unmeasurable', cause: 'file', why: `heard ${path}` },
  }));
  parentPort?.postMessage({ kind: 'heard', heard });
}
