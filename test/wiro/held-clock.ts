/** A clock that stands still until a test moves it, for what runs by the clock beside real sockets. */
import type { Clock } from '../../src/wiro/clock.ts';

export interface HeldClock extends Clock {
  readonly advance: (milliseconds: number) => void;
  /** Milliseconds for which somebody sleeps from now on, the shortest first. */
  readonly sleeping: () => number[];
}

export function heldClock(start = Date.UTC(2026, 10, 1)): HeldClock {
  let passed = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => start + passed,
    elapsed: () => passed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const sleeper = {
          until: passed + milliseconds,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', startUp);
            resolve();
          },
        };
        const startUp = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', startUp, { once: true });
      }),
    advance: (milliseconds) => {
      passed += milliseconds;
      for (const { until, wake } of [...sleepers]) if (until <= passed) wake();
    },
    sleeping: () => [...sleepers].map(({ until }) => until - passed).sort((a, b) => a - b),
  };
}
