/**
 * What a balance allows: nothing when it is used up, otherwise a task at once for every ten dollars,
 * at least one, and above $250 as many as one likes.
 */
import { perDollar, twelveDecimals } from './price.ts';

export interface AccountState {
  /** In 1e-12 USD; below zero where tasks cost more than there was. Undefined: without end. */
  readonly balance: bigint | undefined;
  /** Tasks that have not ended. */
  readonly inFlight: number;
}

/** Codes and words are Wiro's. */
export interface Refusal {
  readonly code: 96 | 97;
  readonly message: string;
}

/** Why the account may not have one more task now; undefined: it may. */
export function refusalOf({ balance, inFlight }: AccountState): Refusal | undefined {
  if (balance === undefined) return undefined;
  if (balance <= 0n) return { code: 97, message: 'Insufficient balance' };
  const limit = tasksAtOnce(balance);
  if (inFlight < limit) return undefined;
  // Cents are cut off: nobody is to be told of more than there is.
  const stated = twelveDecimals(balance).slice(0, -10);
  return {
    code: 96,
    message: `You have reached your concurrent task limit. With your current balance of $${stated}, you can run up to ${limit} tasks at the same time. Add funds to increase your limit.`,
  };
}

/** @param balance above zero */
function tasksAtOnce(balance: bigint): number {
  if (balance > 250n * perDollar) return Infinity;
  return Math.max(1, Number(balance / (10n * perDollar)));
}
