/**
 * A matrix narrowed to some of its jobs: which values stay on each axis, and what has to be excluded and
 * included, so that the result has those jobs and none that the whole does not have.
 *
 * The axis `seed` is left open. What nobody wants is excluded with every seed, so that seeds can be added;
 * beside the wanted jobs the result has those that differ from one of them in the seed only, where that is
 * the seed of another. Which of those the whole does not have (`exclude`, `sample`) is excluded seed by seed.
 * Copies (`repeat`) cannot be excluded: with those the sample stays, and draws what it drew of the whole.
 */
import type { JobId } from '../job/job.ts';
import type { Manifest, Pin } from '../manifest/manifest.ts';
import type { Candidate } from './candidates.ts';
import { candidatesOf } from './candidates.ts';
import type { Plan } from './plan.ts';
import type { Place } from './product.ts';

/** Positions on the axes and in the lists of a manifest. */
export interface Narrowing {
  /** Of each axis those that stay, in order; at least one. */
  readonly values: readonly (readonly number[])[];
  readonly exclude: {
    readonly kept: readonly number[];
    readonly added: readonly PartialPlace[];
  };
  readonly include: { readonly kept: readonly number[] };
  /** Jobs that `sample` still has to draw; absent where it goes. */
  readonly sample?: number;
}

/** Position on each axis; undefined: any. */
export type PartialPlace = readonly (number | undefined)[];

/** More entries than this nobody reads; the wanted jobs have too little in common. */
const mostExclusions = 2000;

/** @returns undefined where more entries of `exclude` would be needed than anybody reads */
export function narrow(plan: Plan, wanted: ReadonlySet<JobId>): Narrowing | undefined {
  const { axes, exclude, include } = plan.manifest;
  const chosen = chosenJobs(plan, wanted);
  if (chosen.places.length === 0) return entriesOnly(plan, chosen.entries);

  const values = axes.map((_, axis) => distinct(chosen.places.map((place) => place[axis] ?? 0)));
  const isKept = ({ axis, index }: Pin) => index !== undefined && values[axis]?.includes(index);
  const kept = [...exclude.keys()].filter((entry) => exclude[entry]?.pins.every(isKept));
  const exclusions = createExclusions(
    kept.map((entry) => partialPlace(axes.length, exclude[entry]?.pins ?? [])),
  );

  const seed = axes.findIndex(({ name }) => name === 'seed');
  if (!excludeOthers(chosen.places, values, seed, exclusions)) return undefined;
  const standing = standingPlaces(plan, chosen.places, values, seed);
  if (!excludeMissing(chosen.places, values[seed] ?? [], seed, standing, exclusions)) {
    return undefined;
  }
  const isMerged = (pins: readonly Pin[]) => {
    const pinned = partialPlace(axes.length, pins);
    return pins.every(isKept) && standing.some((place) => covers(pinned, place));
  };
  return {
    values,
    exclude: { kept, added: exclusions.added },
    include: {
      kept: [...include.keys()].filter(
        (entry) => chosen.entries.has(entry) || isMerged(include[entry]?.pins ?? []),
      ),
    },
    ...sampleOf(plan, standing, chosen.entries),
  };
}

/** Which jobs a sample draws is decided by rank: of fewer jobs it draws the same, if it draws as many of them. */
function sampleOf(
  plan: Plan,
  standing: readonly Place[],
  entries: ReadonlySet<number>,
): Pick<Narrowing, 'sample'> {
  if (!isDrawnByCopies(plan.manifest)) return {};
  const drawn = new Set([...plan.planned()].map(({ id }) => id));
  const there = new Set(standing.map((place) => place.join()));
  const left = new Set<JobId>();
  for (const { id, origin } of combinationsOf(plan)) {
    const isThere = 'entry' in origin ? entries.has(origin.entry) : there.has(origin.place.join());
    if (isThere && drawn.has(id)) left.add(id);
  }
  return { sample: left.size };
}

function isDrawnByCopies({ sample, repeat }: Manifest): boolean {
  return sample !== undefined && repeat > 1;
}

/** The combinations that the plan has jobs of, in its order, copies and duplicates too. */
function* combinationsOf({ manifest, planned }: Plan): Generator<Candidate> {
  const drawn =
    manifest.sample && !isDrawnByCopies(manifest)
      ? new Set(Array.from(planned(), ({ id }) => id))
      : undefined;
  for (const candidate of candidatesOf(manifest).walk()) {
    if (!drawn || drawn.has(candidate.id)) yield candidate;
  }
}

function chosenJobs(
  plan: Plan,
  wanted: ReadonlySet<JobId>,
): { readonly places: readonly Place[]; readonly entries: ReadonlySet<number> } {
  const left = new Set(wanted);
  const places = new Map<string, Place>();
  const entries = new Set<number>();
  for (const { id, origin } of combinationsOf(plan)) {
    // Where two combinations buy the same, the job has the name of the first.
    if (!left.delete(id)) continue;
    if ('entry' in origin) entries.add(origin.entry);
    else places.set(origin.place.join(), origin.place);
  }
  return { places: [...places.values()], entries };
}

