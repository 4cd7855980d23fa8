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
  /** The most that one task is expected to cost; undefined while nobody knows. */
  readonly worst: Picodollars | undefined;
}

export type Affordability =
  | 'yes'
  /** Not while these tasks are in flight; they may turn out cheaper. */
  | 'wait'
  | 'no';

export function canAfford(budget: Picodollars | undefined, ledger: Ledger): Affordability {
  if (budget === undefined) return 'yes';
  if (ledger.worst === undefined) {
    // The price is not known: one task at a time, until the first bill has told it.
    if (ledger.spent >= budget) return 'no';
    if (ledger.inFlight > 0) return 'wait';
    return ledger.unsettled > 0 ? 'no' : 'yes';
  }
  const committed = ledger.spent + BigInt(ledger.inFlight + ledger.unsettled) * ledger.worst;
  if (committed + ledger.worst <= budget) return 'yes';
  return ledger.inFlight > 0 ? 'wait' : 'no';
}
