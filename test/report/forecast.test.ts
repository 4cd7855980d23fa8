import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Workload } from '../../src/report/forecast.ts';
import { purchases, timeLeft } from '../../src/report/forecast.ts';

const minute = 60_000;

/** Plays it through: each place takes the next job as soon as it is free. */
function playThrough({ waiting, slots, usual, ages }: Workload): number {
  const inFlight = ages.map((age) => Math.max(usual - age, usual / 10));
  let left = waiting;
  let now = 0;
  while (left > 0 || inFlight.length > 0) {
    while (left > 0 && inFlight.length < slots) {
      inFlight.push(now + usual);
      left--;
    }
    inFlight.sort((a, b) => a - b);
    now = inFlight.shift() ?? now;
  }
  return now;
}

describe('the time that is left', () => {
  test('is what playing it through comes to', () => {
    const workload = fc.record({
      waiting: fc.nat({ max: 60 }),
      slots: fc.integer({ min: 1, max: 12 }),
      usual: fc.integer({ min: 1, max: 1000 }),
      ages: fc.array(fc.nat({ max: 1500 }), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(workload, (work) => {
        expect(timeLeft(work)).toBeCloseTo(playThrough(work), 6);
      }),
    );
  });

  test('is not shorter than the rate of late allows', () => {
    const work = { waiting: 100, slots: 50, usual: minute, ages: [] };
    expect(timeLeft(work)).toBe(2 * minute);
    expect(timeLeft({ ...work, pace: 10 / minute })).toBe(11 * minute);
    expect(timeLeft({ ...work, waiting: 0, ages: [minute / 2], pace: 10 / minute })).toBe(
      minute / 2,
    );
  });

  test('of a million jobs is told at once', () => {
    const work = { waiting: 1_000_000, slots: 20, usual: 3 * minute, ages: [0] };
    expect(timeLeft(work)).toBe(50_001 * 3 * minute);
  });
});

describe('what will still be bought', () => {
  const purse = { spent: 100n, price: 10n, unbilled: 3, waiting: 50, submitted: 7 };

  test('is all that waits, where nothing forbids it', () => {
    expect(purchases(purse, { tasks: 5 })).toEqual({ jobs: 50 });
    expect(purchases(purse, { tasks: 5, budget: 10_000n, maxJobs: 57 })).toEqual({ jobs: 50 });
  });

  test('is what the budget pays for beside the bills to come', () => {
    expect(purchases(purse, { tasks: 5, budget: 259n })).toEqual({ jobs: 12, endedBy: 'budget' });
    expect(purchases(purse, { tasks: 5, budget: 110n })).toEqual({ jobs: 0, endedBy: 'budget' });
  });

  test('keeps the worst that the last song may cost', () => {
    const worst = { ...purse, worst: 40n };
    expect(purchases(worst, { tasks: 5, budget: 259n })).toEqual({ jobs: 9, endedBy: 'budget' });
    expect(purchases(worst, { tasks: 5, budget: 139n })).toEqual({ jobs: 0, endedBy: 'budget' });
  });

  test('is what --max-jobs has left', () => {
    expect(purchases(purse, { tasks: 5, maxJobs: 10 })).toEqual({ jobs: 3, endedBy: 'max-jobs' });
    expect(purchases(purse, { tasks: 5, budget: 259n, maxJobs: 10 })).toMatchObject({
      endedBy: 'max-jobs',
    });
  });

  test('is not limited by a budget while no price is known', () => {
    const { price: _, ...unpriced } = purse;
    expect(purchases(unpriced, { tasks: 5, budget: 101n })).toEqual({ jobs: 50 });
  });
});
