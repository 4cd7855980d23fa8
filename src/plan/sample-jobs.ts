/**
 * A few jobs that show what a matrix is made of. The first ones of a plan differ in the last axis only;
 * here each job of the sample shows a label that none before it has shown, on as many axes as possible.
 */
import type { Axis } from '../manifest/manifest.ts';
import type { Coordinates } from '../job/job.ts';

export interface Sampler<Item> {
  /** To be called for every job, in the order of the plan. */
  readonly see: (item: Item, coordinates: Coordinates) => void;
  /** In the order of the plan; all of them where there are no more. */
  readonly sample: () => readonly Item[];
}

export function createSampler<Item>(axes: readonly Axis[], most: number): Sampler<Item> {
  const shown = axes.map(({ name, size }) => ({ name, size, labels: new Set<string>() }));
  const telling = new Map<number, Item>();
  const first: Item[] = [];
  let seen = 0;

  /** Whether a job has a new label on every axis that still has some. */
  const isTelling = (coordinates: Coordinates) => {
    const unfinished = shown.filter(({ size, labels }) => labels.size < size);
    return (
      unfinished.length > 0 &&
      unfinished.every(({ name, labels }) => {
        const label = coordinates[name];
        return label !== undefined && !labels.has(label);
      })
    );
  };

  return {
    see: (item, coordinates) => {
      const at = seen++;
      if (first.length < most) first.push(item);
      if (telling.size >= most || !isTelling(coordinates)) return;
      telling.set(at, item);
      for (const { name, labels } of shown) {
        const label = coordinates[name];
        if (label !== undefined) labels.add(label);
      }
    },
    sample: () => {
      const chosen = new Map(telling);
      for (const [at, item] of first.entries()) {
        if (chosen.size < most) chosen.set(at, item);
      }
      return [...chosen].sort(([a], [b]) => a - b).map(([, item]) => item);
    },
  };
}
