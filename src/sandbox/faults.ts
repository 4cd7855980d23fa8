/**
 * Faults that the embedded server can be asked for: by name, each with the probability that it
 * strikes. They are drawn from seeded streams, one for each name: whether a fault strikes for the
 * n-th time that it could depends on the seed, its name and n, on no other fault and on no clock.
 */
import { didYouMean } from '../manifest/nearest.ts';
import { chance } from './engine/random.ts';

/** Every fault, and what the server does when it strikes. */
export const faultMeanings = {
  'run.dropBefore': 'The connection is cut; no task is made.',
  'run.dropAfter': 'The task is made, then the connection is cut before the answer.',
  'run.500': 'HTTP 500; no task is made.',
  'run.500after': 'The task is made, then the answer is HTTP 500.',
  'run.502html': 'HTTP 502 with a page of HTML, as of a proxy; no task is made.',
  'run.garbage': 'The task is made, but the answer is not JSON.',
  'run.hang': 'The task is made, and there is never an answer.',
  'detail.500': 'HTTP 500 in place of the task.',
  'detail.502html': 'HTTP 502 with a page of HTML in place of the task.',
  'detail.garbage': 'An answer that is not JSON.',
  'detail.empty': 'A good answer, but its list of tasks is empty.',
  'detail.drop': 'The connection is cut before the answer.',
  'list.500': 'HTTP 500 in place of the list.',
  'list.502html': 'HTTP 502 with a page of HTML in place of the list.',
  'list.garbage': 'An answer that is not JSON.',
  'list.empty': 'A good answer that shows no task and counts none.',
  'list.drop': 'The connection is cut before the answer.',
  'list.lag': 'A new task is not in the list before `lagSeconds` of model time have passed.',
  'list.noParameters': 'The tasks of the list come without their parameters.',
  'download.500': 'HTTP 500 in place of the file.',
  'download.404': 'HTTP 404 in place of the file.',
  'download.truncate': 'The whole length is promised, and the connection is cut in the middle.',
  'download.wrongLength': 'The file comes a byte short, and Content-Length agrees with that.',
  'download.noRange': 'The file comes whole whatever range was asked for.',
  'task.fail': 'The task ends with `pexit` "1", unbilled.',
  'task.error': 'The task breaks down before it is executed (`task_error`), unbilled.',
  'task.cancel': 'The task is cancelled by the system (`task_cancel`), unbilled.',
  'task.noOutputs': 'The task ends with `pexit` "0" but without an output, unbilled.',
  'task.hang': 'The task starts and never ends; it keeps no worker from others.',
  'socket.refuse': 'HTTP 503 in place of a WebSocket.',
  'socket.drop': 'The WebSocket is cut in place of a message about a task.',
  'socket.mute': 'A message about a task is not sent.',
  'socket.garbage': 'Text that is not JSON in place of a message about a task.',
  'socket.binary': 'A binary frame before a message about a task.',
  'webhook.drop': '`callbackUrl` is not called.',
  'webhook.twice': '`callbackUrl` is called a second time.',
  'webhook.early': '`callbackUrl` is called shortly before the task ends, and not again.',
} as const;

export type FaultName = keyof typeof faultMeanings;

export interface Faults {
  /** Equal seeds give equal faults; 1 if left out. */
  readonly seed?: number;
  /** From 0, never, to 1, always. */
  readonly rates: Readonly<Partial<Record<FaultName, number>>>;
  /** How late `list.lag` is: seconds of model time, 20 if left out. */
  readonly lagSeconds?: number;
}

export interface Dice {
  /** Whether the fault strikes this time. Whoever asks must then let it. */
  readonly strikes: (name: FaultName) => boolean;
  /**
   * The first of these faults that strikes. All are drawn, so that what one does this time does not
   * change what another does next time.
   */
  readonly first: <Name extends FaultName>(names: readonly Name[]) => Name | undefined;
  readonly lagSeconds: number;
}

/** What is asked whenever something could go wrong. Can be set at any time. */
export interface FaultInjector {
  /** Undefined while no fault is set. */
  readonly dice: Dice | undefined;
  /** In place of those that were set before; their streams begin anew. */
  readonly set: (faults: Faults) => void;
}

/** @param onStrike told of every fault that strikes */
export function createFaultInjector(onStrike: (name: FaultName) => void): FaultInjector {
  let dice: Dice | undefined;
  return {
    get dice() {
      return dice;
    },
    set: (faults) => {
      dice = Object.values(faults.rates).some((rate) => rate > 0)
        ? throwDice(faults, onStrike)
        : undefined;
    },
  };
}

function throwDice(
  { seed = 1, rates, lagSeconds = 20 }: Faults,
  onStrike: (name: FaultName) => void,
): Dice {
  const streams = new Map(
    faultNames.map((name) => {
      const { next } = chance(`fault ${seed} ${name}`);
      return [name, { next, rate: rates[name] ?? 0 }];
    }),
  );
  const falls = (name: FaultName): boolean => {
    const stream = streams.get(name);
    return stream !== undefined && stream.next() < stream.rate;
  };
  return {
    strikes: (name) => {
      if (!falls(name)) return false;
      onStrike(name);
      return true;
    },
    first: (names) => {
      const [struck] = names.filter(falls);
      if (struck !== undefined) onStrike(struck);
      return struck;
    },
    lagSeconds,
  };
}

const faultNames = Object.keys(faultMeanings).filter(isFaultName);

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultMeanings, name);
}

export type ReadFaults =
  | { readonly kind: 'faults'; readonly faults: Faults }
  | { readonly kind: 'refused'; readonly why: string };

/** Faults that come from outside: from a request, or from JavaScript that no compiler has seen. */
export function readFaults(value: unknown): ReadFaults {
  if (!isObject(value) || !isObject(value['rates'])) return refused('[rates] is not an object');
  const { seed, rates, lagSeconds, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return refused(`[${unknown}] is not seed, rates or lagSeconds`);
  const read: Partial<Record<FaultName, number>> = {};
  for (const [name, rate] of Object.entries(rates)) {
    const problem = problemWith(name, rate);
    if (problem !== undefined) return refused(problem);
    if (isFaultName(name) && typeof rate === 'number') read[name] = rate;
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    return refused('[seed] is not a whole number');
  }
  if (lagSeconds !== undefined && !isNumberFrom(0, Number.MAX_SAFE_INTEGER, lagSeconds)) {
    return refused('[lagSeconds] is not a number from 0');
  }
  return {
    kind: 'faults',
    faults: {
      rates: read,
      ...(typeof seed === 'number' && { seed }),
      ...(typeof lagSeconds === 'number' && { lagSeconds }),
    },
  };
}

/** What is wrong with a fault and its rate; undefined: nothing. */
function problemWith(name: string, rate: unknown): string | undefined {
  if (!isFaultName(name)) {
    const hint = didYouMean(name, faultNames);
    return `there is no fault "${name.slice(0, 40)}"${hint === undefined ? '' : `: ${hint}`}`;
  }
  return isNumberFrom(0, 1, rate) ? undefined : `the rate of ${name} is not a number from 0 to 1`;
}

function isNumberFrom(min: number, max: number, value: unknown): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(why: string): ReadFaults {
  return { kind: 'refused', why };
}
