/** What the numbers view computes: sums that agree, counts that are never negative, time that is not told where nobody looked. */
import { describe, expect, test } from 'vitest';
import fc from '../../fast-check.ts';
import { statuses } from '../../../src/job/status.ts';
import type { AttemptRow, PageData, RunRow } from '../../../src/listening/page-format.ts';
import { readBatch, type Batch } from '../../../src/page/batch.ts';
import { rowOf, rowsAlong } from '../../../src/page/numbers/along-axis.ts';
import { groupFailures } from '../../../src/page/numbers/failures.ts';
import { runFiguresOf } from '../../../src/page/numbers/run-figures.ts';
import { timelineOf, valueAt, type Timeline } from '../../../src/page/numbers/timeline.ts';
import { totalsOf } from '../../../src/page/numbers/totals.ts';
import { queueSeconds, taskSeconds, watchOf } from '../../../src/page/numbers/watch.ts';
import { madeUpPage } from './made-up.ts';

const t0 = 1_795_000_000;

/** A batch of jobs along one axis, by their attempts; one whose last attempt did not fail is done. */
function batchOf(jobs: readonly (readonly AttemptRow[])[], runs: readonly RunRow[] = []): Batch {
  const empty = madeUpPage({ jobs: 1 });
  const statusOf = (last: AttemptRow | undefined) =>
    !last ? 'waiting' : last[4] !== null ? 'failed' : last[2] === null ? 'running' : 'done';
  const data: PageData = {
    ...empty,
    runs,
    axes: [{ name: 'seed', labels: jobs.map((_, job) => String(job)) }],
    columns: {
      id: jobs.map((_, job) => String(job)),
      name: jobs.map((_, job) => `song ${job}`),
      status: jobs.map((rows) => statuses.indexOf(statusOf(rows.at(-1)))),
      places: [jobs.map((_, job) => job)],
      cost: jobs.map((rows) => rows.reduce((sum, row) => sum + row[5], 0)),
      attempts: jobs,
      song: jobs.map(() => null),
      failure: jobs.map((rows) => rows.at(-1)?.[4] ?? -1),
      isDropped: jobs.map(() => 0),
    },
  };
  return readBatch(data);
}

/** Accepted at once; times from `t0` on. */
function song(from: number, to: number, executed = 0, cost = 17_000_000): AttemptRow {
  return [t0 + from, t0 + from, t0 + to, executed, null, cost];
}

function failed(from: number, to: number, cost = 0): AttemptRow {
  return [t0 + from, t0 + from, t0 + to, null, 0, cost];
}

function run(...entries: readonly (readonly [at: number, limit: number])[]): RunRow {
  return entries.map(([at, limit]) => [t0 + at, limit]);
}

function pictureOf(batch: Batch): Timeline {
  const timeline = timelineOf(batch, watchOf(batch));
  if (!timeline) throw new Error('there is no timeline');
  return timeline;
}

describe('tasks in flight', () => {
  test('are counted from their acceptance to their end, retries too', () => {
    const { inFlight } = pictureOf(batchOf([[song(0, 10)], [failed(5, 8), song(8, 20)]]));
    expect(inFlight.map(([at, tasks]) => [at - t0, tasks])).toEqual([
      [0, 1],
      [5, 2],
      [8, 2],
      [10, 1],
      [20, 0],
    ]);
  });

  test('stay in flight while they run, and what was refused never was', () => {
    const running: AttemptRow = [t0, t0 + 1, null, null, null, 0];
    const refused: AttemptRow = [t0, null, t0 + 2, null, 0, 0];
    const { inFlight } = pictureOf(batchOf([[running], [refused]]));
    expect(inFlight).toEqual([[t0 + 1, 1]]);
  });

  const attempt: fc.Arbitrary<AttemptRow> = fc
    .tuple(fc.nat(9999), fc.option(fc.nat(500)), fc.option(fc.integer({ min: -50, max: 900 })))
    .map(([from, accepted, ended]) => {
      const acceptedAt = accepted === null ? null : t0 + from + accepted;
      const endedAt = ended === null ? null : t0 + from + (accepted ?? 0) + ended;
      return [t0 + from, acceptedAt, endedAt, null, null, 0];
    });

  test('are never fewer than none, whatever the clock did, and those left are the ones without an end', () => {
    fc.assert(
      fc.property(fc.array(fc.array(attempt, { maxLength: 3 }), { minLength: 1 }), (jobs) => {
        const batch = batchOf(jobs);
        const timeline = timelineOf(batch, watchOf(batch));
        const steps = timeline?.inFlight ?? [];
        expect(steps.every(([, tasks]) => tasks >= 0)).toBe(true);
        const open = jobs
          .flat()
          .filter(([, accepted, ended]) => accepted !== null && ended === null);
        expect(steps.at(-1)?.[1] ?? 0).toBe(open.length);
        const { busy, parallelism = 0, peak } = totalsOf(batch, timeline);
        expect(parallelism).toBeLessThanOrEqual(peak + 1e-9);
        expect(busy).toBeLessThanOrEqual((timeline?.shown.length ?? 0) + 1e-6);
      }),
    );
  });
});

