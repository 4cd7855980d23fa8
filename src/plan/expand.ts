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

export interface MatrixAxis<V> {
  readonly name: string;
  readonly size: number;
  readonly at: (index: number) => V;
}

/** A position on one axis; `index: undefined` is a value that the axis does not have. */
export interface MatrixPin {
  readonly axis: number;
  readonly index: number | undefined;
}

export interface Matrix<V> {
  readonly axes: readonly MatrixAxis<V>[];
  readonly exclude: readonly { readonly pins: readonly MatrixPin[] }[];
  readonly include: readonly {
    readonly pins: readonly MatrixPin[];
    readonly values: ReadonlyMap<string, V>;
  }[];
}

/** Axis name to value, in the order of the axes; what `include` added comes last. */
export type Combination<V> = ReadonlyMap<string, V>;

export function* expand<V>(matrix: Matrix<V>): Generator<Combination<V>> {
  const { axes } = matrix;
  const merging = matrix.include.filter((entry) => isMergedSomewhere(matrix, entry.pins));

  const values: V[] = [];
  for (const { positions, from } of walk(matrix)) {
    // Only the axes that moved since the last combination are asked for their values.
    for (const [depth, axis] of axes.entries()) {
      if (depth >= from) values[depth] = axis.at(positions[depth] ?? 0);
    }
    const combination = new Map<string, V>();
    for (const [depth, axis] of axes.entries()) combination.set(axis.name, values[depth] as V);
    for (const entry of merging) {
      if (!standsAt(positions, entry.pins)) continue;
      for (const [name, value] of entry.values) combination.set(name, value);
    }
    yield combination;
  }

  for (const entry of matrix.include) {
    if (!merging.includes(entry)) yield entry.values;
  }
}

/** Positions in `include` of the entries that make a combination of their own, in the order of `expand`. */
export function standaloneEntries<V>(matrix: Matrix<V>): readonly number[] {
  return [...matrix.include.keys()].filter((place) => {
    return !isMergedSomewhere(matrix, matrix.include[place]?.pins ?? []);
  });
}

/** How many combinations `expand` yields, without making them. */
export function countCombinations<V>(matrix: Matrix<V>): number {
  let count = 0;
  if (matrix.exclude.length === 0 && matrix.axes.length > 0) {
    count = matrix.axes.reduce((product, axis) => product * axis.size, 1);
  } else {
    for (const _ of walk(matrix)) count++;
  }
  for (const entry of matrix.include) if (!isMergedSomewhere(matrix, entry.pins)) count++;
  return count;
}

interface Place {
  /** Index on each axis. The array is reused: read it before the next step. */
  readonly positions: readonly number[];
  /** The first axis whose index differs from the place before. */
  readonly from: number;
}

/**
 * Counts through the product like an odometer. An exclusion is tested as soon as the last of its
 * axes has got its position, so that what it drops is never walked through. `pins` narrows the walk.
 */
function* walk<V>(matrix: Matrix<V>, pins: readonly MatrixPin[] = []): Generator<Place> {
  const { axes } = matrix;
  if (axes.length === 0) {
    // Without axes the entries of `include` are all there is; without those, one job of defaults.
    if (matrix.include.length === 0) yield { positions: [], from: 0 };
    return;
  }

  const excludedAt = axes.map((_, depth) =>
    matrix.exclude.filter(({ pins }) => Math.max(...pins.map((pin) => pin.axis)) === depth),
  );
  const pinned = new Map(pins.map((pin) => [pin.axis, pin.index]));
  const positions = new Array<number>(axes.length).fill(-1);
  const last = axes.length - 1;
  let depth = 0;
  let from = 0;
  while (depth >= 0) {
    const position = nextPosition(positions[depth] ?? -1, axes[depth]?.size ?? 0, pinned, depth);
    if (position === undefined) {
      positions[depth] = -1;
      depth--;
      from = Math.min(from, depth);
      continue;
    }
    positions[depth] = position;
    if (excludedAt[depth]?.some((exclusion) => standsAt(positions, exclusion.pins))) continue;
    if (depth < last) {
      depth++;
      continue;
    }
    yield { positions, from };
    from = last;
  }
}

function nextPosition(
  current: number,
  size: number,
  pinned: ReadonlyMap<number, number | undefined>,
  depth: number,
): number | undefined {
  if (pinned.has(depth)) return current === -1 ? pinned.get(depth) : undefined;
  return current + 1 < size ? current + 1 : undefined;
}

function standsAt(positions: readonly number[], pins: readonly MatrixPin[]): boolean {
  return pins.every((pin) => positions[pin.axis] === pin.index);
}

/** Whether at least one original combination stands at all of these pins. */
function isMergedSomewhere<V>(matrix: Matrix<V>, pins: readonly MatrixPin[]): boolean {
  if (pins.some((pin) => pin.index === undefined)) return false;
  return !walk(matrix, pins).next().done;
}
