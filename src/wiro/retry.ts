/**
 * Repeats calls that do no harm when repeated, until they are answered or time is up. The waits
 * are drawn from zero to a bound that doubles (full jitter), so that many clients which failed
 * together do not come back together.
 */
import { ApiFault } from '../job/api-fault.ts';
import type { Clock } from './clock.ts';
import type { Fault } from './read-answer.ts';

export interface RetryLimits {
  /** Milliseconds; bound of the first wait. */
  readonly base: number;
  /** Milliseconds; bound of any wait. A longer Retry-After is honoured all the same. */
  readonly cap: number;
  /** Milliseconds from the first try after which no other is made. */
  readonly total: number;
}

export const defaultRetryLimits: RetryLimits = { base: 500, cap: 15_000, total: 120_000 };

export interface Surroundings {
  readonly limits: RetryLimits;
  readonly clock: Clock;
  readonly random: () => number;
  /**
   * Told of every fault that is followed by another try; `until` is the time from the first try to that
   * one, in milliseconds: for so long there has been no answer by then.
   */
  readonly onFault?: (message: string, until: number) => void;
}

/**
 * @param what names the call in messages: "Task/List"
 * @throws ApiFault `unreachable`, or the signal's reason
 */
export async function untilAnswered<Answer extends { readonly kind: string }>(
  what: string,
  attempt: () => Promise<Answer | Fault>,
  { limits, clock, random, onFault }: Surroundings,
  signal?: AbortSignal,
): Promise<Answer> {
  const start = clock.elapsed();

  for (let failures = 0; ; failures += 1) {
    const outcome = await attempt();
    if (!isFault(outcome)) return outcome;
    signal?.throwIfAborted();

    const jitter = random() * Math.min(limits.cap, limits.base * 2 ** failures);
    const wait = Math.max(jitter, outcome.retryAfter ?? 0);
    const until = clock.elapsed() - start + wait;
    if (until > limits.total) {
      throw new ApiFault(
        'unreachable',
        `${what}: no usable answer after ${failures + 1} tries; the last: ${outcome.message}`,
      );
    }
    onFault?.(outcome.message, until);
    await clock.sleep(wait, signal);
  }
}

function isFault(outcome: { readonly kind: string }): outcome is Fault {
  return outcome.kind === 'fault';
}
