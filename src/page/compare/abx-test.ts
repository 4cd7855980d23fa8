/**
 * ABX: whether a difference is heard at all. A and B are known, X is one of them, drawn anew in each trial.
 * How many trials there are is settled before the first, and how it goes is told after the last: who may stop
 * when it looks good always finds a difference.
 */
import type { Draw } from './chance.ts';

export const trialNumbers = [10, 16, 20] as const;

export type TrialNumber = (typeof trialNumbers)[number];

export type Side = 'a' | 'b';

export interface RunningAbx {
  readonly trials: TrialNumber;
  /** Trials that are over. */
  readonly answered: number;
  readonly correct: number;
  /** What X is now. */
  readonly x: Side;
}

export function beginAbx(trials: TrialNumber, draw: Draw): RunningAbx {
  return { trials, answered: 0, correct: 0, x: drawSide(draw) };
}

export function answerAbx(test: RunningAbx, x: Side, draw: Draw): RunningAbx {
  return {
    ...test,
    answered: test.answered + 1,
    correct: test.correct + (test.x === x ? 1 : 0),
    x: drawSide(draw),
  };
}

export function drawSide(draw: Draw): Side {
  return draw(2) === 0 ? 'a' : 'b';
}
