/** What a state keeps of the limits that runs went by. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import {
  joinLimits,
  limitsFact,
  noteLimits,
  readLimits,
  type LimitedRun,
} from '../../src/batch/limit-note.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { jobOf, saved, started, tallyOf } from '../report/events.ts';

const tally = tallyOf({ waiting: 1 });
const throttled = (limit: number): RunEvent => ({ type: 'throttled', tally, limit, message: '' });
const raised = (limit: number): RunEvent => ({ type: 'raised', tally, limit });
const outcome = { tally, inDoubt: [], submissions: 0, strays: new Set<string>() };
const finished: RunEvent = { type: 'finished', tally, outcome };

/** A state that is told of events at given milliseconds. */
function notebook(fact?: string) {
  let kept = fact;
  let writes = 0;
  let now = 0;
  const passedOn: RunEvent[] = [];
  const store = {
    fact: (name: string) => (name === limitsFact ? kept : undefined),
    setFact: (_: string, value: string) => {
      kept = value;
      writes++;
      return Promise.resolve();
    },
  };
  const note = noteLimits(store, { now: () => now }, (event) => passedOn.push(event));
  return {
    tell: (at: number, event: RunEvent) => {
      now = at;
      note(event);
    },
    kept: () => readLimits(kept),
    text: () => kept,
    writes: () => writes,
    passedOn,
  };
}

describe('a run', () => {
  test('is kept from its start to its end, with every limit that it had', () => {
    const { tell, kept, passedOn } = notebook();
    tell(1000, started(tally, { tasks: 20 }));
    tell(5000, throttled(5));
    tell(9000, raised(6));
    tell(20_000, finished);
    expect(kept()).toEqual([
      [
        [1000, 20],
        [5000, 5],
        [9000, 6],
        [20_000, 0],
      ],
    ]);
    expect(passedOn.map(({ type }) => type)).toEqual([
      'started',
      'throttled',
      'raised',
      'finished',
    ]);
  });

  test('stands after those before it, also after one that was killed', () => {
    const first = notebook();
    first.tell(1000, started(tally, { tasks: 20 }));
    const second = notebook(first.text());
    second.tell(90_000, started(tally, { tasks: 10 }));
    second.tell(99_000, finished);
    const [killed, ended] = second.kept();
    expect(killed).toEqual([[1000, 20]]);
    expect(ended).toEqual([
      [90_000, 10],
      [99_000, 0],
    ]);
  });

  test('writes once a second at most, and never misses its last word', () => {
    const { tell, kept, writes } = notebook();
    tell(0, started(tally, { tasks: 9 }));
    for (let at = 1; at <= 900; at++) tell(at, at % 2 ? throttled(5) : raised(6));
    expect(writes()).toBe(1);
    tell(1500, saved(tally, jobOf(1)));
    expect(writes()).toBe(2);
    expect(kept()[0]?.at(-1)).toEqual([900, 6]);
    tell(1600, finished);
    expect(kept()[0]?.at(-1)).toEqual([1600, 0]);
    tell(9000, saved(tally, jobOf(1)));
    expect(writes()).toBe(3);
  });

  test('that is refused for hours stays small, keeps its ends, and is as long as it was', () => {
    const { tell, kept, text } = notebook();
    tell(0, started(tally, { tasks: 20 }));
    for (let at = 1; at <= 20_000; at++) tell(at * 1000, at % 2 ? throttled(5) : raised(6));
    tell(20_001_000, finished);
    expect(text()?.length).toBeLessThan(20_000);
    expect(kept()[0]?.[0]).toEqual([0, 20]);
    expect(kept()[0]?.at(-1)).toEqual([20_001_000, 0]);
  });

  test('is not stopped by a state that will not have the note', () => {
    const store = { fact: () => undefined, setFact: () => Promise.reject(new Error('disk full')) };
    const passedOn: RunEvent[] = [];
    const note = noteLimits(store, { now: () => 0 }, (event) => passedOn.push(event));
    note(started(tally, { tasks: 1 }));
    expect(passedOn).toHaveLength(1);
  });
});

test('of many runs the oldest are forgotten', () => {
  const before = Array.from({ length: 1200 }, (_, run) => [
    [run * 10_000, 4],
    [run * 10_000 + 5000, 0],
  ]);
  const { tell, kept } = notebook(JSON.stringify(before));
  tell(12_000_000, started(tally, { tasks: 7 }));
  tell(12_005_000, finished);
  expect(kept()).toHaveLength(1000);
  expect(kept().at(-1)?.[0]).toEqual([12_000_000, 7]);
});

test.each([
  'no JSON',
  'null',
  '{}',
  '[1, "x", []]',
  '[[[5, 1], [4, 1]]]',
  '[[["1", 2]]]',
  '[[[1, -2]]]',
  '[[[1, 2.5]]]',
])('a note that is broken is none: %s', (fact) => {
  expect(readLimits(fact)).toEqual([]);
});

const anyRun: fc.Arbitrary<LimitedRun> = fc
  .array(fc.tuple(fc.nat(1e9), fc.nat(50)), { minLength: 1, maxLength: 12 })
  .map((run) => run.sort(([a], [b]) => a - b));

test('merging keeps every run once, the longer copy of it, however often and in whatever order', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyRun, { maxLength: 8, selector: (run) => run[0]?.[0] }),
      (runs) => {
        const earlier = runs.map((run) => run.slice(0, Math.ceil(run.length / 2)));
        const merged = joinLimits([earlier, runs]);
        expect(merged).toEqual(runs.toSorted((a, b) => (a[0]?.[0] ?? 0) - (b[0]?.[0] ?? 0)));
        expect(joinLimits([runs, earlier, merged])).toEqual(merged);
        expect(readLimits(JSON.stringify(merged))).toEqual(merged);
      },
    ),
  );
});
