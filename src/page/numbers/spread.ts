/** How values are spread: the median, the middle half, and what lies far from it. */

export interface Spread {
  readonly count: number;
  readonly least: number;
  /** A quarter of the values is below it. */
  readonly lower: number;
  readonly median: number;
  /** A quarter of the values is above it. */
  readonly upper: number;
  readonly most: number;
}

/** Undefined where there are no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = Float64Array.from(values).sort();
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return undefined;
  return {
    count: sorted.length,
    least,
    lower: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upper: quantile(sorted, 0.75),
    most,
  };
}

/** Tukey's fences: beyond them a value is an outlier (1.5 times the middle half away), or far out (3 times). */
export function fencesOf(
  { lower, upper }: Spread,
  times: 1.5 | 3,
): { readonly low: number; readonly high: number } {
  const reach = times * (upper - lower);
  return { low: lower - reach, high: upper + reach };
}

export function medianOf(values: readonly number[]): number | undefined {
  return spreadOf(values)?.median;
}

export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sumOf(values) / values.length;
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** On the line between its neighbours, as R (type 7), NumPy and spreadsheets have it. */
function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}
