/**
 * Waits for a bucket that does not answer, or says that it has too much to do, and tells so: the song that is to
 * go there is paid for, and the ones behind it wait as well.
 */
import { BucketError } from '../bucket/bucket-error.ts';
import type { Clock } from '../run/ports.ts';
import type { Tell } from './surroundings.ts';

/** Tries again as long as it is worth it; rejects with the last `BucketError`, or the signal's reason. */
export type Patience = <Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>;

/** Milliseconds that somebody waits for it. */
const longest = 180_000;
const longestPause = 15_000;
/** Milliseconds between two lines at least. */
const quietFor = 60_000;

export function createPatience({
  clock,
  tell,
}: {
  readonly clock: Clock;
  readonly tell: Tell;
}): Patience {
  let toldAt = -Infinity;
  return async (signal, work) => {
    const since = clock.now();
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        const isPassing = error instanceof BucketError && error.kind === 'unreachable';
        if (!isPassing || clock.now() - since > longest) throw error;
        if (clock.now() - toldAt > quietFor) {
          toldAt = clock.now();
          tell(`! ${error.message}; trying again (Ctrl-C ends it)`, 'warn');
        }
        // Full jitter: everybody who waits would come back at once.
        await clock.sleep(Math.random() * Math.min(longestPause, 500 * 2 ** tries), signal);
        signal.throwIfAborted();
      }
    }
  };
}
