/** Follows a state while runs come and go, for whoever shows it: tells when there is something new to show. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ShownState } from './shown-state.ts';

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
  state: Pick<ShownState, 'mark' | 'glance'>,
  seen: string,
  refresh: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => signal.aborted;
  let shown = seen;
  while (!isOver()) {
    let pause = state.glance;
    try {
      const mark = await state.mark();
      if (mark !== shown) {
        const start = performance.now();
        if (await refresh()) shown = mark;
        pause = Math.max(rest, leisure * (performance.now() - start));
      }
    } catch (error) {
      // Whoever ends this closes what it is read from, too.
      if (!isOver()) throw error;
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}
