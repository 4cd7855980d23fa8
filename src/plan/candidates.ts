/** The combinations of a manifest as jobs: who they are, and, when it is asked for, all they are. */
import type { Manifest } from '../manifest/manifest.ts';
import type { Coordinates, Job, JobId } from '../job/job.ts';
import type { Expansion, Matrix, Step } from './expand.ts';
import { expansionOf, walkCombinations } from './expand.ts';
import type { Point } from './identity.ts';
import { digestValue } from './identity.ts';
import { outputName } from './output-name.ts';
import type { Origin, Row } from './row.ts';
import { createRowMaker } from './row.ts';

/** A job of the plan. What it is not asked for it does not cost, what it sends least of all. */
export interface PlannedJob {
  readonly id: JobId;
  readonly coordinates: Coordinates;
  /** `Job.output` */
  readonly output: string;
  readonly job: () => Job;
}

/** The job of a combination. Others may buy the same, and then only the first is in the plan. */
export interface Candidate extends PlannedJob {
  readonly origin: Origin;
}

/** In the order of the combinations, the copies of each (`repeat`) together. */
export interface Candidates {
  readonly expansion: Expansion<Point>;
  readonly count: number;
  /** @param from how many to leave out */
  readonly walk: (from?: number) => Generator<Candidate>;
  /** The first copy of a combination. */
  readonly at: (step: Step<Point>) => Candidate;
}

export function candidatesOf(manifest: Manifest): Candidates {
  const { repeat } = manifest;
  const expansion = expansionOf(digestMatrix(manifest));
  const rowOf = createRowMaker(manifest, expansion);
  return {
    expansion,
    count: expansion.size * repeat,
    walk: function* (from = 0) {
      let copy = from % repeat;
      let row: Row | undefined;
      for (const step of walkCombinations(expansion, Math.floor(from / repeat))) {
        if (!row || !isInRow(step)) row = rowOf(step);
        const position = positionOf(step);
        for (; copy < repeat; copy++) yield new RowCandidate(manifest, row, position, copy);
        copy = 0;
      }
    },
    at: (step) => new RowCandidate(manifest, rowOf(step), positionOf(step), 0),
  };
}

function isInRow<V>(step: Step<V>): boolean {
  return 'place' in step && step.isInRow;
}

function positionOf<V>(step: Step<V>): number {
  return 'place' in step ? (step.place.at(-1) ?? 0) : 0;
}

/** A class, because of its getters: there may be a million of these. */
class RowCandidate implements Candidate {
  readonly #manifest: Manifest;
  readonly #row: Row;
  readonly #position: number;
  readonly #copy: number;
  #id: JobId | undefined;

  constructor(manifest: Manifest, row: Row, position: number, copy: number) {
    this.#manifest = manifest;
    this.#row = row;
    this.#position = position;
    this.#copy = copy;
  }

  get id(): JobId {
    return (this.#id ??= this.#row.idAt(this.#position, this.#copy));
  }

  get origin(): Origin {
    return this.#row.originAt(this.#position);
  }

  get coordinates(): Coordinates {
    return this.#row.coordinatesAt(this.#position);
  }

  get output(): string {
    return outputName(this.#manifest.output.name, this.coordinates, this.#copy);
  }

  readonly job = (): Job => ({
    id: this.id,
    model: this.#manifest.model,
    coordinates: this.coordinates,
    parameters: this.#row.parametersAt(this.#position),
    output: this.output,
  });
}

/** Axes with more values than this are digested again each time, not kept. */
const keptPoints = 10_000;

/** The matrix with its values hashed: once each, as long as there are not too many. */
function digestMatrix(manifest: Manifest): Matrix<Point> {
  return {
    axes: manifest.axes.map((axis) => {
      const points: Point[] = [];
      const keep = axis.size <= keptPoints;
      return {
        name: axis.name,
        size: axis.size,
        at: (index) => {
          if (!keep) return digestValue(axis.at(index));
          return (points[index] ??= digestValue(axis.at(index)));
        },
      };
    }),
    exclude: manifest.exclude,
    include: manifest.include.map((entry) => ({
      pins: entry.pins,
      values: new Map([...entry.values].map(([name, value]) => [name, digestValue(value)])),
    })),
  };
}

/** `lyrics=fade clone=vocal seed=3`, for people. */
export function showCoordinates(coordinates: Coordinates): string {
  const pairs = Object.entries(coordinates).map(([axis, label]) => `${axis}=${label}`);
  return pairs.length > 0 ? pairs.join(' ') : '(defaults)';
}
