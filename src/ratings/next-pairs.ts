/**
 * What to hear next: pairs of songs that differ on one axis only, from which most is expected to be learnt
 * about the order of its values. First each pair of values once, in the songs that were heard least.
 */
import type { Strengths } from './bradley-terry.ts';
import { expectedInformation, within95 } from './bradley-terry.ts';
import type { CountedPair } from './counted.ts';
import { groupsAlong, type Song, type SongIndex } from './songs.ts';

export interface NextPair {
  readonly a: Song;
  readonly b: Song;
  /** What is expected to be learnt, in nats; only good for comparing pairs. */
  readonly information: number;
}

export interface AxisKnowledge {
  readonly axis: string;
  /** All axes. */
  readonly axes: readonly string[];
  readonly itemOf: ReadonlyMap<string, number>;
  readonly fit: Strengths;
}

/** Values of one group that are paired with each other: all pairs of a thousand seeds are too many. */
const pairedValues = 12;

/** Pairs of values whose information is worked out: those that could have most. */
const weighedPairs = 300;

/** Two values, and the songs in which they can be heard. */
interface Candidate {
  readonly items: readonly [number, number];
  readonly pairs: { readonly one: number; readonly other: number; readonly times: number }[];
}

/** @param heard what is not proposed again */
export function nextPairs(
  index: SongIndex,
  knowledge: AxisKnowledge,
  heard: readonly CountedPair[],
  most: number,
): readonly NextPair[] {
  const { fit } = knowledge;
  const weighed = candidatesOf(index, knowledge, heard)
    .map((candidate) => ({ ...candidate, atMost: expectedAtMost(fit, candidate.items) }))
    .sort((one, other) => other.atMost - one.atMost)
    .slice(0, weighedPairs)
    .map(({ items, pairs }) => ({
      information: expectedInformation(fit.difference(...items)),
      pairs: pairs.sort((one, other) => one.times - other.times),
    }))
    .sort((one, other) => other.information - one.information);

  const found: NextPair[] = [];
  for (let round = 0; found.length < most; round++) {
    const before = found.length;
    for (const { information, pairs } of weighed) {
      const a = index.songs[pairs[round]?.one ?? -1];
      const b = index.songs[pairs[round]?.other ?? -1];
      if (a && b && found.length < most) found.push({ a, b, information });
    }
    if (found.length === before) break;
  }
  return found;
}

/** Where the two depend on each other as unfavourably as can be. */
function expectedAtMost(
  { strengths, errors }: Strengths,
  [one, other]: readonly [number, number],
): number {
  return expectedInformation({
    mean: (strengths[one] ?? 0) - (strengths[other] ?? 0),
    error: (errors[one] ?? 0) + (errors[other] ?? 0),
  });
}

function candidatesOf(
  index: SongIndex,
  { axis, axes, itemOf, fit }: AxisKnowledge,
  heard: readonly CountedPair[],
): Candidate[] {
  const { songs, pairKey } = index;
  const heardPairs = new Set(heard.map(({ a, b }) => pairKey(a, b)));
  const timesHeard = new Map<number, number>();
  for (const place of heard.flatMap(({ a, b }) => [a, b])) {
    timesHeard.set(place, (timesHeard.get(place) ?? 0) + 1);
  }
  const itemAt = (place: number) => itemOf.get(songs[place]?.coordinates[axis] ?? '') ?? 0;
  // The best that a value may yet turn out to be.
  const promise = (place: number) => {
    const item = itemAt(place);
    return (fit.strengths[item] ?? 0) + within95 * (fit.errors[item] ?? 0);
  };
  const candidates = new Map<number, Candidate>();
  for (const group of groupsAlong(axis, songs, axes)) {
    const promising = group
      .toSorted((one, other) => promise(other) - promise(one))
      .slice(0, pairedValues);
    for (const [rank, one] of promising.entries()) {
      for (const other of promising.slice(rank + 1)) {
        const items = [itemAt(one), itemAt(other)].sort((low, high) => low - high);
        const [low = 0, high = 0] = items;
        if (low === high || heardPairs.has(pairKey(one, other))) continue;
        const key = low * itemOf.size + high;
        const candidate = candidates.get(key) ?? { items: [low, high], pairs: [] };
        const times = (timesHeard.get(one) ?? 0) + (timesHeard.get(other) ?? 0);
        candidate.pairs.push({ one, other, times });
        candidates.set(key, candidate);
      }
    }
  }
  return [...candidates.values()];
}
