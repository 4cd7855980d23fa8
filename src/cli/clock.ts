/** The real clock. */
import type { Clock } from '../run/ports.ts';

/** Node's timers overflow beyond this and would fire at once. */
const longestTimer = 2 ** 31 - 1;

export const realClock: Clock = {
  now: Date.now,
  // Not `timers/promises`: an abort there makes an error with a stack, some thousand times a second.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(Math.max(0, ms), longestTimer));
      signal?.addEventListener('abort', wake, { once: true });
    }),
};
