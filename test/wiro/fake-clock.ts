/** A clock that only sleeping moves, and that remembers for how long it was asked to sleep. */
import type { Clock } from '../../src/wiro/clock.ts';

export interface FakeClock extends Clock {
  readonly sleeps: number[];
  readonly advance: (milliseconds: number) => void;
}

export function fakeClock(start = Date.UTC(2026, 10, 1)): FakeClock {
  let passed = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => start + passed,
    elapsed: () => passed,
    advance: (milliseconds) => {
      passed += milliseconds;
    },
    sleep: (milliseconds, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      sleeps.push(milliseconds);
      passed += milliseconds;
      return Promise.resolve();
    },
  };
}
