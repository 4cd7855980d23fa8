/**
 * Whether the shape of a manifest alone proves that no two combinations are one: that they buy different
 * songs, or want different names. Then nothing needs to be compared, however many jobs there are.
 *
 * Both proofs go the same way. A value leaves its mark in every job of the matrix that stands on it, and no two
 * values of an axis leave the same one: so jobs of the matrix differ. What a combination of its own (`include`)
 * has in the place of those marks leads to one place of the matrix at most, and the job that stands there is
 * the only one that it has to be held against.
 */
import { labelKey } from '../manifest/label.ts';
import type { Axis, Manifest } from '../manifest/manifest.ts';
import { parameterNames } from '../manifest/parameters.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { Combination, Expansion } from './expand.ts';
import { mergedAt } from './expand.ts';
import type { Digested, Point } from './identity.ts';
import { namesCanBeRead, namesValue } from './output-name.ts';
import type { Place } from './product.ts';
import { createLayers, strength } from './row.ts';

/** What an axis leaves in a job. */
interface Mark {
  /** By the value at this position. */
  readonly at: (index: number) => string;
  /** Where the axis has a rule: the position of the value that leaves this. */
  readonly find?: ((mark: string) => number | undefined) | undefined;
  /** What a combination of its own has in its place. */
  readonly of: (combination: Combination<Point>) => string;
}

export function jobsDiffer(manifest: Manifest, candidates: Candidates): boolean {
  const { expansion } = candidates;
  const layersOf = createLayers(manifest);
  const sources = sourcesOf(expansion);
  const marks = manifest.axes.map((axis, index): Mark => {
    const names = decidedBy(axis.name, sources);
    if (axis.name === 'seed') return seedMark(axis, layersOf);
    return {
      at: (position) => {
        const point = expansion.axes[index]?.at(position);
        return markOf(layersOf(new Map(point && [[axis.name, point]])), names);
      },
      of: (combination) => markOf(layersOf(combination), names),
    };
  });
  return allDiffer(manifest, candidates, marks, ({ id }) => id);
}

export function namesDiffer(manifest: Manifest, candidates: Candidates): boolean {
  if (!namesCanBeRead(manifest)) return false;
  const marks = manifest.axes.map(({ name, at, rule }): Mark => {
    const isNamed = namesValue(manifest, name);
    return {
      at: (index) => (isNamed ? labelKey(at(index).label) : ''),
      find: isNamed ? rule?.find : undefined,
      of: (combination) => (isNamed ? labelKey(combination.get(name)?.label ?? 'default') : ''),
    };
  });
  return allDiffer(manifest, candidates, marks, ({ output }) => labelKey(output));
}

function allDiffer(
  { axes }: Manifest,
  { expansion, at }: Candidates,
  marks: readonly Mark[],
  keyOf: (candidate: Candidate) => string,
): boolean {
  const { product, merged, standalone } = expansion;
  const inMatrix = axes.every((axis, index) => {
    // Of a million seeds no two are the same: they are checked when they are read.
    if (axis.name === 'seed') return marks[index]?.at(0) !== '' || axis.size === 1;
    const seen = new Set(Array.from({ length: axis.size }, (_, value) => marks[index]?.at(value)));
    return seen.size === axis.size;
  });
  if (!inMatrix) return false;
  const keys = new Set<string>();
  return standalone.every((step) => {
    const key = keyOf(at(step));
    if (keys.has(key)) return false;
    keys.add(key);
    const place = twinOf(step.entry.values, axes, marks);
    if (!place || !product.has(place)) return true;
    return keyOf(at({ place, merged: mergedAt(merged, place), isInRow: false })) !== key;
  });
}

/** The only place of the matrix whose job could be equal to that of this combination. */
function twinOf(
  combination: Combination<Point>,
  axes: readonly Axis[],
  marks: readonly Mark[],
): Place | undefined {
  const place: number[] = [];
  // The long ones last: mostly they need not be searched then.
  const bySize = [...axes.entries()].sort(([, one], [, other]) => one.size - other.size);
  for (const [index, { size }] of bySize) {
    const mark = marks[index];
    const position = mark && positionOf(mark.of(combination), mark, size);
    if (position === undefined) return undefined;
    place[index] = position;
  }
  return place;
}

function positionOf(trace: string, { find, at }: Mark, size: number): number | undefined {
  if (find) return find(trace);
  let position = 0;
  while (position < size && at(position) !== trace) position++;
  return position < size ? position : undefined;
}

/** What may decide parameters of a job of the matrix: an axis, or values that `include` adds. */
interface Source {
  readonly name: string;
  /** What it may decide. */
  readonly some: ReadonlySet<string>;
  /** What it always decides. */
  readonly always: ReadonlySet<string>;
}

function sourcesOf({ axes, merged }: Expansion<Point>): readonly Source[] {
  const ofAxes = axes.map(({ name, size, at }) => {
    // There may be a million seeds, and they decide nothing else.
    if (name === 'seed') return { name, some: new Set([name]), always: new Set([name]) };
    return sourceOf(
      name,
      Array.from({ length: size }, (_, index) => at(index)),
    );
  });
  const isAdded = (name: string) => !axes.some((axis) => axis.name === name);
  const added = merged.flatMap(({ values }) =>
    [...values]
      .filter(([name]) => isAdded(name))
      .map(([name, point]) => ({ ...sourceOf(name, [point]), always: new Set<string>() })),
  );
  return [...ofAxes, ...added];
}

function sourceOf(name: string, points: readonly Point[]): Source {
  const each = points.map(({ parameters }) => new Set(Object.keys(parameters)));
  const some = new Set(each.flatMap((names) => [...names]));
  const always = new Set(
    [...some].filter((parameter) => each.every((names) => names.has(parameter))),
  );
  // `reference: none` takes the default away.
  if (name === 'reference') some.add('inputAudioUrl');
  return { name, some, always };
}

/** The parameters that the axis alone decides, together with the defaults. */
function decidedBy(axis: string, sources: readonly Source[]): readonly string[] {
  const own = sources.find(({ name }) => name === axis);
  const others = sources.filter((source) => source !== own);
  return [...(own?.some ?? [])].filter((parameter) =>
    others.every(
      ({ name, some }) =>
        !some.has(parameter) ||
        (strength(name) < strength(axis) && own?.always.has(parameter) === true),
    ),
  );
}

function markOf(layers: readonly Digested[], names: readonly string[]): string {
  return names
    .map((name) => {
      const layer = layers.findLast(({ parameters }) => parameters[name] !== undefined);
      const place = parameterNames.findIndex((known) => known === name);
      return (place < 0 ? layer?.others?.get(name) : layer?.digests[place]) ?? '-';
    })
    .join();
}

/** Without digests: a seed's label is all that it is. Nothing overrides it. */
function seedMark(
  { at, rule }: Axis,
  layersOf: (combination: Combination<Point>) => readonly Digested[],
): Mark {
  return {
    at: (index) => at(index).label,
    find: rule?.find,
    of: (combination) => {
      const { seed } =
        layersOf(combination).findLast(({ parameters }) => parameters.seed)?.parameters ?? {};
      return typeof seed === 'string' ? seed : '';
    },
  };
}
