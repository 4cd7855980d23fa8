/**
 * The product of the axes, less what `exclude` drops: counted, entered anywhere and walked, without a step
 * for what lies before or between. On each axis the positions that no exclusion names are alike, so that one
 * of them answers for all.
 */

/** A position on one axis; `index: undefined` is a value that the axis does not have. */
export interface MatrixPin {
  readonly axis: number;
  readonly index: number | undefined;
}

interface Pinned {
  readonly pins: readonly MatrixPin[];
}

/** Position on each axis. */
export type Place = readonly number[];

export interface Step {
  /** The array is reused: read it before the next step. */
  readonly place: Place;
  /** The first axis on which the position differs from the step before. */
  readonly from: number;
}

export interface Product {
  /** How many places there are. */
  readonly size: number;
  /** The place with this rank, from 0; undefined behind the last one. */
  readonly placeAt: (rank: number) => Place | undefined;
  readonly rankOf: (place: Place) => number;
  /** Whether a place has not been excluded. */
  readonly has: (place: Place) => boolean;
  /** @param rank of the place to begin with */
  readonly walk: (rank: number) => Generator<Step>;
}

/** The first place that stands at all of these pins. */
export function firstPlaceAt(
  sizes: readonly number[],
  exclude: readonly Pinned[],
  pins: readonly MatrixPin[],
): Place | undefined {
  // On a pinned axis only one position is left, and it is its first.
  const fixed = new Map(pins.map(({ axis, index }) => [axis, index]));
  if ([...fixed.values()].includes(undefined)) return undefined;
  const applying = exclude.filter((exclusion) =>
    exclusion.pins.every(({ axis, index }) => !fixed.has(axis) || fixed.get(axis) === index),
  );
  const narrowed = productOf(
    sizes.map((size, axis) => (fixed.has(axis) ? 1 : size)),
    applying.map((exclusion) => ({
      pins: exclusion.pins.map((pin) => (fixed.has(pin.axis) ? { ...pin, index: 0 } : pin)),
    })),
  );
  return narrowed.placeAt(0)?.map((position, axis) => fixed.get(axis) ?? position);
}

/** The last axis varies fastest. Of no axes there is one place. */
export function productOf(sizes: readonly number[], exclude: readonly Pinned[]): Product {
  const exclusions = exclude.flatMap(({ pins }) => exclusionOf(pins) ?? []);
  const last = sizes.length - 1;

  /** The positions on an axis, in order, those together that are alike. */
  function runsOn(axis: number, applying: readonly Exclusion[]): readonly Run[] {
    const size = sizes[axis] ?? 0;
    const named = new Set(applying.flatMap(({ positions }) => positions[axis] ?? []));
    const others = applying.filter(({ positions }) => positions[axis] === undefined);
    const alike = { applying: others, each: named.size < size ? placesBehind(axis, others) : 0 };
    const runs: Run[] = [];
    let from = 0;
    for (const position of [...named].sort((one, other) => one - other)) {
      if (position > from) runs.push({ from, count: position - from, ...alike });
      const still = narrowed(applying, axis, position);
      const each = still ? placesBehind(axis, still) : 0;
      runs.push({ from: position, count: 1, applying: still ?? [], each });
      from = position + 1;
    }
    if (from < size) runs.push({ from, count: size - from, ...alike });
    return runs;
  }

  /** How many places there are on the axes behind this one. */
  function placesBehind(axis: number, applying: readonly Exclusion[]): number {
    if (axis === last) return 1;
    return runsOn(axis + 1, applying).reduce((sum, { count, each }) => sum + count * each, 0);
  }

  function placeAt(rank: number): Place | undefined {
    const place: number[] = [];
    let before = rank;
    let applying: readonly Exclusion[] = exclusions;
    for (const axis of sizes.keys()) {
      const run = runsOn(axis, applying).find(({ count, each }) => {
        if (before < count * each) return true;
        before -= count * each;
        return false;
      });
      if (!run) return undefined;
      place.push(run.from + Math.floor(before / run.each));
      before %= run.each;
      applying = run.applying;
    }
    return before === 0 ? place : undefined;
  }

  function rankOf(place: Place): number {
    let rank = 0;
    let applying: readonly Exclusion[] = exclusions;
    for (const [axis, position] of place.entries()) {
      for (const { from, count, each } of runsOn(axis, applying)) {
        if (from < position) rank += Math.min(count, position - from) * each;
      }
      applying = narrowed(applying, axis, position) ?? [];
    }
    return rank;
  }

  /** Counts on like an odometer. An exclusion is seen as soon as its last axis has a position. */
  function* walk(rank: number): Generator<Step> {
    const start = placeAt(rank);
    if (!start) return;
    const place = [...start];
    const applying: (readonly Exclusion[])[] = [exclusions];
    for (const [axis, position] of place.entries()) {
      applying.push(narrowed(applying[axis] ?? [], axis, position) ?? []);
    }
    yield { place, from: 0 };

    let axis = last;
    let from = last;
    while (axis >= 0) {
      const position = (place[axis] ?? -1) + 1;
      if (position === sizes[axis]) {
        place[axis] = -1;
        axis--;
        from = Math.min(from, axis);
        continue;
      }
      place[axis] = position;
      const still = narrowed(applying[axis] ?? [], axis, position);
      if (!still) continue;
      if (axis < last) {
        axis++;
        applying[axis] = still;
        continue;
      }
      yield { place, from };
      from = last;
    }
  }

  return {
    size: placesBehind(-1, exclusions),
    placeAt,
    rankOf,
    has: (place) => !exclusions.some(({ positions }) => standsAt(place, positions)),
    walk,
  };
}

/** Positions on one axis behind which there are equally many places. */
interface Run {
  readonly from: number;
  readonly count: number;
  /** The exclusions that may still apply behind each of them. */
  readonly applying: readonly Exclusion[];
  /** Places behind each of them. */
  readonly each: number;
}

interface Exclusion {
  /** By axis; undefined: any. */
  readonly positions: readonly (number | undefined)[];
  /** The last axis on which it has a position. */
  readonly last: number;
}

function exclusionOf(pins: readonly MatrixPin[]): Exclusion | undefined {
  const positions: (number | undefined)[] = [];
  for (const { axis, index } of pins) {
    if (index === undefined) return undefined;
    positions[axis] = index;
  }
  return pins.length === 0 ? undefined : { positions, last: positions.length - 1 };
}

function standsAt(place: Place, positions: Exclusion['positions']): boolean {
  return positions.every((position, axis) => position === undefined || position === place[axis]);
}

/** Of exclusions that may apply, those that still may after one more axis; undefined: one of them does. */
function narrowed(
  applying: readonly Exclusion[],
  axis: number,
  position: number,
): readonly Exclusion[] | undefined {
  if (applying.length === 0) return applying;
  const still = applying.filter(({ positions }) => {
    return positions[axis] === undefined || positions[axis] === position;
  });
  return still.some((exclusion) => exclusion.last === axis) ? undefined : still;
}
