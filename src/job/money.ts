/**
 * Money, exactly: integers of 1e-12 USD, the precision in which Wiro reports costs
 * (`totalcost "0.003510000000"`). Never a float, so that a million small sums add up.
 */
export type Picodollars = bigint;

const digits = 12;
const perDollar = 10n ** BigInt(digits);

/**
 * Reads a decimal amount of USD: `"0.003510000000"`, `"25"`, `25.5`, `5.85e-7`. Digits beyond the
 * twelfth round up, so that a cost is never understated. `undefined` if it is not an amount; nothing
 * that has more than fifty digits is one.
 */
export function parseUsd(text: string | number): Picodollars | undefined {
  const match = /^\s*(\d{1,50})(?:\.(\d{0,50}))?(?:e([+-]?\d{1,2}))?\s*$/i.exec(String(text));
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const shift = digits - fraction.length + Number(exponent);
  const value = BigInt(whole + fraction);
  if (shift >= 0) return value * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (value + divisor - 1n) / divisor;
}

/** The exact decimal without trailing zeros: `"0.00351"`. For files and `--json`. */
export function exactUsd(amount: Picodollars): string {
  const sign = amount < 0n ? '-' : '';
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % perDollar).toString().padStart(digits, '0').replace(/0+$/, '');
  const whole = (size / perDollar).toString();
  return sign + (fraction === '' ? whole : `${whole}.${fraction}`);
}

/** For people: cents from a dollar on (`$12.35`), below that three significant digits (`$0.00351`). */
export function showUsd(amount: Picodollars): string {
  if (amount === 0n) return '$0';
  const dollars = Number(amount) / Number(perDollar);
  if (Math.abs(dollars) >= 1) return `$${dollars.toFixed(2)}`;
  const decimals = Number(dollars.toPrecision(3)).toFixed(digits);
  return `$${decimals.replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}
