/**
 * Tells that the API does not answer, for whoever would otherwise look at nothing while it is asked again
 * and again. A single hiccup is not worth a line, nor is one outage worth many.
 */

import type { Tell } from './surroundings.ts';

/** Milliseconds without an answer that go by untold. */
const unremarkable = 2_000;
/** Milliseconds between two lines at least. */
const quietFor = 60_000;

/**
 * @param host as the user knows it
 * @returns what the client tells of every unanswered read, see `wiro/retry.ts`
 */
export function createSilenceReport(
  host: string,
  tell: Tell,
): (call: string, message: string, until: number) => void {
  let toldAt = -Infinity;
  return (call, message, until) => {
    const now = performance.now();
    if (until < unremarkable || now - toldAt < quietFor) return;
    toldAt = now;
    tell(`! ${host} does not answer ${call}: ${message}; trying again (Ctrl-C ends it)`, 'warn');
  };
}
