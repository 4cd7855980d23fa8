/**
 * Renders songs in worker threads, so that the server goes on answering meanwhile. Threads are made
 * when there is work for them, and live until `close`.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

import { type Rendering, usualRendering } from './rendering.ts';
import type { SongParameters } from './song-parameters.ts';

export interface RenderedSong {
  readonly file: Uint8Array;
  /** How long it sounds. */
  readonly seconds: number;
}

/** What a thread is sent. */
export interface RenderOrder {
  readonly song: SongParameters;
  readonly rendering: Rendering;
}

export interface EnginePool {
  readonly render: (song: SongParameters, rendering?: Rendering) => Promise<RenderedSong>;
  /** Ends the threads; what was not finished is rejected. */
  readonly close: () => Promise<void>;
}

interface Order extends RenderOrder {
  readonly resolve: (song: RenderedSong) => void;
  readonly reject: (reason: Error) => void;
}

/** Beside this file, `.ts` from the sources and `.js` when built. */
const workerFile = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** @param size threads at most; never more than the machine runs at once */
export function createEnginePool(size: number): EnginePool {
  const most = Math.max(1, Math.min(size, availableParallelism()));
  const waiting: Order[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Order>();
  let closed = false;

  const assign = (): void => {
    while (waiting.length > 0) {
      const worker = idle.pop() ?? (busy.size < most ? start() : undefined);
      if (!worker) return;
      const order = waiting.shift();
      if (!order) return;
      busy.set(worker, order);
      worker.postMessage({ song: order.song, rendering: order.rendering });
    }
  };

  const start = (): Worker => {
    // Not with the flags of this process: a thread does not start with `--input-type`, say.
    const worker = new Worker(workerFile, { execArgv: [] });
    worker.on('message', (rendered: RenderedSong) => {
      const order = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      order?.resolve(rendered);
      assign();
    });
    worker.on('error', (error) => {
      lose(worker, error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', () => {
      lose(worker, new Error('the rendering thread ended'));
    });
    return worker;
  };

  /** A thread that is gone takes its song with it; the next song starts another. */
  const lose = (worker: Worker, reason: Error): void => {
    const order = busy.get(worker);
    busy.delete(worker);
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    order?.reject(reason);
    if (!closed) assign();
  };

  return {
    render: (song, rendering = usualRendering) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new Error('the engine is closed'));
          return;
        }
        waiting.push({ song, rendering, resolve, reject });
        assign();
      }),
    close: async () => {
      closed = true;
      for (const order of waiting.splice(0)) order.reject(new Error('the engine is closed'));
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}
