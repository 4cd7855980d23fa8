/**
 * Whether anything more may be submitted: open, paused until a time, or closed for the rest of the
 * run. Whoever wants to submit passes through here first.
 */
import type { StopReason } from './events.ts';
import type { Clock } from './ports.ts';

export interface Gate {
  /** Resolves when a submission may be made (true) or when the gate is closed (false). */
  readonly pass: () => Promise<boolean>;
  /** For good; the first reason stays. */
  readonly close: (reason: StopReason) => void;
  /** Nothing passes before that time (milliseconds since 1970). */
  readonly pauseUntil: (time: number) => void;
  readonly closed: () => StopReason | undefined;
  /** Aborted when the gate closes, to wake whoever waits. */
  readonly signal: AbortSignal;
}

export function createGate(clock: Clock, onClose: (reason: StopReason) => void): Gate {
  const closing = new AbortController();
  let reason: StopReason | undefined;
  let opensAt = 0;
  return {
    pass: async () => {
      while (reason === undefined) {
        const wait = opensAt - clock.now();
        if (wait <= 0) return true;
        await clock.sleep(wait, closing.signal);
      }
      return false;
    },
    close: (why) => {
      if (reason !== undefined) return;
      reason = why;
      closing.abort();
      onClose(why);
    },
    pauseUntil: (time) => {
      opensAt = Math.max(opensAt, time);
    },
    closed: () => reason,
    signal: closing.signal,
  };
}
