/**
 * What this listener thought of the songs: kept by the browser as it is made, exported as `ratings.json`.
 * Files of other listeners may be opened beside it; they are shown, and never become part of one's own.
 */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  mergeRatings,
  parseRatings,
  ratingsSchemaId,
  type AbxTest,
  type Comparison,
  type Heard,
  type Ratings,
  type Stars,
} from '../ratings/ratings.ts';
import type { PlayableJob } from './player.ts';

export interface RatingsBook {
  readonly own: ReadonlySignal<Ratings>;
  /** Of others, one document for each listener. */
  readonly others: ReadonlySignal<readonly Ratings[]>;
  /** Why the last change is not kept beyond this tab; undefined while all is well. */
  readonly trouble: Signal<string | undefined>;
  readonly nameListener: (name: string) => void;
  /** 0 takes the stars back. */
  readonly rate: (job: PlayableJob, stars: 0 | 1 | 2 | 3 | 4 | 5) => void;
  readonly starsOf: (job: PlayableJob) => Stars['stars'] | undefined;
  readonly addComparison: (comparison: Comparison) => void;
  readonly addAbx: (test: AbxTest) => void;
  /** Takes the last comparison back, and answers it. */
  readonly undoComparison: () => Comparison | undefined;
  /** Adds a file: one's own is merged, others' stand beside it. Answers why it cannot, for people. */
  readonly open: (text: string) => string | undefined;
  /** Puts a whole document in the place of one's own. */
  readonly replace: (ratings: Ratings) => void;
  readonly clear: () => void;
}

export function heard({ id, song }: PlayableJob): Heard {
  return { job: id, song: song.hash };
}

/** Where one's own ratings are kept. */
export interface Keeping {
  /** What was kept before. */
  readonly kept: Ratings | undefined;
  /** Answers why they are not kept, for people. */
  readonly keep: (own: Ratings) => string | undefined;
}

export function createRatingsBook(batch: string, { kept, keep }: Keeping): RatingsBook {
  const trouble = signal<string | undefined>(undefined);
  const own = signal<Ratings>(kept ?? noRatings(batch));
  const others = signal<readonly Ratings[]>([]);

  const change = (changed: Partial<Ratings>): void => {
    own.value = { ...own.value, ...changed };
    trouble.value = keep(own.value);
  };

  return {
    own,
    others,
    trouble,
    nameListener: (name) => {
      change({ listener: Array.from(name).slice(0, 80).join('') || anonymous });
    },
    rate: (job, stars) => {
      const of = heard(job);
      const rest = own.value.stars.filter((one) => !isSame(one.of, of));
      change({ stars: stars === 0 ? rest : [...rest, { at: now(), of, stars }] });
    },
    starsOf: (job) => own.value.stars.findLast(({ of }) => isSame(of, heard(job)))?.stars,
    addComparison: (comparison) => {
      change({ comparisons: [...own.value.comparisons, comparison] });
    },
    addAbx: (test) => {
      change({ abx: [...own.value.abx, test] });
    },
    undoComparison: () => {
      const last = own.value.comparisons.at(-1);
      change({ comparisons: own.value.comparisons.slice(0, -1) });
      return last;
    },
    open: (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return 'it is not JSON';
      }
      const read = parseRatings(value);
      if ('problem' in read) {
        const { pointer, message } = read.problem;
        return `${pointer === '' ? 'it' : pointer} ${message}`;
      }
      if (read.batch !== batch) return `it is about the batch "${read.batch}", this is "${batch}"`;
      if (read.listener !== own.value.listener) {
        others.value = mergeRatings([...others.value, read]);
      } else {
        change(mergeRatings([own.value, read])[0] ?? {});
      }
      return undefined;
    },
    replace: change,
    clear: () => {
      change({ ...noRatings(batch), listener: own.value.listener });
    },
  };
}

const anonymous = 'me';

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

/** In this browser: all there is for a page that was opened from a disk. */
export function keepInBrowser(batch: string): Keeping {
  // Pages that were opened from disks share one storage.
  const key = `songbatch ratings ${batch}`;
  return {
    kept: readKept(key),
    keep: (own) => {
      try {
        localStorage.setItem(key, JSON.stringify(own));
        return undefined;
      } catch {
        return 'this browser keeps nothing for this page: export your ratings before you close it';
      }
    },
  };
}

function readKept(key: string): Ratings | undefined {
  try {
    const read = parseRatings(JSON.parse(localStorage.getItem(key) ?? 'null'));
    return 'problem' in read ? undefined : read;
  } catch {
    return undefined;
  }
}

function isSame(one: Heard, other: Heard): boolean {
  return one.job === other.job && one.song === other.song;
}

export function now(): string {
  return new Date().toISOString();
}
