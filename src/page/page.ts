/** What all views of the page work with, made once. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { PageData } from '../listening/page-format.ts';
import { readBatch, type Batch } from './batch.ts';
import { createPieces, type Pieces } from './pieces.ts';
import { createPlayer, type PlayableJob, type Player } from './player.ts';
import { createRatingsBook, type RatingsBook } from './ratings-book.ts';

export const views = ['matrix', 'compare', 'ranking', 'numbers'] as const;

export type View = (typeof views)[number];

export interface Page {
  readonly batch: ReadonlySignal<Batch>;
  readonly pieces: ReadonlySignal<Pieces>;
  readonly player: Player;
  readonly ratings: RatingsBook;
  readonly view: Signal<View>;
  /** A pair that was chosen to be compared, by ids; the compare view begins with it. */
  readonly chosenPair: Signal<readonly [PlayableJob, PlayableJob] | undefined>;
  /** What is said to screen readers now: what has just happened and is seen elsewhere. */
  readonly announcement: Signal<string>;
}

export function createPage(data: Signal<PageData>): Page {
  const batch = computed(() => readBatch(data.value));
  const songs = computed(() => batch.value.jobs.flatMap(({ song }) => (song ? [song] : [])));
  return {
    batch,
    pieces: computed(() => createPieces(data.value)),
    player: createPlayer(songs),
    ratings: createRatingsBook(data.peek().batch.name),
    view: signal(viewOf(location.hash)),
    chosenPair: signal(undefined),
    announcement: signal(''),
  };
}

/** `#compare` */
export function viewOf(hash: string): View {
  return views.find((view) => hash === `#${view}`) ?? 'matrix';
}
