/**
 * The real clock. It reads the system's time once and counts on from there by itself: when somebody
 * sets the system's clock, a wait must not last an hour, nor a grace time be over at once.
 */
import type { Clock } from '../run/ports.ts';

/** Node's timers overflow beyond this and would fire at once. */
const longestTimer = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
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
