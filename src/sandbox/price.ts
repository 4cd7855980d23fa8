/**
 * What a song costs here, in integers of 1e-12 USD: `cps` dollars for each second of execution, to
 * twelve decimals, as Wiro states it.
 */
const perDollar = 1_000_000_000_000n;

/** The rate in the model page's own sample answer: 0.000585 USD a second. */
const perSecond = 585_000_000n;

/** Seconds of execution of a usual song, for the price that is told before any was bought. */
const usualSeconds = 105;

/** @param seconds of execution, to four decimals */
export function costOf(seconds: number): bigint {
  return (perSecond * BigInt(Math.round(seconds * 10_000))) / 10_000n;
}

/** `"0.003510000000"` */
export function twelveDecimals(amount: bigint): string {
  const fraction = (amount % perDollar).toString().padStart(12, '0');
  return `${(amount / perDollar).toString()}.${fraction}`;
}

export const statedRate = twelveDecimals(perSecond);
export const statedCost = twelveDecimals(costOf(usualSeconds));
