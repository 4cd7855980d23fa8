/**
 * What this listener thought of the songs: kept as it is made, exported as `ratings.json`. Files of other
 * listeners may be opened beside it; they are shown, and never become part of one's own.
 */
import { batch as atOnce, computed, signal, type ReadonlySignal } from '@preact/signals';
import {
  longestListener,
  mergeRatings,
  ratingsSchemaId,
  soundKey,
  type AbxTest,
  type Comparison,
  type Heard,
  type Ratings,
  type Stars,
} from '../ratings/ratings.ts';
import { readRatingsText } from '../ratings/read-text.ts';
import type { PlayableJob } from './player.ts';

export interface RatingsBook {
  readonly own: ReadonlySignal<Ratings>;
  /** Of others, one document for each listener. */
  readonly others: ReadonlySignal<readonly Ratings[]>;
  /** Why the last change is not kept beyond this tab; undefined while all is well. */
  readonly trouble: ReadonlySignal<string | undefined>;
  /** What was opened under this name becomes one's own. */
  readonly nameListener: (name: string) => void;
  /** 0 takes the stars back. */
  readonly rate: (job: PlayableJob, stars: 0 | 1 | 2 | 3 | 4 | 5) => void;
  readonly starsOf: (job: PlayableJob) => Stars['stars'] | undefined;
  readonly addComparison: (comparison: Comparison) => void;
  readonly takeBack: (comparison: Comparison) => void;
  readonly addAbx: (test: AbxTest) => void;
  /** Adds a file: one's own is merged, others' stand beside it. */
  readonly open: (text: string) => Opened;
  /** Forgets what was opened of another listener. */
  readonly putAside: (listener: string) => void;
  /** Forgets what one rated, and nothing of others. */
  readonly clear: () => void;
  /** Puts a whole document in the place of one's own. */
  readonly replace: (ratings: Ratings) => void;
  readonly snapshot: () => Snapshot;
  readonly restore: (before: Snapshot) => void;
}

/** What became of a file. */
export type Opened =
  /** `why` is for people, and follows the name of the file. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'merged'; readonly added: number }
  | { readonly kind: 'beside'; readonly listener: string; readonly ratings: number };

/** All that was rated and opened, as it was once. */
export interface Snapshot {
  readonly own: Ratings;
  readonly others: readonly Ratings[];
}

/** Where one's own ratings are kept. */
export interface Keeping {
  /** What was kept before. */
  readonly kept: Ratings | undefined;
  /** Answers why they are not kept, for people. */
  readonly keep: (own: Ratings) => string | undefined;
  /** From here on the book hears of what is kept by others: other tabs, other pages of the batch. */
  readonly attach: (book: RatingsBook) => void;
}

/** The name of somebody who has not given one. */
export const anonymous = 'me';

export function createRatingsBook(batch: string, { kept, keep }: Keeping): RatingsBook {
  const trouble = signal<string | undefined>(undefined);
  const own = signal<Ratings>(kept ?? noRatings(batch));
  const others = signal<readonly Ratings[]>([]);
  // All cells of a matrix ask; the last word holds.
  const starsBySound = computed(
    () => new Map(own.value.stars.map(({ of, stars }) => [soundKey(of), stars])),
  );

  const change = (changed: Partial<Ratings>): void => {
    own.value = { ...own.value, ...changed };
    trouble.value = keep(own.value);
  };
  const merge = (theirs: Ratings): void => {
    change(mergeRatings([own.value, theirs])[0] ?? {});
  };

  return {
    own,
    others,
    trouble,
    nameListener: (name) => {
      const listener = Array.from(name.trim()).slice(0, longestListener).join('') || anonymous;
      atOnce(() => {
        change({ listener });
        const ofSame = others.value.find((one) => one.listener === listener);
        if (ofSame) merge(ofSame);
        others.value = others.value.filter((one) => one !== ofSame);
      });
    },
    rate: (job, stars) => {
      const of = heard(job);
      const rest = own.value.stars.filter((one) => soundKey(one.of) !== soundKey(of));
      change({ stars: stars === 0 ? rest : [...rest, { at: now(), of, stars }] });
    },
    starsOf: (job) => starsBySound.value.get(soundKey(heard(job))),
    addComparison: (comparison) => {
      change({ comparisons: [...own.value.comparisons, comparison] });
    },
    takeBack: ({ at, a, b }) => {
      const isIt = (one: Comparison) =>
        one.at === at && soundKey(one.a) === soundKey(a) && soundKey(one.b) === soundKey(b);
      change({ comparisons: own.value.comparisons.filter((one) => !isIt(one)) });
    },
    addAbx: (test) => {
      change({ abx: [...own.value.abx, test] });
    },
    open: (text) => {
      const read = readRatingsText(text, batch);
      if ('problem' in read) return { kind: 'refused', why: read.problem };
      if (read.listener === own.value.listener) {
        const before = ratingsIn(own.value);
        merge(read);
        return { kind: 'merged', added: ratingsIn(own.value) - before };
      }
      others.value = mergeRatings([...others.value, read]);
      return { kind: 'beside', listener: read.listener, ratings: ratingsIn(read) };
    },
    putAside: (listener) => {
      others.value = others.value.filter((one) => one.listener !== listener);
    },
    clear: () => {
      change({ ...noRatings(batch), listener: own.value.listener });
    },
    replace: change,
    snapshot: () => ({ own: own.value, others: others.value }),
    restore: (before) => {
      atOnce(() => {
        change(before.own);
        others.value = before.others;
      });
    },
  };
}

export function heard({ id, song }: PlayableJob): Heard {
  return { job: id, song: song.hash };
}

export function ratingsIn({ comparisons, abx, stars }: Ratings): number {
  return comparisons.length + abx.length + stars.length;
}

export function noRatings(batch: string): Ratings {
  return {
    $schema: ratingsSchemaId,
    batch,
    listener: anonymous,
    comparisons: [],
    abx: [],
    stars: [],
  };
}

export function now(): string {
  return new Date().toISOString();
}
