/** The model against published fits, and against what must hold of every fit. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Duel } from '../../src/ratings/bradley-terry.ts';
import { bradleyTerry, certaintyOf, expectedInformation } from '../../src/ratings/bradley-terry.ts';
import { eliminate } from '../../src/ratings/elimination.ts';

/** So weak that the data alone decide, as in what is published. */
const noPrior = 1e-6;

function fitOf(
  names: readonly string[],
  results: readonly (readonly [string, string, number, number])[],
) {
  const duels = results.map(([a, b, winsA, winsB]) => {
    return { a: names.indexOf(a), b: names.indexOf(b), winsA, winsB };
  });
  return bradleyTerry(names.length, duels, noPrior);
}

describe('published fits', () => {
  test('citations among journals of statistics', () => {
    // S. Stigler, Citation patterns in the journals of statistics and probability, Statistical Science 9
    // (1994). The fit: H. Turner and D. Firth, Bradley-Terry models in R: the BradleyTerry2 package,
    // Journal of Statistical Software 48(9) (2012), section 2.1.
    const journals = ['Biometrika', 'Comm Statist', 'JASA', 'JRSS-B'];
    const { difference } = fitOf(journals, [
      ['Biometrika', 'Comm Statist', 730, 33],
      ['Biometrika', 'JASA', 498, 320],
      ['Biometrika', 'JRSS-B', 221, 284],
      ['Comm Statist', 'JASA', 68, 813],
      ['Comm Statist', 'JRSS-B', 17, 276],
      ['JASA', 'JRSS-B', 142, 325],
    ]);
    const published = [
      [-2.94907, 0.10255],
      [-0.47957, 0.06059],
      [0.26895, 0.07083],
    ] as const;
    for (const [index, [estimate, error]] of published.entries()) {
      expect(difference(index + 1, 0).mean).toBeCloseTo(estimate, 5);
      expect(difference(index + 1, 0).error).toBeCloseTo(error, 5);
    }
  });

  test('baseball, American League East 1987', () => {
    // A. Agresti, Categorical Data Analysis, 2nd edition (2002), section 10.6; games at home and away
    // together. The fit with its errors: tests/baseball.Rout.save of the R package BradleyTerry2.
    const teams = [
      'Baltimore',
      'Boston',
      'Cleveland',
      'Detroit',
      'Milwaukee',
      'New York',
      'Toronto',
    ];
    const { difference } = fitOf(teams, [
      ['Milwaukee', 'Detroit', 7, 6],
      ['Milwaukee', 'Toronto', 9, 4],
      ['Milwaukee', 'New York', 7, 6],
      ['Milwaukee', 'Boston', 7, 6],
      ['Milwaukee', 'Cleveland', 9, 4],
      ['Milwaukee', 'Baltimore', 11, 2],
      ['Detroit', 'Toronto', 7, 6],
      ['Detroit', 'New York', 5, 8],
      ['Detroit', 'Boston', 11, 2],
      ['Detroit', 'Cleveland', 9, 4],
      ['Detroit', 'Baltimore', 9, 4],
      ['Toronto', 'New York', 7, 6],
      ['Toronto', 'Boston', 7, 6],
      ['Toronto', 'Cleveland', 8, 5],
      ['Toronto', 'Baltimore', 12, 1],
      ['New York', 'Boston', 6, 7],
      ['New York', 'Cleveland', 7, 6],
      ['New York', 'Baltimore', 10, 3],
      ['Boston', 'Cleveland', 7, 6],
      ['Boston', 'Baltimore', 12, 1],
      ['Cleveland', 'Baltimore', 6, 7],
    ]);
    const published = [
      [1.1077, 0.3339],
      [0.6839, 0.3319],
      [1.4364, 0.3396],
      [1.5814, 0.3433],
      [1.2476, 0.3359],
      [1.2945, 0.3367],
    ] as const;
    for (const [index, [estimate, error]] of published.entries()) {
      expect(difference(index + 1, 0).mean).toBeCloseTo(estimate, 4);
      expect(difference(index + 1, 0).error).toBeCloseTo(error, 4);
    }
  });
});

const someItems = 12;
const someDuels = fc.array(
  fc
    .record({
      a: fc.nat(someItems - 1),
      by: fc.integer({ min: 1, max: someItems - 1 }),
      winsA: fc.constantFrom(0, 0.5, 1, 7),
      winsB: fc.constantFrom(0, 0.5, 1, 40),
    })
    .map(({ a, by, ...wins }): Duel => ({ a, b: (a + by) % someItems, ...wins })),
  { maxLength: 60 },
);

test('every fit is finite, balanced, and where expected and real wins agree', () => {
  fc.assert(
    fc.property(someDuels, (duels) => {
      const { strengths, errors, difference } = bradleyTerry(someItems, duels);
      const mean = strengths.reduce((sum, strength) => sum + strength, 0) / someItems;
      expect(mean).toBeCloseTo(0, 9);
      for (const error of errors) expect(error).toBeGreaterThan(0);

      // What likelihood demands of differences: the surplus of each item is what the prior takes back.
      const surplus = new Float64Array(someItems);
      for (const { a, b, winsA, winsB } of duels) {
        const chance = 1 / (1 + Math.exp(-difference(a, b).mean));
        const more = winsA - (winsA + winsB) * chance;
        surplus[a] = (surplus[a] ?? 0) + more;
        surplus[b] = (surplus[b] ?? 0) - more;
      }
      // Strengths are told with their mean at 0, the prior's opponent stands where the surpluses say.
      const opponents = Array.from(strengths, (strength, item) => {
        const chance = 0.5 + (surplus[item] ?? 0);
        return strength - Math.log(chance / (1 - chance));
      });
      for (const opponent of opponents) expect(opponent).toBeCloseTo(opponents[0] ?? NaN, 5);
    }),
  );
});

