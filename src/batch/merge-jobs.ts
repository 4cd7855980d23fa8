/**
 * Makes one state of several: each job with the history that holds, in the order in which jobs first came.
 * What the histories contradict each other in is gathered, not decided.
 */
import type { JobId, Job } from '../job/job.ts';
import type { Claim, Conflict } from '../job/reconcile.ts';
import { reconcile } from '../job/reconcile.ts';
import { nextStep, standingOf, type JobPolicy } from '../job/next-step.ts';
import type { Standing } from '../job/next-step.ts';
import { isSongPath } from '../outputs/bring-song.ts';
import { printable } from '../state/holder.ts';
import type { MergedState } from '../state/merged-state.ts';
import type { OpenedSource } from './merge-sources.ts';
import { UsageError } from './usage-error.ts';

/** A job in one of the states. */
export interface Place {
  readonly source: OpenedSource;
  readonly number: number;
}

/** A job whose songs are saved somewhere. */
export interface SavedJob {
  /** In the merged state. */
  readonly number: number;
  /** Where its songs may lie; first the state whose history holds. */
  readonly places: readonly Place[];
}

/** Two folders that contradict each other about a job. */
export interface JobConflict {
  readonly job: Pick<Job, 'id' | 'output'>;
  readonly kind: Conflict['kind'];
  readonly between: readonly [FolderClaim, FolderClaim];
}

export interface FolderClaim extends Omit<Claim, 'history'> {
  /** As it was typed. */
  readonly folder: string;
}

export interface MergedJobs {
  readonly saved: readonly SavedJob[];
  readonly standings: Readonly<Record<Standing, number>>;
  readonly conflicts: readonly JobConflict[];
  /** Conflicts that the user has decided: what the other folder has of these jobs was left behind. */
  readonly decided: readonly JobConflict[];
}

/** @param preferred whose history holds where two contradict each other */
export function mergeJobs(
  sources: readonly OpenedSource[],
  merged: MergedState,
  policy: JobPolicy,
  preferred: OpenedSource | undefined,
): MergedJobs {
  const saved: SavedJob[] = [];
  const standings = { waiting: 0, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  const conflicts: JobConflict[] = [];
  const decided: JobConflict[] = [];

  for (const places of placesByJob(sources)) {
    const histories = places.map(({ source, number }) => source.state.read(number));
    const wanted = places.findIndex(({ source }) => source === preferred);
    const verdict = reconcile(histories, wanted < 0 ? undefined : wanted);
    if (verdict.kind !== 'agreed') {
      const { job } = histories[0]?.record ?? {};
      const list = verdict.kind === 'decided' ? decided : conflicts;
      if (job) list.push(conflictOf(job, verdict.why, places));
    }
    if (verdict.kind === 'conflict') continue;
    const winner = places[verdict.winner];
    const history = histories[verdict.winner];
    if (!winner || !history) continue;
    const { record } = history;
    const last = record.attempts.at(-1);
    const number = merged.add(history);
    standings[standingOf(nextStep(record, policy))]++;
    if (last?.stage !== 'saved') continue;
    for (const { path } of last.files) refuseOtherPaths(path, winner.source);
    saved.push({ number, places: [winner, ...places.filter((place) => place !== winner)] });
  }
  return { saved, standings, conflicts, decided };
}

/** Where each job is, in the order in which they first came. */
function placesByJob(sources: readonly OpenedSource[]): Iterable<readonly Place[]> {
  const jobs = new Map<JobId, { since: number; readonly places: Place[] }>();
  for (const source of sources) {
    for (const { id, number, since } of source.state.jobs()) {
      const known = jobs.get(id);
      if (!known) {
        jobs.set(id, { since, places: [{ source, number }] });
        continue;
      }
      known.since = Math.min(known.since, since);
      known.places.push({ source, number });
    }
  }
  // Sorting is stable: of the same moment, those of the folder that was named first.
  return [...jobs.values()].sort((a, b) => a.since - b.since).map(({ places }) => places);
}

function conflictOf(
  { id, output }: Job,
  { kind, between }: Conflict,
  places: readonly Place[],
): JobConflict {
  const claimOf = ({ history, ...claim }: Claim): FolderClaim => {
    return { ...claim, folder: places[history]?.source.shownAs ?? '' };
  };
  return { job: { id, output }, kind, between: [claimOf(between[0]), claimOf(between[1])] };
}

/** A state is data: what it calls a song's path must not become any other file's. */
function refuseOtherPaths(path: string, { shownAs }: OpenedSource): void {
  if (isSongPath(path)) return;
  throw new UsageError(
    `the state of ${shownAs} has a song under a name that no song has, "${printable(path)}": it was tampered with`,
    'leave that folder out',
  );
}
