/**
 * How many tasks to keep in flight. The account's limit is not ours to know: it follows the balance
 * and other programs share it. Code 96 is how it is told; it is back-pressure, not a failure.
 *
 * Take the limit from the message where it names one, otherwise halve; after a quiet time try one
 * more (additive increase, multiplicative decrease), never above what the user asked for.
 */
export interface Concurrency {
  readonly limit: number;
  /** What the user asked for. */
  readonly ceiling: number;
  /** When the limit may be raised by one; milliseconds since 1970. */
  readonly probeAt: number;
}

export function startingConcurrency(ceiling: number): Concurrency {
  return { limit: ceiling, ceiling, probeAt: 0 };
}

/**
 * @param inFlight tasks of ours that were running when the API said no: so many it does allow
 * @param probeInterval milliseconds without a refusal before one more task is tried
 */
export function afterRefusal(
  concurrency: Concurrency,
  message: string,
  inFlight: number,
  now: number,
  probeInterval: number,
): Concurrency {
  const named = namedLimit(message);
  // Others on the account take their part of a limit that is named, so ours may be less.
  const limit = named === undefined ? Math.floor(inFlight / 2) : Math.min(named, inFlight);
  return {
    ...concurrency,
    limit: Math.max(1, Math.min(limit, concurrency.ceiling)),
    probeAt: now + probeInterval,
  };
}

export function afterQuiet(
  concurrency: Concurrency,
  now: number,
  probeInterval: number,
): Concurrency {
  const { limit, ceiling, probeAt } = concurrency;
  if (limit >= ceiling || now < probeAt) return concurrency;
  return { limit: limit + 1, ceiling, probeAt: now + probeInterval };
}

/** "... you can run up to 5 tasks at the same time" */
function namedLimit(message: string): number | undefined {
  const match = /up to (\d{1,6}) tasks?\b/i.exec(message);
  return match ? Number(match[1]) : undefined;
}
