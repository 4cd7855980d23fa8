/** Which jobs of a ranking are the winners. */
import type { JobId } from '../job/job.ts';
import type { Ranking } from '../ratings/ranking.ts';
import type { Ranked } from '../ratings/standings.ts';
import { selectedJobs } from '../run/standing.ts';
import type { Batch } from './batch.ts';
import type { Choice } from './choice.ts';
import { UsageError } from './usage-error.ts';

export interface Chosen {
  readonly jobs: ReadonlySet<JobId>;
  /** The values that they were taken for; absent where songs were chosen. */
  readonly values?: { readonly axis: string; readonly labels: readonly string[] };
  /** The last that was taken is ahead of the next with this probability, where both were compared. */
  readonly certainty?: number;
}

/** Throws `UsageError` where nothing was rated that could be chosen by. */
export function selectWinners(choice: Choice, ranking: Ranking, batch: Batch): Chosen {
  if (choice.by === 'jobs') {
    const taken = ranking.jobs.slice(0, choice.most);
    if (taken.length === 0) throw notRated('no song of this batch has been rated yet');
    return {
      jobs: new Set(taken.map(({ song }) => song.job)),
      ...certaintyAt(taken, ranking.jobs),
    };
  }
  const { axis, most } = choice;
  const found = ranking.axes.find((one) => one.axis === axis);
  if (!found) {
    const axes = ranking.axes.map((one) => one.axis).join(', ');
    throw new UsageError(
      `--select axis=${axis}: the songs do not differ on the axis ${axis}`,
      axes === '' ? 'there is one song only' : `they differ on ${axes}`,
    );
  }
  const rated = found.values.filter(({ strength, stars }) => strength ?? stars);
  const taken = rated.slice(0, most);
  if (taken.length === 0) throw notRated(`no value of ${axis} has been rated yet`);
  const labels = taken.map(({ label }) => label);
  const jobs = selectedJobs(batch.plan, batch.selection)
    .filter(({ coordinates }) => labels.includes(coordinates[axis] ?? ''))
    .map(({ id }) => id);
  return { jobs: new Set(jobs), values: { axis, labels }, ...certaintyAt(taken, rated) };
}

function certaintyAt(taken: readonly Ranked[], all: readonly Ranked[]): Pick<Chosen, 'certainty'> {
  const last = taken.at(-1);
  const isNextCompared = all[taken.length]?.strength !== undefined;
  return last?.overNext !== undefined && isNextCompared ? { certainty: last.overNext } : {};
}

function notRated(what: string): UsageError {
  return new UsageError(what, 'compare songs in the listening page, and export the ratings');
}
