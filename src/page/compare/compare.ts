/** What goes on in the compare view, kept while other views are open: what is asked now, and what was answered. */
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Ranking } from '../../ratings/ranking.ts';
import type { AbxTest, Comparison, Heard } from '../../ratings/ratings.ts';
import type { Batch } from '../batch.ts';
import type { PlayableJob } from '../player.ts';
import { now, type RatingsBook } from '../ratings-book.ts';
import { answerAbx, beginAbx, type RunningAbx, type Side, type TrialNumber } from './abx-test.ts';
import { createAskedPairs, type AskedPairs, type Pair, type RatableSong } from './asked-pairs.ts';
import { drawBelow } from './chance.ts';

export interface Answered {
  readonly pair: Pair;
  readonly comparison: Comparison;
}

export type Stage =
  | { readonly kind: 'choosing' }
  | { readonly kind: 'blind'; readonly pair: Pair }
  /** All pairs are answered, or the listener has stopped. */
  | { readonly kind: 'judged' }
  | { readonly kind: 'abx'; readonly pair: Pair; readonly test: RunningAbx }
  | { readonly kind: 'tested'; readonly pair: Pair; readonly test: AbxTest };

export interface Compare {
  readonly stage: ReadonlySignal<Stage>;
  readonly pairs: AskedPairs;
  /** Whether each answer shows which song was which. */
  readonly reveals: Signal<boolean>;
  /** Of the next ABX test. */
  readonly trials: Signal<TrialNumber>;
  /** In this sitting. */
  readonly answered: ReadonlySignal<readonly Answered[]>;
  /** What is passed over because it cannot be played, for people. */
  readonly trouble: ReadonlySignal<string | undefined>;
  /** Whether the next pair begins to play by itself. */
  readonly playsOn: Signal<boolean>;
  readonly startBlind: () => void;
  readonly startAbx: () => void;
  /** Of the pair that was shown: two keys at once are not two answers. */
  readonly choose: (pair: Pair, choice: Comparison['choice']) => void;
  readonly answer: (x: Side) => void;
  /** Takes the last answer back and asks it again. */
  readonly undo: () => void;
  /** Goes on without a song that cannot be played. */
  readonly passOver: (song: RatableSong) => void;
  readonly stop: () => void;
  readonly goOn: () => void;
  readonly chooseAnew: () => void;
}

interface Surroundings {
  readonly batch: ReadonlySignal<Batch>;
  readonly ratings: RatingsBook;
  readonly ranking: ReadonlySignal<Ranking>;
  /** Whenever another pair is chosen, it is what is asked. */
  readonly chosenPair: ReadonlySignal<readonly [PlayableJob, PlayableJob] | undefined>;
}

/** Songs in a row that cannot be played: after so many it is not the songs. */
const mostBroken = 3;

export function createCompare(surroundings: Surroundings): Compare {
  const { ratings, chosenPair } = surroundings;
  const stage = signal<Stage>({ kind: 'choosing' });
  const trials = signal<TrialNumber>(16);
  const answered = signal<readonly Answered[]>([]);
  const trouble = signal<string | undefined>(undefined);
  const playsOn = signal(false);
  let brokenInARow = 0;
  const comparisons = computed(() => answered.value.map(({ comparison }) => comparison));
  const pairs = createAskedPairs({ ...surroundings, answered: comparisons });

  const askNext = (): void => {
    const pair = pairs.draw();
    stage.value = pair ? { kind: 'blind', pair } : { kind: 'judged' };
  };
  const begin = (): void => {
    answered.value = [];
    trouble.value = undefined;
    playsOn.value = true;
    brokenInARow = 0;
  };

  effect(() => {
    if (!chosenPair.value) return;
    pairs.asked.value = { kind: 'chosen', pair: chosenPair.value };
    stage.value = { kind: 'choosing' };
  });

  return {
    stage,
    pairs,
    reveals: signal(false),
    trials,
    answered,
    trouble,
    playsOn,
    startBlind: () => {
      begin();
      askNext();
    },
    startAbx: () => {
      begin();
      const pair = pairs.drawAny();
      if (pair) stage.value = { kind: 'abx', pair, test: beginAbx(trials.value, drawBelow) };
    },
    choose: (pair, choice) => {
      if (stage.value.kind !== 'blind' || stage.value.pair !== pair) return;
      const comparison = { at: now(), ...soundsOf(pair), choice, blind: true };
      ratings.addComparison(comparison);
      answered.value = [...answered.value, { pair, comparison }];
      trouble.value = undefined;
      brokenInARow = 0;
      if (pairs.asked.value.kind === 'chosen') stage.value = { kind: 'judged' };
      else askNext();
    },
    answer: (x) => {
      if (stage.value.kind !== 'abx') return;
      const { pair } = stage.value;
      const test = answerAbx(stage.value.test, x, drawBelow);
      if (test.answered < test.trials) {
        stage.value = { kind: 'abx', pair, test };
        return;
      }
      const { trials: number, correct } = test;
      const result = { at: now(), ...soundsOf(pair), trials: number, correct };
      ratings.addAbx(result);
      stage.value = { kind: 'tested', pair, test: result };
    },
    undo: () => {
      const last = answered.value.at(-1);
      if (!last) return;
      ratings.takeBack(last.comparison);
      answered.value = answered.value.slice(0, -1);
      // By now it may have been shown which is which.
      stage.value = { kind: 'blind', pair: pairs.redraw(last.pair) };
    },
    passOver: (song) => {
      pairs.exclude(song);
      brokenInARow++;
      if (stage.value.kind === 'blind' && brokenInARow < mostBroken) {
        trouble.value = `${cannotBePlayed(song)} Pairs with it are left out.`;
        askNext();
      } else {
        trouble.value =
          brokenInARow < mostBroken
            ? cannotBePlayed(song)
            : `${mostBroken} songs in a row cannot be played: is this page still in the folder report/ beside them?`;
        stage.value = { kind: 'choosing' };
      }
    },
    stop: () => {
      const isWorthSumming = stage.value.kind === 'blind' && answered.value.length > 0;
      stage.value = { kind: isWorthSumming ? 'judged' : 'choosing' };
    },
    goOn: () => {
      playsOn.value = true;
      askNext();
    },
    chooseAnew: () => {
      stage.value = { kind: 'choosing' };
    },
  };
}

function cannotBePlayed({ playable }: RatableSong): string {
  return `${playable.song.path} cannot be played: the file is not there, or this browser does not know its format.`;
}

function soundsOf({ a, b }: Pair): { readonly a: Heard; readonly b: Heard } {
  const soundOf = ({ job, song }: RatableSong): Heard => ({ job, song });
  return { a: soundOf(a), b: soundOf(b) };
}
