/**
 * Values sorted into the bins of a histogram. Their width follows Freedman and Diaconis (twice the middle half over
 * the cube root of the count), rounded to one that people count in. What is far out has bins of its own
 * at the ends, open to one side: a single task that took a night would else press all others into one bar.
 */
import { fencesOf, spreadOf, type Spread } from './spread.ts';

export interface Bin {
  /** Included; -Infinity in a bin that is open below. */
  readonly from: number;
  /** Excluded; Infinity in a bin that is open above. */
  readonly to: number;
  /** Positions of its values. */
  readonly members: readonly number[];
}

export interface Histogram {
  readonly bins: readonly Bin[];
  readonly spread: Spread;
  /** Values beyond 1.5 times the middle half from it. */
  readonly outliers: readonly number[];
}

/** In what steps people count a measure. */
export interface Grain {
  readonly isTime: boolean;
  /** What is told of a value: of bins that are narrower all labels would be the same. */
  readonly finest: number;
}

const fewestBins = 4;
const mostBins = 40;

/** Undefined where there is nothing to sort: no two values that differ for people. */
export function histogramOf(values: readonly number[], grain: Grain): Histogram | undefined {
  const spread = spreadOf(values);
  // A hair less: differences are no round numbers in floating point.
  if (!spread || spread.most - spread.least < 0.999 * grain.finest) return undefined;
  const far = fencesOf(spread, 3);
  const isNear = (value: number) => value >= far.low && value <= far.high;
  const near = spread.lower === spread.upper ? spread : (spreadOf(values.filter(isNear)) ?? spread);
  const edges = edgesOf(near, grain);

  const members = Array.from({ length: edges.length + 1 }, (): number[] => []);
  for (const [position, value] of values.entries()) {
    members[edges.findLastIndex((edge) => edge <= value) + 1]?.push(position);
  }
  const bins = members.map((list, index) => ({
    from: edges[index - 1] ?? -Infinity,
    to: edges[index] ?? Infinity,
    members: list,
  }));
  const isInUse = ({ from, to, members: { length } }: Bin) =>
    length > 0 || (from !== -Infinity && to !== Infinity);
  const { low, high } = fencesOf(spread, 1.5);
  return {
    bins: bins.filter(isInUse),
    spread,
    outliers: values.filter((value) => value < low || value > high),
  };
}

/** Where in a row of equally wide bins a value stands: 2.5 is the middle of the third. */
export function placeIn(bins: readonly Bin[], value: number): number {
  const index = bins.findIndex(({ to }) => value < to);
  const bin = bins[index];
  if (!bin) return bins.length;
  const width = bin.to - bin.from;
  return index + (Number.isFinite(width) ? Math.max(0, (value - bin.from) / width) : 0.5);
}

/** The last is above all values. */
function edgesOf({ least, lower, upper, most, count }: Spread, grain: Grain): readonly number[] {
  const range = most - least;
  const byQuartiles = (2 * (upper - lower)) / Math.cbrt(count);
  // Half of the values are the same: Sturges' rule does not ask where they are.
  const wanted = byQuartiles > 0 ? byQuartiles : range / Math.ceil(Math.log2(count) + 1);
  const narrowest = Math.max(grain.finest, range / (mostBins - 1));
  const widest = range / fewestBins;
  const width = roundWidth(Math.max(narrowest, Math.min(widest, wanted)), narrowest, grain);
  const first = Math.floor(least / width);
  const last = Math.floor(most / width) + 1;
  return Array.from({ length: last - first + 1 }, (_, index) => edge(first + index, width));
}

/** `3 * 0.1` is not 0.3 in floating point, `3 / 10` is. */
function edge(number: number, width: number): number {
  return width < 1 ? number / Math.round(1 / width) : number * width;
}

/** The one nearest to it, of those that are not too narrow, that people count in. */
function roundWidth(width: number, narrowest: number, { isTime }: Grain): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const decimal = [1, 2, 5, 10, 20].map((step) => step * power);
  const steps = isTime && width > 0.7 ? clock : decimal;
  const offBy = (step: number) => Math.abs(Math.log(step / width));
  const fitting = steps.filter((step) => step >= narrowest);
  return fitting.reduce((best, step) => (offBy(step) < offBy(best) ? step : best), fitting[0] ?? width); // prettier-ignore
}

const clock = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]; // prettier-ignore
