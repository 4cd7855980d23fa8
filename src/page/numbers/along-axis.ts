/** What the values of an axis cost and took: a row for each. */
import type { Batch, PageJob } from '../batch.ts';
import { meanOf, medianOf, sumOf } from './spread.ts';
import { queueSeconds, taskSeconds, type Watch } from './watch.ts';

/** Money in dollars, times in seconds; undefined where nothing is known. */
export interface AxisRow {
  /** Undefined: jobs that do not stand on the axis. */
  readonly label: string | undefined;
  readonly jobs: number;
  /** That are done. */
  readonly songs: number;
  readonly failed: number;
  readonly attempts: number;
  readonly cost: number;
  readonly costPerSong: number | undefined;
  /** Medians, of tasks that ended well. */
  readonly taskTime: number | undefined;
  readonly queueTime: number | undefined;
  /** Means. */
  readonly duration: number | undefined;
  /** LUFS. */
  readonly loudness: number | undefined;
}

/** In the order of the manifest. */
export function rowsAlong({ axes, jobs }: Batch, axis: number, watch: Watch): readonly AxisRow[] {
  const labels = axes[axis]?.labels ?? [];
  const groups = Map.groupBy(jobs, ({ places }) => places[axis] ?? -1);
  return [...labels.keys(), -1].flatMap((place) => {
    const group = groups.get(place);
    return group ? [rowOf(labels[place], group, watch)] : [];
  });
}

export function rowOf(label: string | undefined, jobs: readonly PageJob[], watch: Watch): AxisRow {
  const attempts = jobs.flatMap((job) => job.attempts);
  const good = attempts.filter(({ failure }) => !failure);
  const heard = jobs.flatMap(({ song }) => song ?? []);
  const songs = jobs.filter(({ status }) => status === 'done').length;
  const cost = sumOf(jobs.map((job) => job.cost));
  const known = (values: readonly (number | undefined)[]) =>
    values.filter((value) => value !== undefined);
  return {
    label,
    jobs: jobs.length,
    songs,
    failed: jobs.filter(({ status }) => status === 'failed').length,
    attempts: attempts.length,
    cost,
    costPerSong: songs === 0 ? undefined : cost / songs,
    taskTime: medianOf(known(good.map((attempt) => taskSeconds(attempt, watch)))),
    queueTime: medianOf(known(good.map((attempt) => queueSeconds(attempt, watch)))),
    duration: meanOf(known(heard.map(({ seconds }) => seconds))),
    loudness: meanOf(known(heard.map(({ loudness }) => loudness))),
  };
}
