/**
 * The jobs that show what a plan is made of, found without walking through it: its first ones, and of each
 * axis the first job with each of its first labels. `sample-jobs.ts` chooses among them.
 */
import type { Candidate, Candidates, PlannedJob } from './candidates.ts';
import { mergedAt } from './expand.ts';
import type { Place } from './product.ts';

/** @param most how many of them, and how many labels of an axis, matter */
export function firstOfEach(candidates: Candidates, most: number): Iterable<PlannedJob> {
  const { expansion, walk, at } = candidates;
  const { axes, merged, product, standalone } = expansion;
  const first = [...walk().take(most)];
  const places = [...axes.keys()].flatMap((axis) => [...product.firstOn(axis).take(most)]);
  const further = [
    ...places
      .sort(inOrder)
      .map((place) => at({ place, merged: mergedAt(merged, place), isInRow: false })),
    // Entries of `include` may have labels of their own.
    ...standalone.map(at),
  ];
  const shown = new Map(further.map((job) => [keyOf(job), job]));
  for (const job of first) shown.delete(keyOf(job));
  return [...first, ...shown.values()];
}

/** The same for all copies of a combination. */
function keyOf({ origin }: Candidate): string {
  return JSON.stringify(origin);
}

function inOrder(one: Place, other: Place): number {
  const axis = one.findIndex((position, index) => position !== other[index]);
  return axis < 0 ? 0 : (one[axis] ?? 0) - (other[axis] ?? 0);
}
