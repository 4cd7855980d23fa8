/**
 * Whether another job may be bought. Spent + the worst that what is in flight may still cost + this
 * job must fit into the budget: a bill is never larger than what was allowed.
 */
import type { Picodollars } from './money.ts';

export interface Ledger {
  readonly spent: Picodollars;
  /** Tasks that may still be billed, and that this run sees the end of. */
  readonly inFlight: number;
  /** Submissions that may have been bought, and that this run could not settle. */
  readonly unsettled: number;
  /** The dearest song of the batch so far; undefined before the first bill. */
  readonly dearest: Picodollars | undefined;
  /** What the API says that a song costs; undefined where it says nothing. */
  readonly stated: Picodollars | undefined;
}

export type Affordability =
  | 'yes'
  /** Not while these tasks are in flight; they may turn out cheaper. */
  | 'wait'
  | 'no';

/** How far a stated price may be off, for songs beside the first, until a bill has told. */
const untold = 10n;

export function canAfford(budget: Picodollars | undefined, ledger: Ledger): Affordability {
  if (budget === undefined) return 'yes';
  const { spent, inFlight, unsettled, dearest, stated } = ledger;
  const isTold = dearest !== undefined;
  const expected = dearer(dearest, stated);
  if (expected === undefined) {
    // The price is not known at all: one task at a time, until the first bill has told it.
    if (spent >= budget) return 'no';
    if (inFlight > 0) return 'wait';
    return unsettled > 0 ? 'no' : 'yes';
  }
  const others = BigInt(inFlight + unsettled);
  const worst = isTold || others === 0n ? expected : expected * untold;
  if (spent + (others + 1n) * worst <= budget) return 'yes';
  return inFlight > 0 ? 'wait' : 'no';
}

/** What another song may cost: no less than the dearest so far, nor than what the API says. */
export function dearer(
  a: Picodollars | undefined,
  b: Picodollars | undefined,
): Picodollars | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
