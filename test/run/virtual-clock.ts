/** A clock that jumps: when nothing else is left to do it goes on to the next moment somebody waits for. */
import type { Clock } from '../../src/run/ports.ts';

export interface VirtualClock extends Clock {
  /** Runs until the work is done, or until nothing is left that could bring it on. */
  readonly drive: <Value>(work: Promise<Value>) => Promise<Value | 'stuck'>;
  /** Nobody wakes any more: what a dead process waits for never comes. */
  readonly stop: () => void;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

export function createVirtualClock(start: number): VirtualClock {
  let now = start;
  let timers: Timer[] = [];
  let isStopped = false;

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (isStopped) return;
        if (signal?.aborted) {
          resolve();
          return;
        }
        const timer: Timer = {
          at: now + Math.max(0, ms),
          wake: () => {
            timers = timers.filter((other) => other !== timer);
            signal?.removeEventListener('abort', timer.wake);
            if (!isStopped) resolve();
          },
        };
        timers.push(timer);
        signal?.addEventListener('abort', timer.wake, { once: true });
      }),
    drive: async (work) => {
      const settled = work.then(
        () => true,
        () => true,
      );
      for (;;) {
        // Everything that does not wait for time comes first.
        const idle = new Promise<false>((resolve) => {
          setImmediate(resolve, false);
        });
        if (await Promise.race([settled, idle])) return work;
        const next = timers.toSorted((a, b) => a.at - b.at)[0];
        if (!next) return 'stuck';
        now = Math.max(now, next.at);
        next.wake();
      }
    },
    stop: () => {
      isStopped = true;
      timers = [];
    },
  };
}
