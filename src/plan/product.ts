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
  /** Of each position on an axis the first place that has it, in the order of the places. Lazy. */
  readonly firstOn: (axis: number) => Generator<Place>;
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
  const narrowed = firstBehind(
    sizes.map((size, axis) => (fixed.has(axis) ? 1 : size)),
    exclusionsOf(
      applying.map((exclusion) => ({
        pins: exclusion.pins.map((pin) => (fixed.has(pin.axis) ? { ...pin, index: 0 } : pin)),
      })),
    ),
  );
  return narrowed?.map((position, axis) => fixed.get(axis) ?? position);
}

/** The last axis varies fastest. Of no axes there is one place. */
export function productOf(sizes: readonly number[], exclude: readonly Pinned[]): Product {
  const exclusions = exclusionsOf(exclude);
  const last = sizes.length - 1;

  /** How many places there are on this axis and those behind it. */
  function placesFrom(axis: number, applying: readonly Exclusion[]): number {
    if (axis > last) return 1;
    const size = sizes[axis] ?? 0;
    const { named, others } = split(applying, axis);
    let places = named.size < size ? (size - named.size) * placesFrom(axis + 1, others) : 0;
    for (const still of named.values()) if (still) places += placesFrom(axis + 1, still);
    return places;
  }

  function placeAt(rank: number): Place | undefined {
    const place: number[] = [];
    let before = rank;
    let applying: readonly Exclusion[] = exclusions;
    for (const [axis, size] of sizes.entries()) {
      const counted = new Map<readonly Exclusion[], number>();
      const placesIn = ({ count, still }: Run): number => {
        if (!still) return 0;
        const each = counted.get(still) ?? placesFrom(axis + 1, still);
        counted.set(still, each);
        return count * each;
      };
      const run = runsOn(axis, size, applying).find((one) => {
        if (before < placesIn(one)) return true;
        before -= placesIn(one);
        return false;
      });
      if (!run?.still) return undefined;
      const each = placesIn(run) / run.count;
      place.push(run.from + Math.floor(before / each));
      before %= each;
      applying = run.still;
    }
    return before === 0 ? place : undefined;
  }

  /** Goes through the axes before it by runs: behind each position of a run the same ones are there. */
  function* firstOn(axis: number): Generator<Place> {
    const seen = new Set<number>();
    function* under(before: Place, applying: readonly Exclusion[]): Generator<Place> {
      const at = before.length;
      for (const { from, count, still } of runsOn(at, sizes[at] ?? 0, applying)) {
        if (seen.size === sizes[axis]) return;
        if (!still) continue;
        if (at < axis) {
          yield* under([...before, from], still);
          continue;
        }
        let behind: Place | undefined;
        for (let position = from; position < from + count; position++) {
          if (seen.has(position)) continue;
          behind ??= firstBehind(sizes, still, axis + 1);
          if (!behind) break;
          seen.add(position);
          yield [...before, position, ...behind];
        }
      }
    }
    yield* under([], exclusions);
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
    size: placesFrom(0, exclusions),
    placeAt,
    firstOn,
    has: (place) => !exclusions.some(({ positions }) => standsAt(place, positions)),
    walk,
  };
}

/** Positions on one axis behind which the same exclusions may still apply. */
interface Run {
  readonly from: number;
  readonly count: number;
  /** Those; undefined: one does apply, and there is nothing. */
  readonly still: readonly Exclusion[] | undefined;
}

interface Exclusion {
  /** By axis; undefined: any. */
  readonly positions: readonly (number | undefined)[];
  /** The last axis on which it has a position. */
  readonly last: number;
}

function exclusionsOf(exclude: readonly Pinned[]): readonly Exclusion[] {
  return exclude.flatMap(({ pins }) => exclusionOf(pins) ?? []);
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

/** Of exclusions that may apply, those that still may after one more axis. */
interface Split {
  /** Behind the positions that some of them name; undefined: one of them applies. */
  readonly named: ReadonlyMap<number, readonly Exclusion[] | undefined>;
  /** Behind all others. */
  readonly others: readonly Exclusion[];
}

function split(applying: readonly Exclusion[], axis: number): Split {
  const others: Exclusion[] = [];
  const naming = new Map<number, Exclusion[]>();
  for (const exclusion of applying) {
    const position = exclusion.positions[axis];
    if (position === undefined) {
      others.push(exclusion);
      continue;
    }
    const some = naming.get(position);
    if (some) some.push(exclusion);
    else naming.set(position, [exclusion]);
  }
  const named = new Map<number, readonly Exclusion[] | undefined>();
  for (const [position, some] of naming) {
    const applies = some.some(({ last }) => last === axis);
    named.set(position, applies ? undefined : [...others, ...some]);
  }
  return { named, others };
}

/** The positions on an axis, in order, those together that are alike. */
function runsOn(axis: number, size: number, applying: readonly Exclusion[]): readonly Run[] {
  const { named, others } = split(applying, axis);
  const runs: Run[] = [];
  let from = 0;
  for (const [position, still] of [...named].sort(([one], [other]) => one - other)) {
    if (position > from) runs.push({ from, count: position - from, still: others });
    runs.push({ from: position, count: 1, still });
    from = position + 1;
  }
  if (from < size) runs.push({ from, count: size - from, still: others });
  return runs;
}

/** The first place on this axis and those behind it: its positions there. */
function firstBehind(
  sizes: readonly number[],
  applying: readonly Exclusion[],
  axis = 0,
): Place | undefined {
  if (axis === sizes.length) return [];
  for (const { from, still } of runsOn(axis, sizes[axis] ?? 0, applying)) {
    const behind = still && firstBehind(sizes, still, axis + 1);
    if (behind) return [from, ...behind];
  }
  return undefined;
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
