/** What a run came to: a row for each. */
import type { PageJob } from '../batch.ts';
import type { Step } from './timeline.ts';
import { valueAt } from './timeline.ts';
import type { ObservedRun, Span } from './watch.ts';

export interface RunFigures extends Span {
  /** It said so; otherwise it was killed, or goes on. */
  readonly hasEnded: boolean;
  /** Tasks at once: what it began with, and the least it had to be content with. */
  readonly limit: { readonly asked: number; readonly least: number };
  /** Tasks in flight at most. */
  readonly peak: number;
  readonly songs: number;
  readonly failedAttempts: number;
}

/** Where shards ran at the same time each tells what happened in its time, be it another's work. */
export function runFiguresOf(
  runs: readonly ObservedRun[],
  jobs: readonly PageJob[],
  inFlight: readonly Step[],
): readonly RunFigures[] {
  const ends = jobs.flatMap(({ attempts }) =>
    attempts.flatMap(({ endedAt, failure }) =>
      endedAt === undefined ? [] : [{ at: endedAt, isSong: !failure }],
    ),
  );
  return runs.map((run) => {
    const within = ends.filter(({ at }) => run.from <= at && at <= run.to);
    const songs = within.filter(({ isSong }) => isSong).length;
    return {
      ...limitsOf(run),
      peak: peakOf(inFlight, run),
      songs,
      failedAttempts: within.length - songs,
    };
  });
}

function limitsOf({ from, to, limits }: ObservedRun) {
  const allowed = limits.map(([, limit]) => limit).filter((limit) => limit > 0);
  return {
    from,
    to,
    hasEnded: limits.at(-1)?.[1] === 0,
    limit: { asked: allowed[0] ?? 0, least: Math.min(...allowed) },
  };
}

function peakOf(steps: readonly Step[], { from, to }: Span): number {
  return steps
    .filter(([at]) => from <= at && at <= to)
    .reduce((most, [, tasks]) => Math.max(most, tasks), valueAt(steps, from));
}