describe('the limit in force', () => {
  test('is none between runs; that of a killed run ends with the last that is known of it', () => {
    const jobs = [[song(1, 50)], [song(2, 70)], [song(1001, 1030)]];
    const runs = [run([0, 20], [30, 5]), run([1000, 20], [1100, 0])];
    const { limit } = pictureOf(batchOf(jobs, runs));
    expect(limit.map(([at, tasks]) => [at - t0, tasks])).toEqual([
      [0, 20],
      [30, 5],
      [70, 0],
      [1000, 20],
      [1100, 0],
    ]);
  });

  test('of shards that ran at the same time is what they were allowed together', () => {
    const runs = [run([0, 4], [100, 0]), run([10, 8], [20, 2], [90, 0])];
    const { limit } = pictureOf(batchOf([[song(1, 50)]], runs));
    expect(limit.map(([at, tasks]) => [at - t0, tasks])).toEqual([
      [0, 4],
      [10, 12],
      [20, 6],
      [90, 4],
      [100, 0],
    ]);
  });
});

describe('task and queue time', () => {
  test('of a task that was left to the server overnight are not known', () => {
    const jobs = [[song(10, 40, 25)], [song(90, 30_010, 25)], [song(30_005, 30_050, 30)]];
    const batch = batchOf(jobs, [run([0, 20], [100, 0]), run([30_000, 20], [30_100, 0])]);
    const watch = watchOf(batch);
    const attempts = batch.jobs.flatMap((job) => job.attempts);
    expect(attempts.map((one) => taskSeconds(one, watch))).toEqual([30, undefined, 45]);
    expect(attempts.map((one) => queueSeconds(one, watch))).toEqual([5, undefined, 15]);
  });

  test('are known where no run is: nothing speaks against them', () => {
    const batch = batchOf([[song(10, 40)]]);
    expect(batch.jobs[0]?.attempts.map((one) => taskSeconds(one, watchOf(batch)))).toEqual([30]);
  });
});

describe('hours between runs', () => {
  const night = batchOf(
    [[song(10, 100)], [song(36_010, 36_100)]],
    [run([0, 20], [100, 0]), run([36_000, 20], [36_100, 0])],
  );

  test('are cut out, and time goes on behind the gap', () => {
    const { shown } = pictureOf(night);
    expect(shown.segments).toHaveLength(2);
    expect(shown.length).toBeLessThan(220);
    expect(shown.place(t0 + 50)).toBe(50);
    expect(shown.time(shown.place(t0 + 36_020))).toBeCloseTo(t0 + 36_020, 6);
    expect(shown.elapsed(t0 + 36_050)).toBeCloseTo(150, 6);
  });

  test('do not count as work', () => {
    const watch = watchOf(night);
    const totals = totalsOf(night, timelineOf(night, watch));
    expect(totals).toMatchObject({ elapsed: 36_090, busy: 180, parallelism: 1, peak: 1 });
    expect(pictureOf(night).pace.every(({ from, to }) => to - from <= 101)).toBe(true);
  });

  test('every moment of a run keeps its order on the axis', () => {
    const span = fc.tuple(fc.nat(1e6), fc.nat(3000));
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 12 }), (spans) => {
        const jobs = spans.map(([from, length]) => [song(from, from + length)]);
        const { shown } = pictureOf(batchOf(jobs));
        const moments = spans.flatMap(([from, length]) => [t0 + from, t0 + from + length]);
        const places = moments.sort((a, b) => a - b).map(shown.place);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(places[0]).toBe(0);
        expect(places.at(-1)).toBeCloseTo(shown.length, 3);
        for (const moment of moments) {
          expect(shown.time(shown.place(moment))).toBeCloseTo(moment, 3);
        }
      }),
    );
  });
});

