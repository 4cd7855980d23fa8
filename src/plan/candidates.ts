/** The combinations of a manifest as jobs: who they are, and, when it is asked for, all they are. */
import type { AxisName, Manifest } from '../manifest/manifest.ts';
import type { ParameterSources } from '../manifest/parameters.ts';
import { otherNames, parameterNames } from '../manifest/parameters.ts';
import type { Coordinates, Job, JobId } from '../job/job.ts';
import type { Combination, Matrix } from './expand.ts';
import { expand } from './expand.ts';
import type { Digested, Point } from './identity.ts';
import { digestParameters, digestValue, jobId } from './identity.ts';
import { outputName } from './output-name.ts';

/** A job of the plan. Its id is cheap; the rest is made when it is asked for, what it sends last of all. */
export interface PlannedJob {
  readonly id: JobId;
  readonly coordinates: Coordinates;
  /** `Job.output` */
  readonly output: string;
  readonly job: () => Job;
}

/** Axes with more values than this are digested again each time, not kept. */
const keptPoints = 10_000;

/** The matrix with its values hashed: once each, as long as there are not too many. */
export function digestMatrix(manifest: Manifest): Matrix<Point> {
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

export function* walkCandidates(manifest: Manifest, matrix: Matrix<Point>): Generator<PlannedJob> {
  const defaults = digestParameters(manifest.defaults);
  // `reference: none` says "no reference", also where the defaults name one.
  const { inputAudioUrl: _, ...others } = manifest.defaults;
  const defaultsUnreferenced = digestParameters(others);

  for (const combination of expand(matrix)) {
    const base = combination.has('reference') ? defaultsUnreferenced : defaults;
    const layers = layersOf(base, combination);
    for (let copy = 0; copy < manifest.repeat; copy++) {
      yield plannedJob(manifest, combination, layers, copy);
    }
  }
}

/** From the weakest: defaults, named tags, named parameters, then every other axis (they never meet). */
function layersOf(defaults: Digested, combination: Combination<Point>): readonly Digested[] {
  const layers = [defaults];
  for (const name of weakAxes) {
    const point = combination.get(name);
    if (point) layers.push(point);
  }
  for (const [name, point] of combination) if (!weakAxes.includes(name)) layers.push(point);
  return layers;
}

const weakAxes: readonly string[] = ['tags', 'parameters'];

function plannedJob(
  manifest: Manifest,
  combination: Combination<Point>,
  layers: readonly Digested[],
  copy: number,
): PlannedJob {
  const id = jobId(manifest.model, copy, layers);
  return {
    id,
    get coordinates() {
      return coordinatesOf(combination);
    },
    get output() {
      return outputName(manifest.output.name, coordinatesOf(combination), copy);
    },
    job: () => {
      const coordinates = coordinatesOf(combination);
      return {
        id,
        model: manifest.model,
        coordinates,
        parameters: mergeParameters(layers),
        output: outputName(manifest.output.name, coordinates, copy),
      };
    },
  };
}

function coordinatesOf(combination: Combination<Point>): Coordinates {
  const coordinates: Partial<Record<AxisName, string>> = {};
  for (const [name, point] of combination) coordinates[name as AxisName] = point.label;
  return coordinates;
}

/** In the order of `parameterNames`, others behind them, so that equal jobs are equal to the byte. */
function mergeParameters(layers: readonly Digested[]): ParameterSources {
  const merged = Object.assign({}, ...layers.map((layer) => layer.parameters)) as ParameterSources;
  const ordered = [...parameterNames, ...otherNames(merged)].flatMap((name) => {
    const source = merged[name];
    return source === undefined ? [] : [[name, source] as const];
  });
  return Object.fromEntries(ordered);
}

/** `lyrics=fade clone=vocal seed=3`, for people. */
export function showCoordinates(coordinates: Coordinates): string {
  const pairs = Object.entries(coordinates).map(([axis, label]) => `${axis}=${label}`);
  return pairs.length > 0 ? pairs.join(' ') : '(defaults)';
}
