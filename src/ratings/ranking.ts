/**
 * Ratings -> ranking: which values of each axis and which songs are liked best, how sure that is, and what
 * to hear next. Pure, and fast enough to be made anew after each choice: with 5,000 songs and 1,000
 * comparisons it takes some 0.1 s (`bradley-terry.ts` tells when it would take longer).
 *
 * The strength of a value comes from comparisons of songs that differ on its axis only, the strength of a
 * job from all comparisons of its songs. Comparisons that were not blind count like the others; how many
 * they are is told.
 */
import { abxResults, abxScore, type AbxResult, type AbxScore } from './abx.ts';
import { agreementOf, type Agreement } from './agreement.ts';
import { countRatings, type CountedComparison, type Uncounted } from './counted.ts';
import { nextPairs, type NextPair } from './next-pairs.ts';
import { mergeRatings, soundKey, type Ratings } from './ratings.ts';
import { differingAxis, indexSongs, type Song, type SongIndex } from './songs.ts';
import { standingsOf, type Ranked } from './standings.ts';

export interface Ranking {
  readonly listeners: readonly string[];
  readonly counted: {
    /** In which a choice was made. */
    readonly comparisons: number;
    /** Of those: the listener saw what was compared. */
    readonly seen: number;
    readonly skipped: number;
    readonly stars: number;
    readonly abx: number;
  };
  readonly uncounted: Uncounted;
  readonly axes: readonly AxisRanking[];
  /** Those with ratings, the best first. */
  readonly jobs: readonly RankedJob[];
  /** Undefined where no pair was judged by two listeners. */
  readonly agreement: Agreement | undefined;
  readonly abx: readonly AbxResult[];
  /**
   * Pairs that differ on this axis only, from which most is learnt.
   * @param listener who has not heard them yet; undefined: nobody has
   */
  readonly next: (axis: string, listener: string | undefined, most: number) => readonly NextPair[];
}

export interface AxisRanking {
  readonly axis: string;
  /** All of them, the best first. */
  readonly values: readonly RankedValue[];
  /** Of songs that differ on this axis only. */
  readonly comparisons: number;
  /** All trials with such songs; absent where there were none. */
  readonly abx?: AbxScore;
}

export interface RankedValue extends Ranked {
  readonly label: string;
}

export interface RankedJob extends Ranked {
  /** Of several the first. */
  readonly song: Song;
}

/** From this probability on an order counts as decided. */
export const decidedFrom = 0.95;

/**
 * @param ratings of any number of files and listeners
 * @param songs those of today; several where a job has several
 * @param axes all on which songs may differ
 */
export function rankingOf(
  ratings: readonly Ratings[],
  songs: readonly Song[],
  axes: readonly string[],
): Ranking {
  const index = indexSongs(songs);
  const merged = mergeRatings(ratings);
  const { comparisons, abx, stars, uncounted } = countRatings(merged, index);
  const made = comparisons.filter(({ choice }) => choice !== 'skip');

  const axisOf = ({ a, b }: { readonly a: number; readonly b: number }) => {
    const [one, other] = [songs[a], songs[b]];
    return one && other && differingAxis(one, other, axes);
  };
  const madeAlong = Map.groupBy(made, axisOf);
  const testedAlong = Map.groupBy(abx, axisOf);
  const standingsAlong = new Map(
    axes.map((axis) => {
      const labelAt = (place: number) => songs[place]?.coordinates[axis];
      const labels = new Set(songs.flatMap((_, place) => labelAt(place) ?? []));
      const ofAxis = stars.filter(({ of }) => labelAt(of) !== undefined);
      return [axis, standingsOf([...labels], labelAt, madeAlong.get(axis) ?? [], ofAxis)];
    }),
  );

  return {
    listeners: merged.map(({ listener }) => listener),
    counted: {
      comparisons: made.length,
      seen: made.filter(({ blind }) => !blind).length,
      skipped: comparisons.length - made.length,
      stars: stars.length,
      abx: abx.length,
    },
    uncounted,
    axes: Array.from(standingsAlong, ([axis, { ranked }]) => {
      const score = abxScore(testedAlong.get(axis) ?? []);
      return {
        axis,
        values: ranked.map(({ item, ...rest }) => ({ label: item, ...rest })),
        comparisons: madeAlong.get(axis)?.length ?? 0,
        ...(score && { abx: score }),
      };
    }),
    jobs: rankJobs(index, made, stars),
    agreement: agreementOf(answersOf(made, index)),
    abx: abxResults(abx, index),
    next: (axis, listener, most) => {
      const standings = standingsAlong.get(axis);
      if (!standings) return [];
      const heard = comparisons.filter(
        (one) => listener === undefined || one.listener === listener,
      );
      return nextPairs(index, { axis, axes, ...standings }, heard, most);
    },
  };
}

function rankJobs(
  { songs }: SongIndex,
  comparisons: readonly CountedComparison[],
  stars: Parameters<typeof standingsOf>[3],
): readonly RankedJob[] {
  const jobAt = (place: number) => songs[place]?.job;
  const rated = new Set([
    ...comparisons.flatMap(({ a, b }) => [jobAt(a), jobAt(b)]),
    ...stars.map(({ of }) => jobAt(of)),
  ]);
  const firstOf = new Map(songs.toReversed().map((song) => [song.job, song]));
  const items = [...rated].filter((job) => job !== undefined);
  return standingsOf(items, jobAt, comparisons, stars).ranked.flatMap(({ item, ...rest }) => {
    const song = firstOf.get(item);
    return song ? [{ song, ...rest }] : [];
  });
}

/**
 * Of each pair the last answer of each listener. A and B are drawn for each listener: answers are the same
 * when they prefer the same song. Which song of a pair is called the first is left to its hash, so that
 * neither answer is the usual one: a preference that all share must not look like the absence of questions.
 */
function answersOf(
  comparisons: readonly CountedComparison[],
  { songs, pairKey }: SongIndex,
): readonly (readonly string[])[] {
  const byPair = Map.groupBy(comparisons, ({ a, b }) => pairKey(a, b));
  const keyAt = (place: number) => {
    const song = songs[place];
    return song ? soundKey(song) : '';
  };
  return Array.from(byPair.values(), (ofPair) => {
    const inTime = ofPair.toSorted((one, other) => one.at - other.at);
    const lastOf = new Map(inTime.map((one) => [one.listener, one]));
    return Array.from(lastOf.values(), ({ a, b, choice }) => {
      if (choice === 'equal') return 'equal';
      const isFirst = keyAt(a) < keyAt(b);
      return isFirst === (choice === 'a') ? 'first' : 'second';
    });
  });
}
