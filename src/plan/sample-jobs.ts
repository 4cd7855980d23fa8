/**
 * A few jobs that show what a matrix is made of. The first ones of a plan differ in the last axis only; a
 * sample has, for each axis in turn, the first job with its second label, then with its third...
 */
import type { Axis, AxisName } from '../manifest/manifest.ts';
import type { Coordinates } from '../job/job.ts';

export interface Sampler<Item> {
  /** To be called for every job, in the order of the plan. */
  readonly see: (item: Item, coordinates: Coordinates) => void;
  /** In the order of the plan; all of them where there are no more. */
  readonly sample: () => readonly Item[];
}

/** The first jobs that show a label, one for each label, as many as a sample may have. */
interface Showcase<Item> {
  readonly axis: AxisName;
  readonly labels: Set<string>;
  readonly jobs: Seen<Item>[];
}

interface Seen<Item> {
  readonly item: Item;
  /** From 0. */
  readonly position: number;
}

export function createSampler<Item>(axes: readonly Axis[], most: number): Sampler<Item> {
  const showcases: Showcase<Item>[] = axes.map(({ name }) => ({
    axis: name,
    labels: new Set(),
    jobs: [],
  }));
  const first: Seen<Item>[] = [];
  let count = 0;

  return {
    see: (item, coordinates) => {
      const seen = { item, position: count++ };
      if (first.length < most) first.push(seen);
      for (const { axis, labels, jobs } of showcases) {
        const label = coordinates[axis];
        if (label === undefined || jobs.length >= most || labels.has(label)) continue;
        labels.add(label);
        jobs.push(seen);
      }
    },
    sample: () => {
      const rounds = Array.from({ length: most }, (_, round) =>
        showcases.flatMap(({ jobs }) => jobs.slice(round, round + 1)),
      );
      const chosen = new Map<number, Item>();
      for (const { item, position } of [...rounds.flat(), ...first]) {
        if (chosen.size < most) chosen.set(position, item);
      }
      return [...chosen].sort(([a], [b]) => a - b).map(([, item]) => item);
    },
  };
}
