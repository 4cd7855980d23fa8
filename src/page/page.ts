/** What all views of the page work with, made once. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { PageData } from '../listening/page-format.ts';
import type { Ranking } from '../ratings/ranking.ts';
import { readAddress, type View } from './address.ts';
import { readBatch, type Batch } from './batch.ts';
import { keepInBrowser } from './browser-keeping.ts';
import { createAppearance, type Appearance } from './colours.ts';
import { createCompare, type Compare } from './compare/compare.ts';
import { createMatrix, type Matrix } from './matrix/matrix.ts';
import { createPieces, type Pieces } from './pieces.ts';
import { createPlayer, type PlayableJob, type Player } from './player.ts';
import { goLive, type Live } from './live.ts';
import { readLiveAccess } from './live-access.ts';
import { createLiveRanking } from './ranking/live-ranking.ts';
import { createRatingsBook, type RatingsBook } from './ratings-book.ts';

export interface Page {
  readonly batch: ReadonlySignal<Batch>;
  readonly pieces: ReadonlySignal<Pieces>;
  readonly player: Player;
  readonly ratings: RatingsBook;
  /** Of one's own ratings and those that were opened; made when it is looked at. */
  readonly ranking: ReadonlySignal<Ranking>;
  readonly compare: Compare;
  readonly matrix: Matrix;
  readonly appearance: Appearance;
  readonly view: Signal<View>;
  /** How each view was left, see `Address`; what a view writes here comes into the address. */
  readonly queries: Readonly<Record<View, Signal<string>>>;
  /** A song that waits for another to be compared with. */
  readonly marked: Signal<PlayableJob | undefined>;
  /** A pair that was chosen to be compared: a new array each time, also for the same two songs. */
  readonly chosenPair: Signal<readonly [PlayableJob, PlayableJob] | undefined>;
  /** Of the song that is heard. */
  readonly isSpectrogramOpen: Signal<boolean>;
  /** What is said to screen readers now: what has just happened and is seen elsewhere. */
  readonly announcement: Signal<string>;
  /** Undefined for a page from a disk. */
  readonly live: Live | undefined;
}

export function createPage(data: Signal<PageData>): Page {
  const batch = computed(() => readBatch(data.value));
  const { view, query } = readAddress(location.hash);
  const queryOf = (one: View) => signal(one === view ? query : '');
  const songs = computed(() => batch.value.jobs.flatMap(({ song }) => (song ? [song] : [])));
  const { name } = data.peek().batch;
  const access = readLiveAccess();
  const live = access && goLive(data, access);
  const keeping = live?.keeping ?? keepInBrowser(name);
  const ratings = createRatingsBook(name, keeping);
  keeping.attach(ratings);
  const ranking = createLiveRanking(batch, ratings);
  const chosenPair: Page['chosenPair'] = signal(undefined);
  const queries = {
    matrix: queryOf('matrix'),
    compare: queryOf('compare'),
    ranking: queryOf('ranking'),
    numbers: queryOf('numbers'),
  };
  return {
    batch,
    pieces: computed(() => createPieces(data.value)),
    player: createPlayer(songs),
    ratings,
    ranking,
    compare: createCompare({ batch, ratings, ranking, chosenPair }),
    matrix: createMatrix(batch, ratings, queries.matrix),
    appearance: createAppearance(document.documentElement),
    view: signal(view),
    queries,
    marked: signal(undefined),
    chosenPair,
    isSpectrogramOpen: signal(false),
    announcement: signal(''),
    live,
  };
}
