/** What the listening page is told: every job once, in columns that agree, page by page. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { JobRecord } from '../../src/job/history.ts';
import type { StoreReader } from '../../src/job/store.ts';
import { collectPages, pageSize, type PageFacts } from '../../src/listening/page-data.ts';
import { pieceSize, type Columns } from '../../src/listening/page-format.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { manifestOf } from '../plan/manifests.ts';
import { endedRun, records } from '../report/ended-run.ts';

function storeOf(known: readonly JobRecord[]): StoreReader {
  const byId = new Map(known.map((record) => [record.job.id, record]));
  const jobs = { waiting: 0, intended: 0, running: 0, succeeded: 0, saved: 0, failed: 0 };
  for (const { attempts } of known) jobs[attempts.at(-1)?.stage ?? 'waiting']++;
  return {
    get: (id) => byId.get(id),
    has: (id) => byId.has(id),
    records: () => known,
    recordsBefore: () => [],
    savedFiles: () => [],
    revision: () => 0,
    changes: () => [],
    counts: () => ({ jobs, spent: 0n }),
    judged: () => undefined,
    claims: () => false,
    fact: () => undefined,
    close: () => undefined,
  };
}

function factsOf(plan: Plan, store: StoreReader | undefined): PageFacts {
  return {
    plan,
    store,
    policy: { attempts: 3 },
    shownAs: 'm.yaml',
    service: 'embedded',
    version: '0.1.0',
    writtenAt: 0,
    missing: new Set(),
    nearDuplicates: new Map(),
    runs: [],
  };
}

/** A plan of so many jobs that have nothing but a number. */
function planOf(jobs: number): Plan {
  const planned = (number: number) => {
    const id = hash('md5', String(number));
    const coordinates = { seed: String(number) };
    const output = `s${number}`;
    const job = () => ({ id, model: 'a/b', coordinates, parameters: {}, output });
    return { id, coordinates, output, job };
  };
  const all = () => Iterator.from(Array(jobs).keys()).map((number) => planned(number + 1));
  return {
    manifest: manifestOf(),
    combinations: jobs,
    jobs,
    duplicates: { count: 0 },
    digest: () => String(jobs),
    planned: all,
    showing: all,
  };
}

const begun = (plan: Plan): JobRecord[] =>
  [...plan.planned()].map((one) => ({
    job: one.job(),
    attempts: [{ stage: 'intended', number: 1, intendedAt: 0 }],
  }));

const lengths = ({ places, ...columns }: Columns) => [
  ...Object.values(columns).map((column: readonly unknown[]) => column.length),
  ...places.map((column) => column.length),
];

describe('a page', () => {
  test('has each job once, those that the manifest dropped last, in columns of one length', () => {
    fc.assert(
      fc.property(records, fc.nat({ max: 30 }), (known, kept) => {
        const { batch } = endedRun(known.slice(0, kept));
        const pages = [...collectPages(factsOf(batch.plan, storeOf(known)))];
        expect(pages).toHaveLength(1);
        const { columns, axes, page } = pages[0]?.data ?? {};
        if (!columns || !axes) throw new Error('no page');
        expect(page).toEqual({ number: 1, of: 1 });
        expect(columns.id).toEqual(known.map(({ job }) => job.id));
        expect(columns.isDropped).toEqual(known.map((_, index) => (index < kept ? 0 : 1)));
        expect(new Set(lengths(columns))).toEqual(new Set([known.length]));
        for (const [index, { job }] of known.entries()) {
          const labels = axes.map(
            ({ labels }, axis) => labels[columns.places[axis]?.[index] ?? -1],
          );
          const coordinates = Object.fromEntries(
            axes.flatMap(({ name }, axis) =>
              labels[axis] === undefined ? [] : [[name, labels[axis]] as const],
            ),
          );
          expect(coordinates).toEqual({ ...job.coordinates });
        }
      }),
    );
  });

  test('shows the labels and names of today', () => {
    const plan = planOf(1);
    const known = begun(plan).map(({ job, attempts }) => ({
      job: { ...job, coordinates: { seed: 'old' }, output: 'old' },
      attempts,
    }));
    const [page] = collectPages(factsOf(plan, storeOf(known)));
    expect(page?.data.columns.name).toEqual(['s1']);
    expect(page?.data.axes).toEqual([{ name: 'seed', labels: ['1'] }]);
  });

  test('tells copies of one combination apart by an axis of their own', () => {
    const plan = planOf(2);
    const manifest = { ...manifestOf(), repeat: 2 };
    const copies = {
      ...plan,
      manifest,
      planned: () =>
        Iterator.from(plan.planned()).map((one) => ({ ...one, coordinates: { seed: '7' } })),
    };
    const [page] = collectPages(factsOf(copies, storeOf(begun(copies))));
    expect(page?.data.axes.at(-1)).toEqual({ name: 'repeat', labels: ['1', '2'] });
    expect(page?.data.columns.places.at(-1)).toEqual([0, 1]);
  });

  test('is there before anything was run, with all that waits', () => {
    const [page] = collectPages(factsOf(planOf(3), undefined));
    expect(page?.data.columns.status).toEqual([0, 0, 0]);
    expect(page?.data.totals).toEqual({ jobs: 3, saved: 0, costUsd: '0' });
  });
});

describe('a batch that is too large for one page', () => {
  test('comes in pages that have each job that was begun once, in its order', () => {
    const plan = planOf(2 * pageSize + 3);
    const known = begun(plan);
    // What waits is left out, and what was dropped comes last.
    const waiting = new Set([4, pageSize + 7].map((index) => known[index]?.job.id));
    const dropped: JobRecord = {
      job: { id: 'f'.repeat(32), model: 'a/b', coordinates: {}, parameters: {}, output: 'gone' },
      attempts: [],
    };
    const inStore = [dropped, ...known.filter(({ job }) => !waiting.has(job.id))];
    const pages = [...collectPages(factsOf(plan, storeOf(inStore)))];
    expect(pages.map(({ data }) => data.page)).toEqual([
      { number: 1, of: 3 },
      { number: 2, of: 3 },
      { number: 3, of: 3 },
    ]);
    const ids = pages.flatMap(({ data }) => data.columns.id);
    expect(ids).toEqual([...inStore.slice(1), dropped].map(({ job }) => job.id));
    expect(pages.map(({ pieces }) => pieces.length)).toEqual([
      Math.ceil(pageSize / pieceSize),
      Math.ceil(pageSize / pieceSize),
      1,
    ]);
  });

  test.each([0, 1, pageSize - 1, pageSize, pageSize + 1])('of %i jobs', (jobs) => {
    const plan = planOf(jobs);
    const pages = [...collectPages(factsOf(plan, storeOf(begun(plan))))];
    const of = Math.max(1, Math.ceil(jobs / pageSize));
    expect(pages.map(({ data }) => data.page)).toEqual(
      Array.from({ length: of }, (_, index) => ({ number: index + 1, of })),
    );
    expect(pages.flatMap(({ data }) => data.columns.id)).toHaveLength(jobs);
  });
});
