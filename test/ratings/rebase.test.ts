/** Two pages that change one document at the same time: neither loses what it said. */
import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { parseRatings, ratingsSchemaId, type Ratings } from '../../src/ratings/ratings.ts';
import { rebaseRatings } from '../../src/ratings/rebase.ts';
import { writtenRatings } from '../../src/ratings/written.ts';

const digits = (number: number) => number.toString(16).padStart(32, '0');

function ratingsOf(numbers: Iterable<number>): Ratings {
  const at = '2026-11-22T10:15:00.000Z';
  const heard = (number: number) => ({ job: digits(number), song: digits(number) });
  const all = [...numbers];
  const pairs = all.map((number) => ({ at, a: heard(number), b: heard(number + 1) }));
  return {
    $schema: ratingsSchemaId,
    batch: 'test',
    listener: 'ann',
    comparisons: pairs.map((pair) => ({ ...pair, choice: 'a', blind: true })),
    abx: pairs.map((pair) => ({ ...pair, trials: 16, correct: 12 })),
    stars: all.map((number) => ({ at, of: heard(number), stars: 3 })),
  };
}

const numbers = fc.uniqueArray(fc.nat({ max: 8 }));
const numbersIn = ({ stars }: Ratings) => stars.map(({ of }) => parseInt(of.job, 16)).sort();

test('what either added is there, what either took back is not, and nothing is there twice', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, (base, ours, theirs) => {
      const rebased = rebaseRatings(ratingsOf(base), ratingsOf(ours), ratingsOf(theirs));
      const expected = [...new Set([...ours, ...theirs])]
        .filter((one) => !base.includes(one) || (ours.includes(one) && theirs.includes(one)))
        .sort();
      expect(numbersIn(rebased)).toEqual(expected);
      expect(rebased.comparisons).toHaveLength(expected.length);
      expect(rebased.abx).toHaveLength(expected.length);
    }),
  );
});

test('a listener keeps the name that was given last, ours where both gave one', () => {
  const named = (listener: string) => ({ ...ratingsOf([]), listener });
  const name = (...[base, ours, theirs]: [string, string, string]) =>
    rebaseRatings(named(base), named(ours), named(theirs)).listener;
  expect(name('me', 'me', 'ann')).toBe('ann');
  expect(name('me', 'ann', 'me')).toBe('ann');
  expect(name('me', 'ann', 'bob')).toBe('ann');
});

test('what is written is read back as it was, a line for a rating', () => {
  fc.assert(
    fc.property(numbers, fc.string({ minLength: 1, maxLength: 20 }), (some, listener) => {
      const ratings = { ...ratingsOf(some), listener };
      const text = writtenRatings(ratings);
      expect(parseRatings(JSON.parse(text))).toEqual(ratings);
      const lists = some.length === 0 ? 3 : 6;
      expect(text.trimEnd().split('\n')).toHaveLength(5 + lists + 3 * some.length);
    }),
  );
});
