/** What is counted of a run, event by event. */
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics/metrics.ts';
import type { RunEvent, Tally } from '../../src/run/events.ts';
import { cent, ended, jobOf, saved, started, submitted, tallyOf } from '../report/events.ts';
import { readExposition, valueOf, type Exposition } from './exposition.ts';

const limits = { tasks: 20 };

/** Events a test dates by hand, and what the metrics say then. */
function counting(batch = 'nightly') {
  let now = 0;
  const metrics = createMetrics('1.2.3', () => now);
  const { onEvent } = metrics.ofBatch(batch);
  return {
    metrics,
    see: (seconds: number, event: RunEvent) => {
      now = seconds * 1000;
      onEvent(event);
    },
    read: (): Exposition => readExposition(metrics.registry.text()),
  };
}

const none = tallyOf();
const about = (number: number) => ({ job: jobOf(number), attempt: 1, taskId: `task-${number}` });

test('jobs, tasks in flight and money are those of the latest event', () => {
  const { see, read } = counting();
  const budget = 25n * 100n * cent;
  see(0, started(tallyOf({ waiting: 9, done: 1, spent: 4n * cent }), { ...limits, budget }));
  see(
    1,
    submitted(tallyOf({ waiting: 7, doubt: 1, running: 1, done: 1, spent: 4n * cent }), jobOf(1)),
  );
  const first = read();
  const jobs = (state: string) => valueOf(first, 'songbatch_jobs', { batch: 'nightly', state });
  expect(['waiting', 'doubt', 'running', 'fetching', 'done', 'failed'].map(jobs)).toEqual([
    7, 1, 1, 0, 1, 0,
  ]);
  const of = { batch: 'nightly' };
  expect(valueOf(first, 'songbatch_tasks_in_flight', of)).toBe(1);
  expect(valueOf(first, 'songbatch_batch_cost_usd', of)).toBe(0.04);
  expect(valueOf(first, 'songbatch_batch_budget_usd', of)).toBe(25);
  // What earlier runs have spent was not billed to this one.
  expect(valueOf(first, 'songbatch_spend_usd_total', of)).toBe(0);
  see(2, ended(tallyOf({ fetching: 1, spent: 4n * cent + 17_550_000_000n }), jobOf(1)));
  expect(valueOf(read(), 'songbatch_spend_usd_total', of)).toBe(0.01755);
});

test('without a budget none is told', () => {
  const { see, read } = counting();
  see(0, started(none, limits));
  expect(read().has('songbatch_batch_budget_usd')).toBe(false);
});

test('a bill that is taken back and comes again is counted once', () => {
  const { see, read } = counting();
  const spent = (cents: bigint): Tally => tallyOf({ running: 1, spent: cents * cent });
  see(0, started(spent(10n), limits));
  const billed = [7n, 10n, 12n, 9n, 12n, 13n].map((cents) => {
    see(1, ended(spent(cents), jobOf(1)));
    return valueOf(read(), 'songbatch_spend_usd_total', { batch: 'nightly' });
  });
  expect(billed).toEqual([0, 0, 0.02, 0.02, 0.02, 0.03]);
  expect(valueOf(read(), 'songbatch_batch_cost_usd', { batch: 'nightly' })).toBe(0.13);
});

test('the limit in force follows code 96 and what comes after it', () => {
  const { see, read } = counting();
  const limit = () => valueOf(read(), 'songbatch_tasks_limit', { batch: 'nightly' });
  see(0, started(none, limits));
  expect(limit()).toBe(20);
  see(1, { type: 'throttled', tally: none, limit: 5, message: 'too many' });
  expect(limit()).toBe(5);
  see(2, { type: 'raised', tally: none, limit: 6 });
  expect(limit()).toBe(6);
});

test('what becomes of attempts and jobs is counted by reason, and each reason is there from the start', () => {
  const { see, read } = counting();
  see(0, started(none, limits));
  const count = (name: string, labels: Record<string, string> = {}) =>
    valueOf(read(), `songbatch_${name}_total`, { batch: 'nightly', ...labels });
  expect(count('jobs_failed', { reason: 'checks' })).toBe(0);
  const exit = { reason: 'exit-code', exit: '1', message: 'out of memory' } as const;
  see(1, { type: 'submitted', tally: none, ...about(1), adopted: true });
  see(1, submitted(none, jobOf(2)));
  see(2, { type: 'retrying', tally: none, ...about(1), failure: exit });
  see(3, { type: 'failed', tally: none, ...about(1), failure: exit, cost: 0n });
  see(3, { type: 'in-doubt', tally: none, ...about(3), message: 'the answer was lost' });
  see(4, saved(none, jobOf(2)));
  expect(count('tasks_submitted', { adopted: 'true' })).toBe(1);
  expect(count('tasks_submitted', { adopted: 'false' })).toBe(1);
  expect(count('attempts_retried', { reason: 'exit-code' })).toBe(1);
  expect(count('jobs_failed', { reason: 'exit-code' })).toBe(1);
  expect(count('jobs_failed', { reason: 'timeout' })).toBe(0);
  expect(count('submissions_in_doubt')).toBe(1);
  expect(count('jobs_done')).toBe(1);
});

