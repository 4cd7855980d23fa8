/** Which pairs of songs are asked, and which one is next: those of an axis or of all, or two that somebody chose. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Ranking } from '../../ratings/ranking.ts';
import type { Comparison, Heard } from '../../ratings/ratings.ts';
import { differingAxis, type Song } from '../../ratings/songs.ts';
import type { Batch } from '../batch.ts';
import { isPlayable, type PlayableJob } from '../player.ts';
import { heard, now, type RatingsBook } from '../ratings-book.ts';
import { drawSide } from './abx-test.ts';
import { drawBelow } from './chance.ts';
import { pairKey, pairsAlong, type Pairs, type SongPair } from './pairs.ts';

/** A song as ratings name it, and as it is played. */
export interface RatableSong extends Song {
  readonly playable: PlayableJob;
}

export interface Pair {
  readonly a: RatableSong;
  readonly b: RatableSong;
  /** The only one on which they differ; undefined where they were chosen and differ otherwise. */
  readonly axis: string | undefined;
}

export type Asked =
  | { readonly kind: 'axis'; readonly axis: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'chosen'; readonly pair: readonly [PlayableJob, PlayableJob] };

export interface AxisPairs {
  readonly axis: string;
  readonly number: number;
  /** Of these, pairs that this listener has judged, now or earlier. */
  readonly judged: number;
}

export interface AskedPairs {
  readonly asked: Signal<Asked>;
  /** Begin with those that tell most about what is undecided; otherwise chance alone decides. */
  readonly undecidedFirst: Signal<boolean>;
  /** Also pairs that were judged before. */
  readonly again: Signal<boolean>;
  /** Axes with pairs. */
  readonly axes: ReadonlySignal<readonly AxisPairs[]>;
  /** How many can still be asked. */
  readonly left: ReadonlySignal<number>;
  /** With its sides drawn; undefined where none is left. */
  readonly draw: () => Pair | undefined;
  /** The same pair, its sides drawn anew. */
  readonly redraw: (pair: Pair) => Pair;
  /** Any of those that are asked, whether it was judged or not. */
  readonly drawAny: () => Pair | undefined;
  /** No pair with this song is asked any more. */
  readonly exclude: (song: RatableSong) => void;
}

interface Surroundings {
  readonly batch: ReadonlySignal<Batch>;
  readonly ratings: RatingsBook;
  readonly ranking: ReadonlySignal<Ranking>;
  /** In this sitting. */
  readonly answered: ReadonlySignal<readonly Comparison[]>;
}

export function createAskedPairs({ batch, ratings, ranking, answered }: Surroundings): AskedPairs {
  const asked = signal<Asked>({ kind: 'any' });
  const undecidedFirst = signal(false);
  const again = signal(false);
  const excluded = signal<ReadonlySet<string>>(new Set());
  const openedAt = now();

  const names = computed(() => batch.value.axes.map(({ name }) => name));
  const songs = computed(() =>
    batch.value.jobs
      .filter(isPlayable)
      .map(ratable)
      .filter(({ song }) => !excluded.value.has(song)),
  );
  const byJob = computed(() => new Map(songs.value.map((song) => [song.job, song])));
  const find = ({ job, song }: Heard): RatableSong | undefined => {
    const found = byJob.value.get(job);
    return found?.song === song ? found : undefined;
  };
  const axisOf = (one: Song, other: Song) => differingAxis(one, other, names.value);

  /** By their keys; with the axis of each. */
  const keysOf = (comparisons: readonly Comparison[]): ReadonlyMap<string, string | undefined> => {
    const pairs = comparisons.map(({ a, b }) => [find(a), find(b)] as const);
    return new Map(
      pairs.flatMap(([a, b]) => (a && b ? [[pairKey(a, b), axisOf(a, b)] as const] : [])),
    );
  };
  const judged = computed(() =>
    keysOf(ratings.own.value.comparisons.filter(({ choice }) => choice !== 'skip')),
  );
  const out = computed(() => {
    if (again.value) return keysOf(answered.value);
    const { comparisons } = ratings.own.value;
    return keysOf(comparisons.filter(({ at, choice }) => choice !== 'skip' || at >= openedAt));
  });
  const isOut = ({ one, other }: SongPair) => out.value.has(pairKey(one, other));

  const axes = computed(() =>
    names.value
      .map((axis): AxisPairs => {
        const { number } = pairsAlong([axis], songs.value, names.value);
        return { axis, number, judged: countOn([axis], judged.value) };
      })
      .filter(({ number }) => number > 0),
  );
  const along = computed(() => {
    switch (asked.value.kind) {
      case 'axis':
        return [asked.value.axis];
      case 'any':
        return axes.value.map(({ axis }) => axis);
      case 'chosen':
        return [];
    }
  });
  const pairs = computed((): Pairs<RatableSong> =>
    pairsAlong(along.value, songs.value, names.value),
  );
  const chosen = computed((): SongPair<RatableSong> | undefined => {
    if (asked.value.kind !== 'chosen') return undefined;
    const [one, other] = asked.value.pair.map((job) => byJob.value.get(job.id));
    return one && other && { one, other };
  });

  const mostTelling = (): SongPair<RatableSong> | undefined => {
    const { listener } = ratings.own.value;
    // Some of them may be out: skipped, or not to be played.
    const enough = answered.value.length + 20;
    return along.value
      .flatMap((axis) => ranking.value.next(axis, listener, enough))
      .sort((pair, other) => other.information - pair.information)
      .flatMap(({ a, b }) => {
        const [one, other] = [find(a), find(b)];
        return one && other ? [{ one, other }] : [];
      })
      .find((pair) => !isOut(pair));
  };
  const onSides = ({ one, other }: SongPair<RatableSong>): Pair => {
    const axis = axisOf(one, other);
    return drawSide(drawBelow) === 'a' ? { a: one, b: other, axis } : { a: other, b: one, axis };
  };
  const drawFrom = (isSpared: (pair: SongPair) => boolean): Pair | undefined => {
    const pair = chosen.value ?? pairs.value.draw(isSpared, drawBelow);
    return pair && onSides(pair);
  };

  return {
    asked,
    undecidedFirst,
    again,
    axes,
    left: computed(() => {
      if (chosen.value) return 1;
      return pairs.value.number - countOn(along.value, out.value);
    }),
    draw: () => {
      const telling = undecidedFirst.value && !chosen.value ? mostTelling() : undefined;
      return telling ? onSides(telling) : drawFrom(isOut);
    },
    redraw: ({ a, b }) => onSides({ one: a, other: b }),
    drawAny: () => drawFrom(() => false),
    exclude: ({ song }) => {
      excluded.value = new Set([...excluded.value, song]);
    },
  };
}

function ratable(playable: PlayableJob): RatableSong {
  return { ...heard(playable), coordinates: playable.coordinates, playable };
}

function countOn(axes: readonly string[], pairs: ReadonlyMap<string, string | undefined>): number {
  return pairs
    .values()
    .filter((axis) => axis !== undefined && axes.includes(axis))
    .reduce((sum) => sum + 1, 0);
}
