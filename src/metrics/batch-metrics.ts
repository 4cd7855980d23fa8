/** What is counted of batches, from the events of their runs. Every series has the label `batch`. */
import type { Failure } from '../job/failure.ts';
import type { JobId } from '../job/job.ts';
import { exactUsd, type Picodollars } from '../job/money.ts';
import type { RunEvent, Tally } from '../run/events.ts';
import type { Registry } from './registry.ts';

export interface BatchMetrics {
  readonly onEvent: (event: RunEvent) => void;
}

/** Seconds: of songs that take minutes, and of accounts that let them wait. */
const bounds = [10, 20, 30, 60, 90, 120, 180, 300, 600, 900, 1800, 3600];

const reasons: Readonly<Record<Failure['reason'], true>> = {
  rejected: true,
  'task-error': true,
  'exit-code': true,
  'no-outputs': true,
  cancelled: true,
  stopped: true,
  timeout: true,
  'task-unknown': true,
  'output-unavailable': true,
  'output-invalid': true,
  checks: true,
};

function declareFamilies({ counter, gauge, histogram }: Registry) {
  return {
    jobs: gauge('songbatch_jobs', 'Selected jobs of the batch, by where they stand.'),
    limit: gauge(
      'songbatch_tasks_limit',
      'Tasks in flight at most: what was asked for, or what code 96 has left of it.',
    ),
    inFlight: gauge('songbatch_tasks_in_flight', 'Tasks that are queued or run.'),
    cost: gauge(
      'songbatch_batch_cost_usd',
      'All that the batch has cost, earlier runs and failed attempts included.',
    ),
    budget: gauge('songbatch_batch_budget_usd', 'What the batch may cost; absent: no budget.'),
    spend: counter(
      'songbatch_spend_usd_total',
      'Billed since this process took up the batch, tasks of earlier runs included.',
    ),
    submitted: counter(
      'songbatch_tasks_submitted_total',
      'Tasks that were made; adopted: found in the task list after the answer was lost.',
    ),
    doubted: counter(
      'songbatch_submissions_in_doubt_total',
      'Submissions that may have been received or not.',
    ),
    retried: counter(
      'songbatch_attempts_retried_total',
      'Attempts that came to nothing and were followed by another, by reason.',
    ),
    done: counter(
      'songbatch_jobs_done_total',
      'Jobs whose songs came home and, where they are, were measured.',
    ),
    failed: counter('songbatch_jobs_failed_total', 'Jobs that failed for good, by reason.'),
    lastDone: gauge(
      'songbatch_last_song_timestamp_seconds',
      'When the last job was done, since 1970; before the first, when the run began.',
    ),
    taskTime: histogram(
      'songbatch_task_duration_seconds',
      'From the submission of a task to when it was known that it had ended well.',
      bounds,
    ),
    songTime: histogram(
      'songbatch_time_to_song_seconds',
      'From the first submission of a job to its songs, downloaded and measured, further attempts included.',
      bounds,
    ),
  };
}

/** @param now milliseconds, from any start */
export function createBatchMetrics(
  registry: Registry,
  now: () => number,
): (batch: string) => BatchMetrics {
  const its = declareFamilies(registry);

  return (batch) => {
    const of = { batch };
    /** Jobs whose tasks were submitted before our eyes, and when; in milliseconds. */
    const begun = new Map<JobId, { readonly job: number | undefined; readonly task: number }>();
    let tally: Tally | undefined;
    let mostSpent: Picodollars | undefined;
    for (const counted of [its.doubted, its.done, its.spend]) counted.add(0, of);
    for (const adopted of ['false', 'true']) its.submitted.add(0, { ...of, adopted });
    for (const reason of Object.keys(reasons)) {
      its.retried.add(0, { ...of, reason });
      its.failed.add(0, { ...of, reason });
    }

    registry.beforeText(() => {
      if (!tally) return;
      const { waiting, doubt, running, fetching, done, failed, spent } = tally;
      const states = { waiting, doubt, running, fetching, done, failed };
      for (const [state, count] of Object.entries(states)) its.jobs.set(count, { ...of, state });
      its.inFlight.set(running, of);
      its.cost.set(dollars(spent), of);
    });

    /** A song that is looked at once more is taken out of what was spent, and billed again. */
    function noteSpent(spent: Picodollars): void {
      mostSpent ??= spent;
      if (spent <= mostSpent) return;
      its.spend.add(dollars(spent - mostSpent), of);
      mostSpent = spent;
    }

    function onEvent(event: RunEvent): void {
      tally = event.tally;
      noteSpent(tally.spent);
      switch (event.type) {
        case 'started':
          its.limit.set(event.limits.tasks, of);
          if (event.limits.budget !== undefined) its.budget.set(dollars(event.limits.budget), of);
          its.lastDone.set(Date.now() / 1000, of);
          break;
        case 'submitted': {
          const { job, attempt, adopted } = event;
          its.submitted.add(1, { ...of, adopted: String(adopted) });
          const task = now();
          // The attempts before it may have been made by an earlier run.
          const first = attempt === 1 ? task : begun.get(job.id)?.job;
          if (!adopted) begun.set(job.id, { job: first, task });
          break;
        }
        case 'in-doubt':
          its.doubted.add(1, of);
          // Of what is adopted nobody has seen when it was made.
          begun.delete(event.job.id);
          break;
        case 'ended': {
          const times = begun.get(event.job.id);
          if (times) its.taskTime.observe((now() - times.task) / 1000, of);
          break;
        }
        case 'retrying':
          its.retried.add(1, { ...of, reason: event.failure.reason });
          break;
        case 'saved': {
          const since = begun.get(event.job.id)?.job;
          if (since !== undefined) its.songTime.observe((now() - since) / 1000, of);
          begun.delete(event.job.id);
          its.done.add(1, of);
          its.lastDone.set(Date.now() / 1000, of);
          break;
        }
        case 'failed':
          its.failed.add(1, { ...of, reason: event.failure.reason });
          begun.delete(event.job.id);
          break;
        case 'throttled':
        case 'raised':
          its.limit.set(event.limit, of);
          break;
        case 'finished':
          begun.clear();
          break;
        case 'trouble':
          // Of a job: it is left to a later run.
          if (event.job) begun.delete(event.job.id);
          break;
        case 'held':
        case 'paused':
        case 'stopping':
          break;
      }
    }
    return { onEvent };
  };
}

function dollars(amount: Picodollars): number {
  return Number(exactUsd(amount));
}
