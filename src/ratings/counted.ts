/** The ratings that count: those whose songs are there today, with the songs they are about. */
import type { AbxTest, Comparison, Heard, Ratings, Stars } from './ratings.ts';
import type { SongIndex } from './songs.ts';

/** Songs by their places in the index. */
export interface CountedPair {
  readonly listener: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly a: number;
  readonly b: number;
}

export interface CountedComparison extends CountedPair {
  readonly choice: Comparison['choice'];
  readonly blind: boolean;
}

export interface CountedAbx extends CountedPair {
  readonly trials: number;
  readonly correct: number;
}

export interface CountedStars {
  readonly of: number;
  readonly stars: number;
}

export interface Counted {
  readonly comparisons: readonly CountedComparison[];
  readonly abx: readonly CountedAbx[];
  /** The last word of each listener on each song. */
  readonly stars: readonly CountedStars[];
  readonly uncounted: Uncounted;
}

export interface Uncounted {
  /** Ratings of jobs that are not there. */
  readonly gone: number;
  /** Ratings of jobs that have another song today. */
  readonly changed: number;
}

/** @param ratings one document for each listener */
export function countRatings(ratings: readonly Ratings[], index: SongIndex): Counted {
  const uncounted = { gone: 0, changed: 0 };
  const isHere = (...heard: readonly Heard[]): boolean => {
    if (heard.every((one) => index.placeOf(one) !== undefined)) return true;
    uncounted[heard.every(({ job }) => index.hasJob(job)) ? 'changed' : 'gone']++;
    return false;
  };
  const placeOf = (heard: Heard) => index.placeOf(heard) ?? -1;
  const pairOf = (listener: string, { at, a, b }: Comparison | AbxTest): CountedPair => {
    return { listener, at: Date.parse(at), a: placeOf(a), b: placeOf(b) };
  };
  const comparisons: CountedComparison[] = [];
  const abx: CountedAbx[] = [];
  const stars: CountedStars[] = [];
  for (const one of ratings) {
    for (const comparison of one.comparisons) {
      const { a, b, choice, blind } = comparison;
      if (isHere(a, b)) comparisons.push({ ...pairOf(one.listener, comparison), choice, blind });
    }
    for (const test of one.abx) {
      const { a, b, trials, correct } = test;
      if (isHere(a, b)) abx.push({ ...pairOf(one.listener, test), trials, correct });
    }
    const last = new Map<number, Stars>();
    for (const given of one.stars) {
      if (!isHere(given.of)) continue;
      const earlier = last.get(placeOf(given.of));
      if (earlier && Date.parse(earlier.at) > Date.parse(given.at)) continue;
      last.set(placeOf(given.of), given);
    }
    for (const [of, given] of last) stars.push({ of, stars: given.stars });
  }
  return { comparisons, abx, stars, uncounted };
}
