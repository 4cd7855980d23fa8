import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { canAfford } from '../../src/job/budget.ts';
import {
  afterQuiet,
  afterRefusal,
  runsAtOnce,
  startingConcurrency,
} from '../../src/job/concurrency.ts';
import { haltReason } from '../../src/job/halt.ts';
import { dueAt, gapBetweenLooks, learn, unknownPace } from '../../src/job/pace.ts';

describe('the budget', () => {
  test('counts what is spent, the worst of what is in flight, and the job itself', () => {
    const ledger = { spent: 70n, inFlight: 2, unsettled: 0, dearest: 10n, stated: undefined };
    expect(canAfford(100n, ledger)).toBe('yes');
    expect(canAfford(99n, ledger)).toBe('wait');
    expect(
      canAfford(99n, { spent: 90n, inFlight: 0, unsettled: 0, dearest: 10n, stated: undefined }),
    ).toBe('no');
    expect(canAfford(undefined, ledger)).toBe('yes');
  });

  test('keeps the money of what could not be settled, and does not wait for it', () => {
    const ledger = { spent: 70n, inFlight: 0, unsettled: 2, dearest: 10n, stated: undefined };
    expect(canAfford(100n, ledger)).toBe('yes');
    expect(canAfford(99n, ledger)).toBe('no');
  });

  test('with an unknown price, one task at a time tells it', () => {
    expect(
      canAfford(100n, {
        spent: 0n,
        inFlight: 0,
        unsettled: 0,
        dearest: undefined,
        stated: undefined,
      }),
    ).toBe('yes');
    expect(
      canAfford(100n, {
        spent: 0n,
        inFlight: 1,
        unsettled: 0,
        dearest: undefined,
        stated: undefined,
      }),
    ).toBe('wait');
    expect(
      canAfford(100n, {
        spent: 100n,
        inFlight: 0,
        unsettled: 0,
        dearest: undefined,
        stated: undefined,
      }),
    ).toBe('no');
  });

  test('a stated price may be far off: beside the first song, others must fit ten times over', () => {
    const ledger = { spent: 0n, unsettled: 0, dearest: undefined, stated: 10n };
    expect(canAfford(100n, { ...ledger, inFlight: 0 })).toBe('yes');
    expect(canAfford(100n, { ...ledger, inFlight: 1 })).toBe('wait');
    expect(canAfford(1000n, { ...ledger, inFlight: 9 })).toBe('yes');
    expect(canAfford(5n, { ...ledger, inFlight: 0 })).toBe('no');
  });

  test('the larger of what was stated and what was billed counts', () => {
    const ledger = { spent: 0n, inFlight: 0, unsettled: 0 };
    expect(canAfford(20n, { ...ledger, dearest: 5n, stated: 30n })).toBe('no');
    expect(canAfford(20n, { ...ledger, dearest: 30n, stated: 5n })).toBe('no');
  });

  test('is never exceeded while songs cost at most what was expected', () => {
    const step = fc.record({ ends: fc.boolean(), cost: fc.bigInt({ min: 0n, max: 10n }) });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 200n }), fc.array(step), (budget, steps) => {
        let spent = 0n;
        let inFlight = 0;
        for (const { ends, cost } of steps) {
          if (ends && inFlight > 0) {
            inFlight--;
            spent += cost;
          } else if (
            canAfford(budget, {
              spent,
              inFlight,
              unsettled: 0,
              dearest: 10n,
              stated: undefined,
            }) === 'yes'
          ) {
            inFlight++;
          }
          expect(spent + BigInt(inFlight) * 10n <= budget).toBe(true);
        }
      }),
    );
  });
});

