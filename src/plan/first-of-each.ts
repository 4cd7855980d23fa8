/**
 * The jobs that show what a plan is made of, found without walking through it: its first ones, and of each
 * axis the first job with each of its first labels. `sample-jobs.ts` chooses among them.
 */
import type { Candidates, PlannedJob } from './candidates.ts';
import { firstPlaceAt } from './product.ts';

/** @param most how many of them, and how many labels of an axis, matter */
export function firstOfEach(candidates: Candidates, most: number): Iterable<PlannedJob> {
  const { expansion, count, walk } = candidates;
  const { axes, exclude, product, standalone } = expansion;
  const sizes = axes.map(({ size }) => size);
  const copies = count / expansion.size;
  const positions = new Set(Array.from({ length: Math.min(most, count) }, (_, index) => index));

  for (const [axis, { size }] of axes.entries()) {
    // Values that no exclusion names come in their order; the others must be looked for.
    const named = new Set(
      exclude.flatMap(({ pins }) =>
        pins.filter((pin) => pin.axis === axis).map(({ index }) => index),
      ),
    );
    const wanted = [...named].filter((index) => index !== undefined);
    for (let index = 0, plain = 0; index < size && plain < most; index++) {
      if (named.has(index)) continue;
      wanted.push(index);
      plain++;
    }
    for (const index of wanted) {
      const place = firstPlaceAt(sizes, exclude, [{ axis, index }]);
      if (place) positions.add(product.rankOf(place) * copies);
    }
  }
  // Entries of `include` may have labels of their own.
  for (const place of standalone.keys()) positions.add((product.size + place) * copies);
  return [...positions]
    .sort((one, other) => one - other)
    .flatMap((position) => [...walk(position).take(1)]);
}