test('along every axis the rows add up to the whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(1e6), (jobs, seed) => {
      const batch = readBatch(madeUpPage({ jobs, seed }));
      const watch = watchOf(batch);
      const timeline = timelineOf(batch, watch);
      const all = rowOf(undefined, batch.jobs, watch);
      const totals = totalsOf(batch, timeline);
      for (const axis of batch.axes.keys()) {
        const rows = rowsAlong(batch, axis, watch);
        for (const key of ['jobs', 'songs', 'failed', 'attempts'] as const) {
          expect(rows.reduce((sum, row) => sum + row[key], 0)).toBe(all[key]);
        }
        expect(rows.reduce((sum, row) => sum + row.cost, 0)).toBeCloseTo(totals.paid, 6);
      }
      const marks = timeline?.marks ?? [];
      expect(marks.filter(({ kind }) => kind === 'failed')).toHaveLength(all.failed);
      const reasons = groupFailures(batch.jobs);
      const sum = (key: 'attempts' | 'failed') =>
        reasons.reduce((total, reason) => total + reason[key], 0);
      expect(sum('attempts')).toBe(totals.failedAttempts);
      expect(sum('failed')).toBe(all.failed);
      const songs = timeline?.pace.reduce((total, bin) => total + bin.songs, 0);
      expect(songs).toBe(all.songs);
    }),
    { numRuns: 40 },
  );
});

test('jobs that do not stand on an axis have a row of their own', () => {
  const { data } = batchOf([[song(0, 10)], [song(0, 20)]]);
  const batch = readBatch({ ...data, columns: { ...data.columns, places: [[0, -1]] } });
  const rows = rowsAlong(batch, 0, watchOf(batch));
  expect(rows.map(({ label, taskTime }) => [label, taskTime])).toEqual([
    ['0', 10],
    [undefined, 20],
  ]);
});

test('what a failure cost is the bill of the attempts that ended so, and of songs that do not pass', () => {
  const { data } = batchOf([[failed(0, 5, 6_000_000), song(5, 30)], [song(0, 20)]]);
  const checks = { reason: 'checks', message: 'too short' };
  const batch = readBatch({
    ...data,
    failures: [{ reason: 'exit-code', message: 'exited with 1' }, checks],
    columns: { ...data.columns, status: [4, 5], failure: [-1, 1] },
  });
  const [first, second] = groupFailures(batch.jobs);
  expect(first).toMatchObject({ reason: 'checks', attempts: 0, failed: 1, cost: 0.017 });
  expect(second).toMatchObject({ reason: 'exit-code', attempts: 1, failed: 0, cost: 0.006 });
  expect(second?.messages[0]?.jobs.map(({ name }) => name)).toEqual(['song 0']);
});

test('each run tells what it came to', () => {
  const jobs = [[song(1, 50)], [failed(2, 30), song(31, 70)], [song(1001, 1030)]];
  const batch = batchOf(jobs, [run([0, 20], [30, 5], [80, 0]), run([1000, 10])]);
  const { inFlight } = pictureOf(batch);
  expect(runFiguresOf(watchOf(batch).runs, batch.jobs, inFlight)).toMatchObject([
    { hasEnded: true, limit: { asked: 20, least: 5 }, peak: 2, songs: 2, failedAttempts: 1 },
    { hasEnded: false, to: t0 + 1030, limit: { asked: 10, least: 10 }, songs: 1 },
  ]);
  expect(valueAt(inFlight, t0 + 40)).toBe(2);
});
