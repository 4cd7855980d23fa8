/**
 * A row: combinations that differ in their value on the last axis only. What its jobs have in common is put
 * together once, so that of a million jobs each costs little more than its hash.
 */
import type { AxisName, Manifest } from '../manifest/manifest.ts';
import type { ParameterSources } from '../manifest/parameters.ts';
import { otherNames, parameterNames } from '../manifest/parameters.ts';
import type { Coordinates, JobId } from '../job/job.ts';
import type { Combination, Expansion, Step } from './expand.ts';
import { combinationOf } from './expand.ts';
import type { Digested, Point } from './identity.ts';
import { digestParameters, flatten, jobId } from './identity.ts';
import type { Place } from './product.ts';

/** What a combination's value on the last axis decides; a combination without axes is at any position. */
export interface Row {
  readonly originAt: (position: number) => Origin;
  readonly idAt: (position: number, copy: number) => JobId;
  readonly coordinatesAt: (position: number) => Coordinates;
  readonly parametersAt: (position: number) => ParameterSources;
}

/** A place in the matrix, or the position in `include` of the entry that makes the combination. */
export type Origin = { readonly place: Place } | { readonly entry: number };

/** Makes the row in which a combination is. */
export type RowMaker = (step: Step<Point>) => Row;

export function createRowMaker(manifest: Manifest, expansion: Expansion<Point>): RowMaker {
  const layersOf = createLayers(manifest);
  return (step) => {
    if ('place' in step) return rowIn(manifest, expansion, layersOf, step);
    const { values } = step.entry;
    const layers = layersOf(values);
    const labels = labelsOf(values);
    return {
      originAt: () => ({ entry: step.index }),
      idAt: (_, copy) => jobId(manifest.model, copy, layers),
      coordinatesAt: () => labels,
      parametersAt: () => mergeParameters(layers),
    };
  };
}

function rowIn(
  manifest: Manifest,
  expansion: Expansion<Point>,
  layersOf: (combination: Combination<Point>) => readonly Digested[],
  step: Extract<Step<Point>, { place: Place }>,
): Row {
  const { model } = manifest;
  // The array of the walk goes on changing.
  const start = step.place.slice(0, -1);
  const placeAt = (position: number) => (last ? [...start, position] : start);
  const combinationAt = (position: number) =>
    combinationOf(expansion, { ...step, place: placeAt(position) });

  const last = expansion.axes.at(-1);
  const combination = combinationOf(expansion, step);
  const point = combination.get(last?.name ?? '');
  const layers = layersOf(combination);
  const split = point ? layers.indexOf(point) : layers.length;
  const [weaker, stronger] = [flatten(layers.slice(0, split)), flatten(layers.slice(split + 1))];

  const labels = Object.entries(labelsOf(combination));
  const before = Object.fromEntries(labels.slice(0, start.length));
  const added = Object.fromEntries(labels.slice(expansion.axes.length));
  return {
    originAt: (position) => ({ place: placeAt(position) }),
    idAt: (position, copy) => {
      return jobId(model, copy, last ? [weaker, last.at(position), stronger] : [weaker]);
    },
    coordinatesAt: (position) => {
      return last ? { ...before, [last.name]: last.at(position).label, ...added } : added;
    },
    parametersAt: (position) => mergeParameters(layersOf(combinationAt(position))),
  };
}

/** From the weakest: defaults, named tags, named parameters, then every other axis (they never meet). */
export function createLayers(
  manifest: Manifest,
): (combination: Combination<Point>) => readonly Digested[] {
  const defaults = digestParameters(manifest.defaults);
  // `reference: none` says "no reference", also where the defaults name one.
  const { inputAudioUrl: _, ...others } = manifest.defaults;
  const unreferenced = digestParameters(others);
  return (combination) => {
    const points = [...combination].sort(([one], [other]) => strength(one) - strength(other));
    const base = combination.has('reference') ? unreferenced : defaults;
    return [base, ...points.map(([, point]) => point)];
  };
}

const weakAxes: readonly string[] = ['tags', 'parameters'];

/** Of what an axis decides: the higher one holds. Equals never decide the same. */
export function strength(axis: string): number {
  const weak = weakAxes.indexOf(axis);
  return weak < 0 ? weakAxes.length : weak;
}

function labelsOf(combination: Combination<Point>): Coordinates {
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
