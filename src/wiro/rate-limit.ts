/**
 * A token bucket over all API calls of this process: a steady rate, and a burst of what one second
 * allows after a pause. Kept as the time when the next call would be due if calls came evenly, so
 * that there is no timer to refill it and callers are served in the order in which they came.
 */
import type { Clock } from './clock.ts';

/** Resolves when the call may go out; rejects with the signal's reason. A place given up is lost. */
export type RateLimit = (signal?: AbortSignal) => Promise<void>;

/** @param perSecond above 0; may be a fraction, and another one for every call */
export function createRateLimit(perSecond: number | (() => number), clock: Clock): RateLimit {
  let due = Number.NEGATIVE_INFINITY;

  return async (signal) => {
    signal?.throwIfAborted();
    const interval = 1000 / (typeof perSecond === 'number' ? perSecond : perSecond());
    // A full bucket holds one second's calls, and never less than one.
    const allowance = Math.max(0, 1000 - interval);
    const now = clock.elapsed();
    due = Math.max(due, now - allowance);
    const wait = due - now;
    due += interval;
    if (wait > 0) await clock.sleep(wait, signal);
  };
}
