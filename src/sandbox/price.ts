/**
 * Money of this server, in integers of 1e-12 USD. A song costs `cps` dollars for each second of
 * execution, to twelve decimals, as Wiro states it; or, where a price for a task was asked for, that.
 */
import { parseBudget } from '../manifest/quantities.ts';

export const perDollar = 1_000_000_000_000n;

/** The rate in the model page's own sample answer: 0.000585 USD a second. */
const perSecond = 585_000_000n;

/** Seconds of execution of a usual song, for the price that is told before any was bought. */
const usualSeconds = 105;

/** Undefined for what is no amount. Read as it is written: 0.1 is a tenth of a dollar, to the last digit. */
export function fromUsd(usd: number): bigint | undefined {
  return parseBudget(String(usd));
}

/** @param seconds of execution, to four decimals */
export function costOf(seconds: number): bigint {
  return (perSecond * BigInt(Math.round(seconds * 10_000))) / 10_000n;
}

/** `"0.003510000000"` */
export function twelveDecimals(amount: bigint): string {
  const sign = amount < 0n ? '-' : '';
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % perDollar).toString().padStart(12, '0');
  return `${sign}${(size / perDollar).toString()}.${fraction}`;
}

export const statedRate = twelveDecimals(perSecond);
export const statedCost = twelveDecimals(costOf(usualSeconds));

/** `dynamicprice` of Tool/Detail: JSON in a string. One row without inputs is a price for every task. */
export function statedPrice(perTask: bigint): string {
  const usd = twelveDecimals(perTask).replace(/\.?0+$/, '');
  // Wiro writes the price as a number: put together as text, so that it is exact.
  return `[{"inputs":{},"price":${usd},"priceMethod":"cpr"}]`;
}
