/**
 * How many tasks to keep in flight. The account's limit is not ours to know: it follows the balance
 * and other programs share it. Code 96 is how it is told; it is back-pressure, not a failure.
 *
 * Take the limit from the message where it names one, otherwise halve; when so many were in flight for a
 * quiet time try a twentieth more (of few tasks: one), never above what the user asked for. One by one it
 * would take days to get from twenty-five tasks to the thousands that an account may have after it was topped up.
 */
const step = 1 / 20;
/** Runs on their way at once, of the limit: as many may be refused. */
const onKnownGround = 1 / 20;
const beyond = 1 / 100;

export interface Concurrency {
  readonly limit: number;
  /** What the user asked for. */
  readonly ceiling: number;
  /** So many the API has allowed at once, by all that is known since it last said no. */
  readonly proven: number;
  /** When the limit may be raised; milliseconds since 1970. */
  readonly probeAt: number;
}

export function startingConcurrency(ceiling: number): Concurrency {
  return { limit: ceiling, ceiling, proven: 0, probeAt: 0 };
}

/**
 * @param inFlight tasks of ours that were running when the API said no: so many it does allow
 * @param probeInterval milliseconds without a refusal before more tasks are tried
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
  const allowed = Math.max(1, Math.min(limit, concurrency.ceiling));
  return { ...concurrency, limit: allowed, proven: allowed, probeAt: now + probeInterval };
}

/** For a time in which as many tasks were in flight as the limit says. */
export function afterQuiet(
  concurrency: Concurrency,
  now: number,
  probeInterval: number,
): Concurrency {
  const { limit, ceiling, probeAt } = concurrency;
  if (limit >= ceiling || now < probeAt) return concurrency;
  const more = Math.max(1, Math.floor(limit * step));
  return {
    limit: Math.min(limit + more, ceiling),
    ceiling,
    proven: limit,
    probeAt: now + probeInterval,
  };
}

/** How many Runs may be on their way at once, so that few are refused. @param inFlight tasks of ours */
export function runsAtOnce({ limit, ceiling, proven }: Concurrency, inFlight: number): number {
  if (limit >= ceiling) return Infinity;
  return Math.max(1, Math.floor(limit * (inFlight < proven ? onKnownGround : beyond)));
}

/**
 * API calls under way at once, at most: half a second's, so that a rate that is allowed can be used though
 * answers take their time, and no call waits long behind others.
 */
export function requestsAtOnce(requestsPerSecond: number): number {
  return Math.min(256, Math.max(32, Math.ceil(requestsPerSecond / 2)));
}

/** "... you can run up to 5 tasks at the same time" */
function namedLimit(message: string): number | undefined {
  const match = /up to (\d{1,6}) tasks?\b/i.exec(message);
  return match ? Number(match[1]) : undefined;
}
