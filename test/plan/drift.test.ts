import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { ListedJob, TodaysJob } from '../../src/plan/drift.ts';
import { compareJobs } from '../../src/plan/drift.ts';

const open = { mayBeBought: true, isInPart: true, paid: 0n };
const today = (jobs: readonly ListedJob[]): TodaysJob[] => jobs.map((job) => ({ ...job, ...open }));

/** Few ids and names, so that plans share many of them. */
const plan = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    output: fc.constantFrom('x', 'y'),
  }),
  { selector: ({ id }) => id },
);

const byId = (jobs: readonly { readonly id: string }[]) =>
  jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1));

describe('the jobs of a plan against those of another', () => {
  test('a plan does not differ from itself, in whatever order', () => {
    fc.assert(
      fc.property(
        plan.chain((jobs) =>
          fc.tuple(fc.constant(jobs), fc.shuffledSubarray(jobs, { minLength: jobs.length })),
        ),
        ([jobs, shuffled]) => {
          const { drift, inPart } = compareJobs(jobs, today(shuffled));
          expect(drift).toEqual({ added: [], gone: [], renamed: [] });
          expect(inPart.jobs).toBe(jobs.length);
        },
      ),
    );
  });

  test('what is added one way is gone the other way, and names change back', () => {
    fc.assert(
      fc.property(plan, plan, (one, other) => {
        const there = compareJobs(one, today(other)).drift;
        const back = compareJobs(other, today(one)).drift;
        expect(byId(there.added)).toEqual(byId(back.gone));
        expect(byId(there.gone)).toEqual(byId(back.added));
        expect(byId(there.renamed)).toEqual(
          byId(back.renamed.map(({ id, was, output }) => ({ id, was: output, output: was }))),
        );
      }),
    );
  });

  test('the differences are those of sets', () => {
    fc.assert(
      fc.property(plan, plan, (one, other) => {
        const { added, gone, renamed } = compareJobs(one, today(other)).drift;
        const then = new Map(one.map(({ id, output }) => [id, output]));
        const now = new Map(other.map(({ id, output }) => [id, output]));
        expect(added).toEqual(other.filter(({ id }) => !then.has(id)));
        expect(gone).toEqual(one.filter(({ id }) => !now.has(id)));
        expect(byId(renamed)).toEqual(
          byId(
            other
              .filter(({ id, output }) => then.has(id) && then.get(id) !== output)
              .map(({ id, output }) => ({ id, output, was: then.get(id) })),
          ),
        );
      }),
    );
  });
});

test('what cannot be bought, or is no part of this run, is no addition; its name may change once it is done', () => {
  const done = { id: 'a', output: 'new', mayBeBought: false, isInPart: true, paid: 7n };
  const elsewhere = { id: 'b', output: 'x', mayBeBought: true, isInPart: false, paid: 9n };
  expect(compareJobs([], [done, elsewhere]).drift).toEqual({ added: [], gone: [], renamed: [] });
  const approved = [
    { id: 'a', output: 'old' },
    { id: 'b', output: 'x' },
  ];
  expect(compareJobs(approved, [done, elsewhere])).toEqual({
    drift: { added: [], gone: [], renamed: [] },
    inPart: { jobs: 1, paid: 7n },
  });
});

test('long plans in one order are compared without being held', () => {
  const jobs = 200_000;
  let ahead = 0;
  let widest = 0;
  function* list(step: number) {
    for (let index = 0; index < jobs; index++) {
      ahead += step;
      widest = Math.max(widest, Math.abs(ahead));
      yield { id: String(index), output: 'x', ...open };
    }
  }
  const { drift, inPart } = compareJobs(list(1), list(-1));
  expect(drift).toEqual({ added: [], gone: [], renamed: [] });
  expect({ jobs: inPart.jobs, widest }).toEqual({ jobs, widest: 1 });
});