describe('the number of tasks in flight', () => {
  const message = 'With your balance of $50 you can run up to 5 tasks at the same time.';

  test('is what the API names', () => {
    expect(afterRefusal(startingConcurrency(20), message, 8, 0, 1000).limit).toBe(5);
  });

  test('is less where others on the account have a part of it', () => {
    expect(afterRefusal(startingConcurrency(20), message, 3, 0, 1000).limit).toBe(3);
  });

  test('halves where nothing is named, and never falls below one', () => {
    expect(afterRefusal(startingConcurrency(20), 'too many', 8, 0, 1000).limit).toBe(4);
    expect(afterRefusal(startingConcurrency(20), 'too many', 0, 0, 1000).limit).toBe(1);
  });

  test('grows by one after each quiet time, up to what was asked for', () => {
    let concurrency = afterRefusal(startingConcurrency(6), message, 8, 0, 1000);
    expect(afterQuiet(concurrency, 999, 1000).limit).toBe(5);
    concurrency = afterQuiet(concurrency, 1000, 1000);
    expect(concurrency.limit).toBe(6);
    expect(afterQuiet(concurrency, 99_999, 1000).limit).toBe(6);
  });

  test('grows by a twentieth where there are many', () => {
    const concurrency = afterRefusal(startingConcurrency(5000), 'too many', 2000, 0, 1000);
    expect(afterQuiet(concurrency, 1000, 1000).limit).toBe(1050);
  });

  test('is reached with several Runs at once, and left with few', () => {
    expect(runsAtOnce(startingConcurrency(5000), 0)).toBe(Infinity);
    const concurrency = afterRefusal(startingConcurrency(5000), 'too many', 2000, 0, 1000);
    expect(runsAtOnce(concurrency, 999)).toBe(50);
    expect(runsAtOnce(afterQuiet(concurrency, 1000, 1000), 1000)).toBe(10);
    expect(runsAtOnce(afterRefusal(startingConcurrency(20), 'too many', 8, 0, 1000), 1)).toBe(1);
  });
});

describe('halting', () => {
  test('by count, as soon as so many failed', () => {
    expect(haltReason({ count: 3 }, 2, 2)).toBeUndefined();
    expect(haltReason({ count: 3 }, 3, 100)).toBe('3 jobs failed (halt.failures: 3)');
    expect(haltReason({ count: 1 }, 1, 1)).toBe('1 job failed (halt.failures: 1)');
  });

  test('by share, once enough jobs have ended to speak of one', () => {
    expect(haltReason({ share: 0.2 }, 1, 1)).toBeUndefined();
    expect(haltReason({ share: 0.2 }, 2, 11)).toBeUndefined();
    expect(haltReason({ share: 0.2 }, 2, 10)).toBe('2 of 10 jobs failed (halt.failures: 20%)');
  });
});

describe('looking at tasks', () => {
  const minutes = (count: number) => count * 60_000;
  const learnt = [2.9, 3, 3, 3.1, 3.2].reduce(
    (pace, time) => learn(pace, [{ seenAt: minutes(time) - 1, foundAt: minutes(time) + 1 }]),
    unknownPace,
  );
  const gap = minutes(3) / 20;
  const taskSeenAt = (age: number) => ({ acceptedAt: 0, seenAt: age });

  test('waits for young ones until the earliest have ended before', () => {
    expect(dueAt(learnt, taskSeenAt(0), 0)).toBe(minutes(2.9) - gap);
    expect(dueAt(learnt, taskSeenAt(minutes(1)), 0)).toBe(minutes(2.9) - gap);
  });

  test('learns as much from tasks that were short as from the long ones that a look finds last', () => {
    const ends = Array.from({ length: 2000 }, (_, nth) => minutes(2 + nth / 1000));
    const pace = learn(
      unknownPace,
      ends.map((end) => ({ seenAt: end - 1, foundAt: end + 1 })),
    );
    expect(pace.known?.usual).toBeCloseTo(minutes(3), -4);
    expect(pace.known?.early).toBeLessThan(minutes(2.1));
  });

  test('is frequent near the usual end, at 0.2 requests for each of a hundred tasks', () => {
    expect(dueAt(learnt, taskSeenAt(minutes(3)), 0)).toBe(minutes(3));
    expect(gapBetweenLooks(learnt, minutes(3))).toBe(gap);
    expect(minutes(3) / gap / 100).toBe(0.2);
    expect(gap / 2).toBeLessThan(5000);
  });

  test('becomes ever rarer for a task that takes longer than all before', () => {
    const waits = [3.2, 3.6, 4.4, 6, 30].map((age) => {
      const seenAt = minutes(age);
      return dueAt(learnt, { acceptedAt: 0, seenAt }, 0) - seenAt;
    });
    expect(waits).toEqual([0, 6000, 18_000, 42_000, 60_000]);
  });

  test('knowing nothing, waits as long again as the oldest has taken, but no longer than 10 s', () => {
    expect(gapBetweenLooks(unknownPace, 4000)).toBe(4000);
    expect(gapBetweenLooks(unknownPace, 0)).toBe(20);
    expect(gapBetweenLooks(unknownPace, minutes(5))).toBe(10_000);
    expect(dueAt(unknownPace, taskSeenAt(4000), 0)).toBe(4000);
    expect(dueAt(unknownPace, taskSeenAt(4000), 1000)).toBe(64_000);
  });
});
