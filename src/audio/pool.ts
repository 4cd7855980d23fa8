/**
 * Threads that measure files, so that nothing else waits meanwhile, and so that a decoder that breaks down,
 * hangs or eats memory takes only its own file with it. Threads are made when there is work for them, and
 * live until `close`.
 */
import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Heard, Order } from './measure-file.ts';
import type { Word } from './serve-orders.ts';

export interface ListenerPool {
  /** Rejects only with the signal's reason, and after `close`: what is wrong with a file is heard. */
  readonly hear: (order: Order, signal: AbortSignal) => Promise<Heard>;
  /** Ends the threads; what was not heard is rejected. */
  readonly close: () => Promise<void>;
}

export interface ListenerPoolOptions {
  /** Threads at most. */
  readonly size: number;
  /** Milliseconds without progress after which a thread counts as hung. */
  readonly patience?: number;
  /** Milliseconds that a file may take, from when its thread begins; without it they have all the time. */
  readonly longest?: number;
  /** What the threads run, by `serveOrders`. */
  readonly program?: URL;
  /** Given to that as `workerData`. */
  readonly data?: unknown;
}

interface Task {
  readonly order: Order;
  readonly signal: AbortSignal;
  /** Some file of its group broke its thread: it is tried by itself, to see whether it was this one. */
  isSuspect: boolean;
  readonly resolve: (heard: Heard) => void;
  readonly reject: (reason: Error) => void;
}

/** A thread, and what it does at the moment. */
interface Listener {
  readonly worker: Worker;
  /** None: it is idle. */
  tasks: readonly Task[];
  timer?: NodeJS.Timeout | undefined;
  /** For all that it was given at once. */
  overtime?: NodeJS.Timeout | undefined;
  /** Process that works for it. */
  child?: number | undefined;
  onChildEnd?: () => void;
}

/** Beside this file, `.ts` from the sources and `.js` when built. */
const workerProgram = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
/** A loaded machine must not look like a decoder that hangs. */
const usualPatience = 30_000;
/** Milliseconds that a thread has to see a process to its end. */
const gracePeriod = 1_000;
/** Milliseconds in which a thread's word of a process that it started arrives. */
const childWord = 50;
/** MB of a thread's heap; decoders hold their sound outside of it, a piece at a time. */
const heapLimit = 256;
/**
 * MB of it for what is new. Left to itself each thread lets that grow to 150, song by song, and sound that nobody
 * needs any more with it; with half as much, collecting garbage takes a tenth of measuring.
 */
const youngLimit = 24;
/** Bytes of files that a thread is given at once: with jingles it would wait for the next most of the time. */
const groupBytes = 65_536;

