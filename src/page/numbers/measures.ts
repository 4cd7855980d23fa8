/** What is told of songs one by one, and shown as it is spread over all of them. */
import type { PageJob } from '../batch.ts';
import { showLufs, showUsd } from '../words.ts';
import type { Bin, Grain } from './bins.ts';
import { showLasting } from './figures.ts';
import { queueSeconds, taskSeconds, type Watch } from './watch.ts';

export interface Measure {
  readonly title: string;
  readonly grain: (values: readonly number[]) => Grain;
  readonly show: (value: number) => string;
  /** Below a plot, where there is little room; as `show` unless given. */
  readonly label?: (value: number) => string;
  /** Undefined where it is not known. */
  readonly of: (job: PageJob, watch: Watch) => number | undefined;
  /** What it means, where the title does not say it. */
  readonly hint?: string;
}

export const measures: readonly Measure[] = [
  {
    title: 'Duration',
    grain: grainOfTimes,
    show: showLasting,
    of: ({ song }) => song?.seconds,
  },
  {
    title: 'Loudness',
    grain: () => ({ isTime: false, finest: 0.1 }),
    show: showLufs,
    label: (value) => showLufs(value).replace(/(\.0)? LUFS$/, ''),
    of: ({ song }) => song?.loudness,
  },
  {
    title: 'Task time',
    grain: grainOfTimes,
    show: showLasting,
    of: (job, watch) => ofMaking(job, (attempt) => taskSeconds(attempt, watch)),
    hint: 'From the moment the API took the task until its end was seen; not of tasks that ended while no run was there to see it.',
  },
  {
    title: 'Queue time',
    grain: grainOfTimes,
    show: showLasting,
    of: (job, watch) => ofMaking(job, (attempt) => queueSeconds(attempt, watch)),
    hint: 'Task time without what the API calls execution.',
  },
  {
    title: 'Cost per song',
    grain: () => ({ isTime: false, finest: 0.0001 }),
    show: showUsd,
    of: ({ status, cost }) => (status === 'done' ? cost : undefined),
    hint: 'All attempts at a song together.',
  },
];

/** From a minute on nobody counts parts of a second. */
function grainOfTimes(values: readonly number[]): Grain {
  return { isTime: true, finest: values.some((value) => value >= 60) ? 1 : 0.1 };
}

/** Of the attempt that made the song. */
function ofMaking(
  { attempts }: PageJob,
  measured: (attempt: PageJob['attempts'][number]) => number | undefined,
): number | undefined {
  const last = attempts.at(-1);
  return last && !last.failure ? measured(last) : undefined;
}

/** A bin in words. */
export function rangeOf({ show }: Measure, { from, to }: Bin): string {
  if (from === -Infinity) return `below ${show(to)}`;
  return to === Infinity ? `${show(from)} and more` : `${show(from)} to ${show(to)}`;
}