/** No combination of the matrix is wanted: one is left, and excluded, so that the axes stay what they are. */
function entriesOnly(plan: Plan, entries: ReadonlySet<number>): Narrowing {
  const { axes } = plan.manifest;
  const pinned = Math.max(
    0,
    axes.findIndex(({ name }) => name !== 'seed'),
  );
  const added = axes.map((_, axis) => (axis === pinned ? 0 : undefined));
  return {
    values: axes.map(() => [0]),
    exclude: { kept: [], added: axes.length > 0 ? [added] : [] },
    include: { kept: [...entries].sort((one, other) => one - other) },
    ...sampleOf(plan, [], entries),
  };
}

/**
 * Excludes, with as few axes as it takes, every combination of values (seeds aside) on which no chosen place
 * stands. @returns false where that takes too many entries
 */
function excludeOthers(
  chosen: readonly Place[],
  values: readonly (readonly number[])[],
  seed: number,
  exclusions: Exclusions,
): boolean {
  const others = [...values.keys()].filter((axis) => axis !== seed);
  return descend(0, chosen, []);

  /** @param prefix positions on the first `depth` of the other axes, where the places of `on` stand */
  function descend(depth: number, on: readonly Place[], prefix: PartialPlace): boolean {
    const axis = others[depth];
    if (axis === undefined) return true;
    return (values[axis] ?? []).every((value) => {
      const place = values.map((_, other) => (other === axis ? value : prefix[other]));
      const standing = on.filter((one) => one[axis] === value);
      if (standing.length > 0) return descend(depth + 1, standing, place);
      if (exclusions.has(place)) return true;
      return exclusions.add(fewestPins(place, axis, others.slice(0, depth), chosen));
    });
  }
}

/** The least of a place that already tells it apart from all that are chosen. */
function fewestPins(
  place: PartialPlace,
  last: number,
  earlier: readonly number[],
  chosen: readonly Place[],
): PartialPlace {
  for (let size = 1; size < earlier.length; size++) {
    for (const axes of subsets(earlier, size)) {
      const pinned = place.map((value, axis) => {
        return axis === last || axes.includes(axis) ? value : undefined;
      });
      if (!chosen.some((one) => covers(pinned, one))) return pinned;
    }
  }
  return place;
}

function* subsets(axes: readonly number[], size: number): Generator<readonly number[]> {
  if (size === 0) yield [];
  for (const [index, axis] of axes.entries()) {
    if (size === 0) return;
    for (const rest of subsets(axes.slice(index + 1), size - 1)) yield [axis, ...rest];
  }
}

/** Combinations of the whole that the narrowed matrix has: a chosen one's values, and a seed that stays. */
function standingPlaces(
  plan: Plan,
  chosen: readonly Place[],
  values: readonly (readonly number[])[],
  seed: number,
): readonly Place[] {
  const seeds = new Set(values[seed]);
  const keys = new Set(chosen.map((place) => keyWithout(seed, place)));
  const standing: Place[] = [];
  for (const { origin } of combinationsOf(plan)) {
    if (!('place' in origin) || !keys.has(keyWithout(seed, origin.place))) continue;
    if (seed < 0 || seeds.has(origin.place[seed] ?? -1)) standing.push(origin.place);
  }
  return standing;
}

/** Excludes what the narrowed matrix would have with its seeds and the whole does not have. */
function excludeMissing(
  chosen: readonly Place[],
  seeds: readonly number[],
  seed: number,
  standing: readonly Place[],
  exclusions: Exclusions,
): boolean {
  if (seed < 0) return true;
  const there = new Set(standing.map((place) => place.join()));
  const each = new Map(chosen.map((place) => [keyWithout(seed, place), place]));
  return [...each.values()].every((place) =>
    seeds.every((value) => {
      const wanted = place.with(seed, value);
      return there.has(wanted.join()) || exclusions.has(wanted) || exclusions.add(wanted);
    }),
  );
}

interface Exclusions {
  readonly added: readonly PartialPlace[];
  /** Whether an entry drops all that stands there. */
  readonly has: (place: PartialPlace) => boolean;
  /** @returns false where there are too many */
  readonly add: (place: PartialPlace) => boolean;
}

function createExclusions(kept: readonly PartialPlace[]): Exclusions {
  const added: PartialPlace[] = [];
  return {
    added,
    has: (place) =>
      kept.some((entry) => covers(entry, place)) || added.some((entry) => covers(entry, place)),
    add: (place) => added.push(place) <= mostExclusions,
  };
}

function covers(entry: PartialPlace, place: PartialPlace): boolean {
  return entry.every((position, axis) => position === undefined || place[axis] === position);
}

function partialPlace(axes: number, pins: readonly Pin[]): PartialPlace {
  const place = new Array<number | undefined>(axes).fill(undefined);
  for (const { axis, index } of pins) place[axis] = index;
  return place;
}

function keyWithout(seed: number, place: Place): string {
  return place.map((position, axis) => (axis === seed ? '' : position)).join();
}

function distinct(positions: readonly number[]): readonly number[] {
  return [...new Set(positions)].sort((one, other) => one - other);
}
