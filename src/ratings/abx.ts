/** Whether a difference is heard at all: ABX tests added up, with the chance of doing so well by guessing. */
import { chanceByGuessing } from './binomial.ts';
import type { CountedAbx } from './counted.ts';
import type { Song, SongIndex } from './songs.ts';

export interface AbxScore {
  readonly trials: number;
  readonly correct: number;
  /** How likely it is to be right so often, or more often, by guessing. */
  readonly byGuessing: number;
}

/** What one listener achieved with one pair, in all tests together. */
export interface AbxResult extends AbxScore {
  readonly listener: string;
  readonly a: Song;
  readonly b: Song;
}

export function abxScore(tests: readonly CountedAbx[]): AbxScore | undefined {
  if (tests.length === 0) return undefined;
  const trials = tests.reduce((sum, test) => sum + test.trials, 0);
  const correct = tests.reduce((sum, test) => sum + test.correct, 0);
  return { trials, correct, byGuessing: chanceByGuessing(correct, trials) };
}

/** All tests of a pair count: who stops at a good one and forgets the others proves what he likes. */
export function abxResults(tests: readonly CountedAbx[], index: SongIndex): readonly AbxResult[] {
  const byPair = Map.groupBy(tests, ({ listener, a, b }) =>
    JSON.stringify([listener, index.pairKey(a, b)]),
  );
  return [...byPair.values()].flatMap((ofPair) => {
    const [first] = ofPair;
    const score = abxScore(ofPair);
    const a = index.songs[first?.a ?? -1];
    const b = index.songs[first?.b ?? -1];
    return first && score && a && b ? [{ listener: first.listener, a, b, ...score }] : [];
  });
}
