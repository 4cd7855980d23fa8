/** Items (values of an axis, jobs) in the order in which they are liked, with how sure that is. */
import { bradleyTerry, certaintyOf, within95, type Strengths } from './bradley-terry.ts';
import type { CountedComparison, CountedStars } from './counted.ts';

export interface Ranked {
  readonly comparisons: number;
  /** Of these; a tie is half a win. */
  readonly wins: number;
  /** Absent without comparisons. */
  readonly strength?: Strength;
  readonly stars?: MeanStars;
  /**
   * How sure it is that this one is stronger than the next one with comparisons: a probability from 0.5.
   * Below 0.95 their order is undecided. Worked out for the first 50.
   */
  readonly overNext?: number;
}

export interface Strength {
  /** On the logit scale, 0 being the mean: who is ahead by 1 is preferred in 73 % of comparisons. */
  readonly value: number;
  /** Of the 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
}

export interface MeanStars {
  readonly mean: number;
  readonly number: number;
}

export interface Standings {
  /** The best first. */
  readonly ranked: readonly (Ranked & { readonly item: string })[];
  /** Its items are `items`, in their order. */
  readonly fit: Strengths;
  readonly itemOf: ReadonlyMap<string, number>;
}

/** Further down nobody chooses, and each costs a solution of the model. */
const weighedNeighbours = 50;

/**
 * What has no comparison stands where the model has it before anything is heard, at 0, among the others.
 * There the stars decide: their mean, then their number.
 *
 * @param items all, each once
 * @param itemAt the item that a song stands for, by the song's place
 * @param comparisons none of them skipped
 */
export function standingsOf(
  items: readonly string[],
  itemAt: (place: number) => string | undefined,
  comparisons: readonly CountedComparison[],
  stars: readonly CountedStars[],
): Standings {
  const itemOf = new Map(items.map((item, index) => [item, index]));
  const indexAt = (place: number) => itemOf.get(itemAt(place) ?? '') ?? -1;
  const duels = comparisons
    .map(({ a, b, choice }) => {
      const winsA = choice === 'a' ? 1 : choice === 'equal' ? 0.5 : 0;
      return { a: indexAt(a), b: indexAt(b), winsA, winsB: 1 - winsA };
    })
    // Two songs of one job say nothing of the job.
    .filter(({ a, b }) => a !== b);
  const fit = bradleyTerry(items.length, duels);

  const met = new Uint32Array(items.length);
  const won = new Float64Array(items.length);
  for (const { a, b, winsA, winsB } of duels) {
    met[a] = (met[a] ?? 0) + 1;
    met[b] = (met[b] ?? 0) + 1;
    won[a] = (won[a] ?? 0) + winsA;
    won[b] = (won[b] ?? 0) + winsB;
  }
  const starsOf = sumStars(stars, indexAt);
  const unordered = items.map((item, index) => ({
    item,
    index,
    strength: met[index] === 0 ? 0 : withoutNoise(fit.strengths[index] ?? 0),
    stars: starsOf.get(index),
  }));
  const order = unordered.sort(
    (one, other) =>
      other.strength - one.strength ||
      (other.stars?.mean ?? 0) - (one.stars?.mean ?? 0) ||
      (other.stars?.number ?? 0) - (one.stars?.number ?? 0),
  );
  const certainty = certainties(
    order.flatMap(({ index }) => (met[index] === 0 ? [] : [index])),
    fit,
  );
  const ranked = order.map(({ item, index, stars }) => {
    const comparisons = met[index] ?? 0;
    const overNext = certainty.get(index);
    return {
      item,
      comparisons,
      wins: won[index] ?? 0,
      ...(comparisons > 0 && { strength: strengthOf(fit, index) }),
      ...(stars && { stars }),
      ...(overNext !== undefined && { overNext }),
    };
  });
  return { ranked, fit, itemOf };
}

/** Equal strengths are equal only as far as they are worked out: there the stars decide. */
function withoutNoise(strength: number): number {
  return Math.round(strength * 1e8) / 1e8;
}

function strengthOf({ strengths, errors }: Strengths, index: number): Strength {
  const value = strengths[index] ?? 0;
  const margin = within95 * (errors[index] ?? 0);
  return { value, low: value - margin, high: value + margin };
}

/** @param order items with comparisons, the strongest first */
function certainties(order: readonly number[], fit: Strengths): ReadonlyMap<number, number> {
  const neighbours = order.slice(0, weighedNeighbours).flatMap((index, rank) => {
    const next = order[rank + 1];
    return next === undefined ? [] : [{ index, next }];
  });
  return new Map(
    neighbours.map(({ index, next }) => [index, certaintyOf(fit.difference(index, next))]),
  );
}

function sumStars(
  stars: readonly CountedStars[],
  indexAt: (place: number) => number,
): ReadonlyMap<number, MeanStars> {
  const sums = new Map<number, { sum: number; number: number }>();
  for (const { of, stars: given } of stars) {
    const { sum, number } = sums.get(indexAt(of)) ?? { sum: 0, number: 0 };
    sums.set(indexAt(of), { sum: sum + given, number: number + 1 });
  }
  return new Map(
    [...sums].map(([item, { sum, number }]) => [item, { mean: sum / number, number }]),
  );
}
