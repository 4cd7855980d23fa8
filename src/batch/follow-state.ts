/** Follows a state while runs come and go, for whoever shows it: tells when there is something new to show. */
import { setTimeout as delay } from 'node:timers/promises';
import { stateMark } from '../state/state-mark.ts';

/** Milliseconds between two looks; each is two calls of stat. */
const glance = 250;
/** Milliseconds between two refreshments at least. */
const rest = 2_000;
/** A refreshment is followed by so many times its own duration without one. */
const leisure = 9;

/**
 * Resolves when the signal is aborted.
 *
 * @param seen the mark of the state that is shown already
 * @param refresh called, one call after the other, when the state is another than the last time; false: it
 *   could not be shown yet
 */
export async function followState(
  path: string,
  seen: string,
  refresh: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  let shown = seen;
  while (!signal.aborted) {
    const mark = stateMark(path, Date.now());
    let pause = glance;
    if (mark !== shown) {
      const start = performance.now();
      if (await refresh()) shown = mark;
      pause = Math.max(rest, leisure * (performance.now() - start));
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}