export function createListenerPool(options: ListenerPoolOptions): ListenerPool {
  const { size, patience = usualPatience, longest, program = workerProgram, data } = options;
  const waiting: Task[] = [];
  const idle: Listener[] = [];
  const busy = new Set<Listener>();
  const ending = new Set<Promise<void>>();
  let isClosed = false;

  const assign = (): void => {
    while (waiting.length > 0) {
      const listener = idle.pop() ?? (busy.size < size ? start() : undefined);
      if (!listener) return;
      listener.tasks = waiting.splice(0, sizeOfGroup(waiting));
      busy.add(listener);
      expectProgress(listener);
      expectEnd(listener);
      listener.worker.postMessage(listener.tasks.map(({ order }) => order));
    }
  };

  const expectProgress = (listener: Listener): void => {
    clearTimeout(listener.timer);
    listener.timer = setTimeout(() => {
      const why = `decoding it made no progress for ${patience / 1000} s`;
      // It may as well be the machine that is too busy: no reason to hold it against the file.
      giveUp(listener, unmeasurable('machine', why));
      assign();
    }, patience);
  };

  const expectEnd = (listener: Listener): void => {
    if (longest === undefined) return;
    listener.overtime = setTimeout(() => {
      const why = `it was not measured within ${longest / 60_000} minutes`;
      giveUp(listener, unmeasurable('machine', why));
      assign();
    }, longest);
  };

  const stopTimers = (listener: Listener): void => {
    clearTimeout(listener.timer);
    clearTimeout(listener.overtime);
  };

  const start = (): Listener => {
    const worker = new Worker(program, {
      // Not with the flags of this process: a thread does not start with `--input-type`, say.
      execArgv: [],
      // A decoder has no use for secrets.
      env: {},
      workerData: data,
      // Decoders complain to the console.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: heapLimit, maxYoungGenerationSizeMb: youngLimit },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    const listener: Listener = { worker, tasks: [] };
    worker.on('message', (word: Word) => {
      take(listener, word);
    });
    worker.on('error', (error: unknown) => {
      breakDown(listener, describe(error));
    });
    worker.on('exit', () => {
      breakDown(listener, 'its decoder ended the thread');
    });
    return listener;
  };

  const take = (listener: Listener, word: Word): void => {
    if (word.kind === 'child') {
      listener.child = word.pid;
      if (word.pid === undefined) listener.onChildEnd?.();
      // Started while its thread was being given up: nobody else would end it.
      else if (listener.tasks.length === 0) kill(word.pid);
    }
    // Of a thread that was given up nothing else counts any more.
    if (listener.tasks.length === 0) return;
    switch (word.kind) {
      case 'progress':
      case 'child':
        expectProgress(listener);
        return;
      case 'heard': {
        const { tasks } = listener;
        listener.tasks = [];
        stopTimers(listener);
        busy.delete(listener);
        idle.push(listener);
        assign();
        for (const [nth, heard] of word.heard.entries()) tasks[nth]?.resolve(heard);
      }
    }
  };

  const breakDown = (listener: Listener, why: string): void => {
    if (idle.includes(listener)) idle.splice(idle.indexOf(listener), 1);
    giveUp(listener, unmeasurable('file', why));
    if (!isClosed) assign();
  };

  /** It failed at one of the files that it was given, and nobody knows at which unless it was the only one. */
  const giveUp = (listener: Listener, finding: Heard): void => {
    const tasks = release(listener);
    if (tasks.length === 1) tasks[0]?.resolve(finding);
    const suspects = tasks.length > 1 ? tasks.filter(({ signal }) => !signal.aborted) : [];
    for (const task of suspects) task.isSuspect = true;
    waiting.unshift(...suspects);
  };

  /** Gives a thread up; the next task starts another. */
  const release = (listener: Listener): readonly Task[] => {
    const { tasks } = listener;
    stopTimers(listener);
    busy.delete(listener);
    listener.tasks = [];
    const ended = end(listener, tasks.length > 0).finally(() => ending.delete(ended));
    ending.add(ended);
    return tasks;
  };

  const abandon = (task: Task): void => {
    if (waiting.includes(task)) waiting.splice(waiting.indexOf(task), 1);
    for (const listener of busy) {
      // Of a group the others are heard, and this one with them.
      const isForNobody = listener.tasks.every(({ signal }) => signal.aborted);
      if (isForNobody && listener.tasks.includes(task)) release(listener);
    }
    task.reject(reasonOf(task.signal));
    // Those that wait may be called off by the same signal: no thread is started for them.
    queueMicrotask(assign);
  };

  return {
    hear: (order, signal) =>
      new Promise<Heard>((resolve, reject) => {
        if (isClosed) throw new Error('the ears are closed');
        if (signal.aborted) throw reasonOf(signal);
        const onAbort = () => {
          abandon(task);
        };
        const settled = <T>(settle: (value: T) => void) => {
          return (value: T) => {
            signal.removeEventListener('abort', onAbort);
            settle(value);
          };
        };
        const task: Task = {
          order,
          signal,
          isSuspect: false,
          resolve: settled(resolve),
          reject: settled(reject),
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(task);
        assign();
      }),
    close: async () => {
      isClosed = true;
      const closed = new Error('the ears are closed');
      for (const task of waiting.splice(0)) task.reject(closed);
      const listeners = [...idle.splice(0), ...busy];
      for (const task of listeners.flatMap(release)) task.reject(closed);
      await Promise.all(ending);
    },
  };
}

/** How many of those that wait are given to a thread at once: one, or as many small ones. */
function sizeOfGroup(waiting: readonly Task[]): number {
  let bytes = 0;
  const end = waiting.findIndex(({ order, isSuspect }) => {
    bytes += isSuspect ? Infinity : (order.bytes ?? Infinity);
    return bytes > groupBytes;
  });
  return end < 0 ? waiting.length : Math.max(1, end);
}

function unmeasurable(cause: 'file' | 'machine', why: string): Heard {
  return { measured: { kind: 'unmeasurable', cause, why } };
}

function describe(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return `decoding it takes more than ${heapLimit} MB of memory`;
  }
  return `its decoder broke down: ${error instanceof Error ? error.message : String(error)}`;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** Ends a thread, and what works for it; first that, so that the thread sees it to its end. */
async function end(listener: Listener, wasBusy: boolean): Promise<void> {
  const { worker } = listener;
  // Word of a process that was started a moment ago may still be on its way.
  if (wasBusy) await pause(childWord);
  const { child } = listener;
  if (child !== undefined) {
    const childEnd = new Promise<void>((resolve) => {
      listener.onChildEnd = resolve;
    });
    kill(child);
    await Promise.race([childEnd, pause(gracePeriod, undefined, { ref: false })]);
  }
  await worker.terminate();
}

function kill(child: number): void {
  try {
    process.kill(child, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