test('who always wins is finite too, and ahead', () => {
  const { strengths, errors } = bradleyTerry(2, [{ a: 1, b: 0, winsA: 30, winsB: 0 }]);
  expect(strengths[1]).toBeGreaterThan(1);
  expect(strengths[1]).toBeLessThan(10);
  expect(errors[1]).toBeLessThan(2);
});

test('the order of duels and of their sides does not matter', () => {
  fc.assert(
    fc.property(someDuels, (duels) => {
      const turned = duels.map(({ a, b, winsA, winsB }) => ({
        a: b,
        b: a,
        winsA: winsB,
        winsB: winsA,
      }));
      const one = bradleyTerry(someItems, duels);
      const other = bradleyTerry(someItems, turned.reverse());
      for (const [item, strength] of one.strengths.entries()) {
        expect(other.strengths[item]).toBeCloseTo(strength, 6);
        expect(other.errors[item]).toBeCloseTo(one.errors[item] ?? NaN, 6);
      }
    }),
  );
});

test('a tie is half a win for each', () => {
  const tied = bradleyTerry(2, [{ a: 0, b: 1, winsA: 1, winsB: 1 }]);
  expect(tied.strengths).toEqual(
    bradleyTerry(2, [
      { a: 0, b: 1, winsA: 0.5, winsB: 0.5 },
      { a: 1, b: 0, winsA: 0.5, winsB: 0.5 },
    ]).strengths,
  );
  expect(tied.difference(0, 1).mean).toBe(0);
});

test('without comparisons there is nothing but the prior', () => {
  const { strengths, difference } = bradleyTerry(3, []);
  expect([...strengths]).toEqual([0, 0, 0]);
  // One comparison with p = 1/2 has the information 1/4.
  expect(difference(0, 2).error).toBeCloseTo(Math.sqrt(8), 9);
  expect(bradleyTerry(0, []).strengths).toHaveLength(0);
});

test('certainty is that of the normal distribution', () => {
  expect(certaintyOf({ mean: 0, error: 1 })).toBeCloseTo(0.5, 6);
  expect(certaintyOf({ mean: -1.644854, error: 1 })).toBeCloseTo(0.95, 6);
  expect(certaintyOf({ mean: 3.919928, error: 2 })).toBeCloseTo(0.975, 6);
});

test('most is learnt where both the difference and the outcome are uncertain', () => {
  const open = expectedInformation({ mean: 0, error: 2 });
  expect(open).toBeCloseTo(Math.log(2) / 2, 9);
  expect(expectedInformation({ mean: 3, error: 2 })).toBeLessThan(open);
  expect(expectedInformation({ mean: 0, error: 0.5 })).toBeLessThan(open);
});

describe('elimination', () => {
  /** A matrix as comparisons make it: dominated by its diagonal. @param edges how dense it is */
  const matrices = fc.record({
    size: fc.integer({ min: 1, max: 40 }),
    edges: fc.nat(300),
    seed: fc.nat(),
  });

  test('solves any system, and finds the diagonal of its inverse', () => {
    fc.assert(
      fc.property(matrices, ({ size, edges, seed }) => {
        const { diagonal, neighbours, times } = laplacian(size, edges, seed);
        const { solve, inverseDiagonal } = eliminate({ diagonal, neighbours });
        const ofInverse = inverseDiagonal();
        for (let item = 0; item < size; item++) {
          const unit = new Float64Array(size);
          unit[item] = 1;
          const column = solve(unit);
          expect(ofInverse[item]).toBeCloseTo(column[item] ?? NaN, 9);
          for (const [row, value] of times(column).entries()) {
            expect(value).toBeCloseTo(row === item ? 1 : 0, 8);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

function laplacian(size: number, edges: number, seed: number) {
  const diagonal = new Float64Array(size).fill(0.25);
  const neighbours = Array.from(diagonal, () => new Map<number, number>());
  let state = (seed % 2_147_483_646) + 1;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  for (let edge = 0; edge < edges && size > 1; edge++) {
    const a = random(size);
    const b = (a + 1 + random(size - 1)) % size;
    const weight = (1 + random(10)) / 10;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      diagonal[one] = (diagonal[one] ?? 0) + weight;
      neighbours[one]?.set(other, (neighbours[one].get(other) ?? 0) - weight);
    }
  }
  const kept = { diagonal: diagonal.slice(), neighbours: neighbours.map((row) => new Map(row)) };
  const times = (x: Float64Array) =>
    x.map((value, row) => {
      let sum = (kept.diagonal[row] ?? 0) * value;
      for (const [column, entry] of kept.neighbours[row] ?? []) sum += entry * (x[column] ?? 0);
      return sum;
    });
  return { diagonal, neighbours, times };
}
