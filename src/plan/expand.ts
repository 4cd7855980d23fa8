/**
 * The matrix: axes, `exclude` and `include` to combinations, with the meaning that GitHub Actions
 * gives them. Lazy and deterministic; it knows nothing of songs, only of axes and their values.
 *
 * - The product of the axes in the order written; the last varies fastest.
 * - `exclude` drops combinations first, by partial match.
 * - `include` comes after: an entry is merged into every original combination none of whose original
 *   values it would overwrite (values that an earlier entry added may be overwritten). An entry that
 *   could be merged nowhere makes a combination of its own, and those are never merged into.
 */
import { firstPlaceAt, productOf, type MatrixPin, type Place, type Product } from './product.ts';

export interface MatrixAxis<V> {
  readonly name: string;
  readonly size: number;
  readonly at: (index: number) => V;
}

export interface Matrix<V> {
  readonly axes: readonly MatrixAxis<V>[];
  readonly exclude: readonly { readonly pins: readonly MatrixPin[] }[];
  readonly include: readonly MatrixEntry<V>[];
}

export interface MatrixEntry<V> {
  readonly pins: readonly MatrixPin[];
  readonly values: ReadonlyMap<string, V>;
}

/** Axis name to value, in the order of the axes; what `include` added comes last. */
export type Combination<V> = ReadonlyMap<string, V>;

/** A matrix, looked through. */
export interface Expansion<V> extends Matrix<V> {
  /** Where the original combinations stand. */
  readonly product: Product;
  /** Entries of `include` that are merged into some of them. */
  readonly merged: readonly MatrixEntry<V>[];
  /** Entries that make a combination of their own, behind those. */
  readonly standalone: readonly Standalone<V>[];
  /** How many combinations there are. */
  readonly size: number;
}

export interface Standalone<V> {
  readonly entry: MatrixEntry<V>;
  /** Its position in `include`. */
  readonly index: number;
}

export type Step<V> =
  | {
      /** The array is reused: read it before the next step. */
      readonly place: Place;
      /** The entries that are merged here. */
      readonly merged: readonly MatrixEntry<V>[];
      /** Whether the step before differs from it in the position on the last axis only. */
      readonly isInRow: boolean;
    }
  | Standalone<V>;

export function expansionOf<V>(matrix: Matrix<V>): Expansion<V> {
  const { axes, exclude, include } = matrix;
  const sizes = axes.map(({ size }) => size);
  // Without axes the entries are all there is; without those, there is one combination, of nothing.
  const isEmpty = axes.length === 0 && include.length > 0;
  const product = productOf(isEmpty ? [0] : sizes, exclude);
  const merged = include.filter(({ pins }) => !isEmpty && firstPlaceAt(sizes, exclude, pins));
  const standalone = [...include.entries()]
    .filter(([, entry]) => !merged.includes(entry))
    .map(([index, entry]) => ({ entry, index }));
  return { ...matrix, product, merged, standalone, size: product.size + standalone.length };
}

/** @param from how many combinations to leave out */
export function* walkCombinations<V>(expansion: Expansion<V>, from = 0): Generator<Step<V>> {
  const { axes, product, merged: entries, standalone } = expansion;
  const last = axes.length - 1;
  const lookAtLast = entries.some(({ pins }) => pins.some(({ axis }) => axis === last));
  /** Those that may be merged where only the position on the last axis is another. */
  let inRow: readonly MatrixEntry<V>[] = entries;
  let merged: readonly MatrixEntry<V>[] | undefined;
  for (const { place, from: moved } of product.walk(from)) {
    const before = moved === last ? merged : undefined;
    if (!before) inRow = entries.filter(({ pins }) => areAt(pins, place, last));
    merged = before && !lookAtLast ? before : mergedAt(inRow, place);
    yield { place, merged, isInRow: before !== undefined && areSame(before, merged) };
  }
  yield* standalone.slice(Math.max(0, from - product.size));
}

export function combinationOf<V>({ axes }: Expansion<V>, step: Step<V>): Combination<V> {
  if ('entry' in step) return step.entry.values;
  const combination = new Map<string, V>();
  for (const [axis, { name, at }] of axes.entries())
    combination.set(name, at(step.place[axis] ?? 0));
  for (const { values } of step.merged) {
    for (const [name, value] of values) combination.set(name, value);
  }
  return combination;
}

function areSame<V>(one: readonly V[], other: readonly V[]): boolean {
  return one.length === other.length && one.every((entry, index) => entry === other[index]);
}

/** Whether a place stands at these pins, but for those on the axes from this one on. */
function areAt(pins: readonly MatrixPin[], place: Place, before: number): boolean {
  return pins.every(({ axis, index }) => axis >= before || place[axis] === index);
}

export function mergedAt<V>(
  entries: readonly MatrixEntry<V>[],
  place: Place,
): readonly MatrixEntry<V>[] {
  return entries.filter(({ pins }) => pins.every(({ axis, index }) => place[axis] === index));
}
