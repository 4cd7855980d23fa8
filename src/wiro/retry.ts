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

/**
 * @param what names the call in messages: "Task/List"
 * @throws ApiFault `unreachable`, or the signal's reason
 */
export async function untilAnswered<Answer extends { readonly kind: string }>(
  what: string,
  attempt: () => Promise<Answer | Fault>,
  surroundings: { limits: RetryLimits; clock: Clock; random: () => number },
  signal?: AbortSignal,
): Promise<Answer> {
  const { limits, clock, random } = surroundings;
  const start = clock.elapsed();

  for (let failures = 0; ; failures += 1) {
    const outcome = await attempt();
    if (!isFault(outcome)) return outcome;
    signal?.throwIfAborted();

    const jitter = random() * Math.min(limits.cap, limits.base * 2 ** failures);
    const wait = Math.max(jitter, outcome.retryAfter ?? 0);
    if (clock.elapsed() - start + wait > limits.total) {
      throw new ApiFault(
        'unreachable',
        `${what}: no usable answer after ${failures + 1} tries; the last: ${outcome.message}`,
      );
    }
    await clock.sleep(wait, signal);
  }
}

function isFault(outcome: { readonly kind: string }): outcome is Fault {
  return outcome.kind === 'fault';
}
