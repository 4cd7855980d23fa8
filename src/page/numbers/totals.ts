/** What it came to, in a few figures. Dollars and seconds. */
import type { Batch } from '../batch.ts';
import { sumOf } from './spread.ts';
import type { Timeline } from './timeline.ts';

export interface Totals {
  readonly paid: number;
  readonly sound: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  /** That was paid for attempts that failed. */
  readonly lost: number;
  /** From the first submission to the last end of a task. */
  readonly elapsed: number | undefined;
  /** Of that, with a task in flight. */
  readonly busy: number;
  /** Tasks at once, on average while tasks were in flight. */
  readonly parallelism: number | undefined;
  readonly peak: number;
}

export function totalsOf({ jobs }: Batch, timeline: Timeline | undefined): Totals {
  const attempts = jobs.flatMap((job) => job.attempts);
  const failed = attempts.filter(({ failure }) => failure);
  const { busy, area, peak } = use(timeline);
  return {
    paid: sumOf(jobs.map(({ cost }) => cost)),
    sound: sumOf(jobs.map(({ song }) => song?.seconds ?? 0)),
    attempts: attempts.length,
    failedAttempts: failed.length,
    lost: sumOf(failed.map(({ cost }) => cost)),
    elapsed: elapsedOf(jobs),
    busy,
    parallelism: busy > 0 ? area / busy : undefined,
    peak,
  };
}

function elapsedOf(jobs: Batch['jobs']): number | undefined {
  let first = Infinity;
  let last = -Infinity;
  for (const { attempts } of jobs) {
    for (const { intendedAt, endedAt } of attempts) {
      first = Math.min(first, intendedAt);
      last = Math.max(last, endedAt ?? -Infinity);
    }
  }
  return last > first ? last - first : undefined;
}

/** Where nobody looked nobody knows how many tasks there were: only what is shown counts. */
function use(timeline: Timeline | undefined) {
  const steps = timeline?.inFlight ?? [];
  const elapsed = timeline?.shown.elapsed ?? (() => 0);
  let busy = 0;
  let area = 0;
  let peak = 0;
  for (const [index, [at, tasks]] of steps.entries()) {
    if (tasks === 0) continue;
    const seconds = elapsed(steps[index + 1]?.[0] ?? Infinity) - elapsed(at);
    busy += seconds;
    area += seconds * tasks;
    peak = Math.max(peak, tasks);
  }
  return { busy, area, peak };
}