test('times run from the submission: of the task for tasks, of the first attempt for songs', () => {
  const { see, read } = counting();
  see(0, started(none, limits));
  see(10, submitted(none, jobOf(1)));
  see(70, { type: 'retrying', tally: none, ...about(1), failure: { reason: 'timeout' } });
  see(80, { type: 'submitted', tally: none, ...about(1), attempt: 2, adopted: false });
  see(120, ended(none, jobOf(1)));
  see(125, saved(none, jobOf(1)));
  const time = (name: string) => valueOf(read(), `songbatch_${name}`, { batch: 'nightly' });
  expect(time('task_duration_seconds_sum')).toBe(40);
  expect(time('task_duration_seconds_count')).toBe(1);
  expect(time('time_to_song_seconds_sum')).toBe(115);
  const labels = { batch: 'nightly', le: '120' };
  expect(valueOf(read(), 'songbatch_time_to_song_seconds_bucket', labels)).toBe(1);
  expect(valueOf(read(), 'songbatch_time_to_song_seconds_bucket', { ...labels, le: '90' })).toBe(0);
});

test('where nobody has seen the submission, or the song was left to a later run, no time is told', () => {
  const { see, read } = counting();
  see(0, started(none, limits));
  see(1, submitted(none, jobOf(1)));
  see(2, { type: 'retrying', tally: none, ...about(1), failure: { reason: 'timeout' } });
  see(3, { type: 'in-doubt', tally: none, ...about(1), message: 'the answer was lost' });
  see(4, { type: 'submitted', tally: none, ...about(1), adopted: true });
  see(5, submitted(none, jobOf(2)));
  see(6, { type: 'trouble', tally: none, ...about(2), message: 'the server is gone' });
  // Of an earlier run.
  for (const number of [1, 2, 3]) {
    see(9, ended(none, jobOf(number)));
    see(9, saved(none, jobOf(number)));
  }
  expect(valueOf(read(), 'songbatch_jobs_done_total', { batch: 'nightly' })).toBe(3);
  expect(read().has('songbatch_task_duration_seconds')).toBe(false);
  // A second attempt, the first of which was an earlier run's: its task was seen, the job was not.
  see(10, { type: 'submitted', tally: none, ...about(4), attempt: 2, adopted: false });
  see(30, ended(none, jobOf(4)));
  see(31, saved(none, jobOf(4)));
  expect(valueOf(read(), 'songbatch_task_duration_seconds_sum', { batch: 'nightly' })).toBe(20);
  expect(read().has('songbatch_time_to_song_seconds')).toBe(false);
});

test('batches are counted apart, and two of one name together', () => {
  const { metrics, see, read } = counting('a');
  see(0, started(tallyOf({ waiting: 1 }), limits));
  see(1, saved(none, jobOf(1)));
  metrics.ofBatch('a').onEvent(saved(none, jobOf(2)));
  metrics.ofBatch('b"}\n1').onEvent(started(tallyOf({ waiting: 5 }), limits));
  const families = read();
  const done = (batch: string) => valueOf(families, 'songbatch_jobs_done_total', { batch });
  expect([done('a'), done('b"}\n1')]).toEqual([2, 0]);
  const waiting = { batch: 'b"}\n1', state: 'waiting' };
  expect(valueOf(families, 'songbatch_jobs', waiting)).toBe(5);
});

test('nothing of a job becomes a label: however many there are, the text does not grow', () => {
  const { see, read, metrics } = counting();
  see(0, started(none, limits));
  const series = () => [...read().values()].flatMap(({ samples }) => samples).length;
  const turn = (number: number) => {
    const secret = jobOf(number, `marker-${number}/song`);
    see(number, submitted(none, secret));
    const failure = { reason: 'rejected', code: number, message: 'marker' } as const;
    see(number, { type: 'retrying', tally: none, ...about(number), failure });
    see(number, ended(none, secret));
    see(number, saved(none, secret));
    see(number, { type: 'failed', tally: none, ...about(number), failure, cost: 0n });
    metrics.onCall('Run', 'general');
    metrics.onDownloaded(number);
  };
  turn(1);
  const before = series();
  for (let number = 2; number <= 500; number++) turn(number);
  expect(series()).toBe(before);
  expect(metrics.registry.text()).not.toContain('marker');
});
