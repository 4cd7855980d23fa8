import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { SavedPlan } from '../../src/batch/plan-format.ts';
import {
  planPieces,
  PlanTextError,
  readPlanHead,
  readPlanJobs,
} from '../../src/batch/plan-format.ts';
import type { ListedJob } from '../../src/plan/drift.ts';
import { validatePlan } from '../../src/schemas/validators.ts';

const axes = { seed: { values: 3, labels: ['1', '2', '3'] } };

function planOf(jobs: number, changes: Partial<SavedPlan> = {}): SavedPlan {
  return {
    batch: 'test',
    manifest: 'm.yaml',
    model: 'wiro/text-to-song-with-reference-yue',
    service: 'api.wiro.ai',
    folder: 'out',
    selection: { only: [], skip: [] },
    counts: { jobs, selected: jobs, toBuy: jobs },
    ...changes,
  };
}

const textOf = (plan: SavedPlan, jobs: readonly ListedJob[]) =>
  [...planPieces(plan, axes, jobs)].join('');

function read(text: string): { plan: SavedPlan; jobs: ListedJob[] } {
  const lines = text.split('\n');
  const head = readPlanHead(lines);
  return { plan: head.plan, jobs: [...readPlanJobs(lines.slice(head.jobsLine), head)] };
}

const jobs = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[0-9a-f]{32}$/),
    output: fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed()),
  }),
  { selector: ({ id }) => id },
);
const money = fc.bigInt({ min: 0n, max: 10n ** 20n });
const plans = jobs.chain((listed) =>
  fc.record({
    listed: fc.constant(listed),
    plan: fc
      .record(
        {
          price: fc.record({ perSong: money, most: money }),
          budget: money,
          selection: fc.record({
            only: fc.constantFrom<string[][]>([], ['clone=vocal'], ['clone=vocal', 'seed=1']),
            skip: fc.constantFrom<string[][]>([], ['seed=2']),
            shard: fc.constant({ index: 2, of: 4 }),
          }),
        },
        { requiredKeys: ['selection'] },
      )
      .map((changes) => planOf(listed.length, changes)),
  }),
);

describe('a saved plan', () => {
  test('is read as it was written, is plain JSON, and keeps to its schema', () => {
    fc.assert(
      fc.property(plans, ({ plan, listed }) => {
        const text = textOf(plan, listed);
        expect(read(text)).toEqual({ plan, jobs: listed });
        const document: unknown = JSON.parse(text);
        expect(text).toBe(`${JSON.stringify(document, undefined, 2)}\n`);
        validatePlan(document);
        expect(validatePlan.errors).toBeNull();
      }),
    );
  });

  test('does not depend on the order of flags', () => {
    const one = planOf(0, { selection: { only: ['seed=2', 'clone=vocal', 'seed=2'], skip: [] } });
    const other = planOf(0, { selection: { only: ['clone=vocal', 'seed=2'] } });
    expect(textOf(one, [])).toBe(textOf(other, []));
  });

  test('torn anywhere is refused; only the line end may be missing', () => {
    const listed = [1, 2, 3].map((number) => ({
      id: String(number).repeat(32),
      output: `vocal/${number}`,
    }));
    const text = textOf(planOf(3), listed);
    expect(read(text.slice(0, -1)).jobs).toEqual(listed);
    for (let end = 0; end < text.length - 1; end++) {
      expect(() => read(text.slice(0, end)), `${end} characters`).toThrow(PlanTextError);
    }
  });

  test('laid out by another tool is taken as long as each job is a line', () => {
    const listed = [{ id: 'a'.repeat(32), output: 'x "quoted" y' }];
    const text = textOf(planOf(1), listed);
    const tabs = JSON.stringify(JSON.parse(text), undefined, '\t');
    expect(read(tabs).jobs).toEqual(listed);
    const dense = JSON.stringify(JSON.parse(text));
    expect(() => read(dense)).toThrow('not laid out as it was saved');
  });

  const id = 'b'.repeat(32);
  const text = textOf(planOf(1), [{ id, output: 'x' }]);
  test.each<[string, string, string]>([
    ['another document', '{\n  "name": "test"\n}\n', 'it is no saved plan'],
    ['nothing', '', 'it is no saved plan'],
    ['a newer format', text.replace('"format": 1', '"format": 2'), 'a newer songbatch saved it'],
    ['a word too much', text.replace('"batch"', '"batsch"'), 'unknown key "batsch"'],
    ['no price', text.replace('"price": null,', ''), "must have required property 'price'"],
    ['an escape', text.replace('"only": []', String.raw`"only": ["seed=\u001b[2J"]`), 'must match'],
    ['a price that is none', text.replace('"price": null', '"price": "5"'), 'price must be'],
    ['a comma too few', text.replace('"folder": "out",', '"folder": "out"'), 'it is not JSON'],
    ['the marks of a merge', text.replace('    "bbb', '<<<<<<< ours\n    "bbb'), '<<<<<<< ours'],
    ['an id that is none', text.replace(id, 'song'), 'this is not as it was saved:     "song"'],
    [
      'a job too few',
      text.replace('"toBuy": 1', '"toBuy": 2'),
      'it lists 1 of the 2 jobs that it counts',
    ],
    ['a job behind the last', text.replace('"x"', '"x"\n    "y": "z"'), 'not as it was saved'],
    ['more behind its end', `${text}{}\n`, 'this is not as it was saved: {}'],
  ])('with %s is refused', (_, damaged, message) => {
    expect(() => read(damaged)).toThrow(message);
    expect(() => read(damaged)).toThrow(PlanTextError);
  });
});
