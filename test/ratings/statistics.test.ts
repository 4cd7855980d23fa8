/** Agreement and the p-value of ABX tests, against published examples. */
import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { agreementOf } from '../../src/ratings/agreement.ts';
import { chanceByGuessing } from '../../src/ratings/binomial.ts';

/** Observers in rows, units in columns, `.` for what was not observed. */
function answersOf(rows: readonly string[]): string[][] {
  const table = rows.map((row) => row.split(/ +/));
  return (table[0] ?? []).map((_, unit) =>
    table.map((row) => row[unit] ?? '.').filter((answer) => answer !== '.'),
  );
}

test("Krippendorff's own example has his alpha", () => {
  // K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example D: nominal data, any number
  // of observers, missing data: 0.743.
  const agreement = agreementOf(
    answersOf([
      '1 2 3 3 2 1 4 1 2 . . .',
      '1 2 3 3 2 2 4 1 2 5 . 3',
      '. 3 3 3 2 3 4 2 2 5 1 .',
      '1 2 3 3 2 4 4 1 2 5 1 .',
    ]),
  );
  expect(agreement?.alpha).toBeCloseTo(0.743, 3);
  expect(agreement?.questions).toBe(11);
});

test('the example of his that encyclopedias have', () => {
  // en.wikipedia.org/wiki/Krippendorff's_alpha, "A computational example": 0.691.
  const agreement = agreementOf(
    answersOf([
      '. . . . . 3 4 1 2 1 1 3 3 . 3',
      '1 . 2 1 3 3 4 3 . . . . . . .',
      '. . 2 1 3 4 4 . 2 1 1 3 3 . 4',
    ]),
  );
  expect(agreement?.alpha).toBeCloseTo(0.691, 3);
});

test('two who always agree have alpha 1, two who never do less than chance', () => {
  const agreeing = agreementOf([['x', 'x'], ['y', 'y'], ['x']]);
  expect(agreeing).toEqual({ alpha: 1, share: 1, questions: 2 });
  const opposed = agreementOf([
    ['x', 'y'],
    ['y', 'x'],
  ]);
  expect(opposed?.alpha).toBeLessThan(0);
  expect(opposed?.share).toBe(0);
});

test('one answer to everything tells nothing apart, and single answers are no agreement', () => {
  expect(agreementOf([['x', 'x', 'x']])).toEqual({ alpha: undefined, share: 1, questions: 1 });
  expect(agreementOf([['x'], []])).toBeUndefined();
});

test('12 of 16 by guessing', () => {
  // The usual table of ABX tests: 2517 of 65536 ways.
  expect(chanceByGuessing(12, 16)).toBeCloseTo(2517 / 65_536, 12);
  expect(chanceByGuessing(5, 5)).toBe(1 / 32);
  expect(chanceByGuessing(0, 7)).toBe(1);
  expect(chanceByGuessing(1000, 1000)).toBe(2 ** -1000);
  // Python: sum(comb(n, k) for k in range(c, n + 1)) / 2**n
  expect(chanceByGuessing(60, 100)).toBeCloseTo(0.028443966820490395, 15);
  expect(chanceByGuessing(700, 1000) / 8.832839003975068e-38).toBeCloseTo(1, 12);
  expect(chanceByGuessing(1100, 2000) / 4.2e-6).toBeCloseTo(1, 0);
});

test('at least k right, or at most k - 1, is certain; half of an odd number is a coin', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(), (trials, nat) => {
      const correct = nat % (trials + 1);
      // At most k - 1 right is at least n - k + 1 wrong.
      const less = correct === 0 ? 0 : chanceByGuessing(trials - correct + 1, trials);
      expect(chanceByGuessing(correct, trials) + less).toBeCloseTo(1, 12);
    }),
  );
});
