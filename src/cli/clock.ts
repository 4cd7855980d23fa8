/** The real clock. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../run/ports.ts';

export const realClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    try {
      await delay(Math.max(0, Math.min(ms, 2 ** 31 - 1)), undefined, { ...(signal && { signal }) });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
