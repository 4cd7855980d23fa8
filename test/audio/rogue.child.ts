/** A thread in the place of `src/audio/worker.ts` that does what its file is called. */
import { parentPort } from 'node:worker_threads';
import type { Order } from '../../src/audio/measure-file.ts';

const hoard: number[][] = [];

parentPort?.on('message', ({ path }: Order) => {
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
    case 'wait':
      return;
    default:
      answer(path);
  }
});

function answer(path: string): void {
  const measured = { kind: 'unmeasurable', cause: 'file', why: `heard ${path}` };
  parentPort?.postMessage({ kind: 'heard', heard: { measured } });
}
