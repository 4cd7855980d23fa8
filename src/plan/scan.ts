/**
 * Looks at every job of a manifest where it must: to find jobs that would be bought twice or want one
 * name, and to draw a sample. Where the shape of the manifest rules that out nothing is looked at.
 */
import { hash } from 'node:crypto';
import { labelKey } from '../manifest/label.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Coordinates, Job, JobId } from '../job/job.ts';
import type { Candidates, PlannedJob } from './candidates.ts';
import { CompactSet } from './compact-set.ts';
import { jobsDiffer, namesDiffer } from './proof.ts';

/** Two combinations that buy the same: one job, under the coordinates that came first. */
export interface Duplicate {
  readonly kept: Coordinates;
  readonly dropped: Coordinates;
}

/** More than this are not looked at: it would take minutes, and gigabytes. */
const mostLookedAt = 100_000_000;

export interface Scan {
  readonly jobs: number;
  /** There are too many: nothing else is known. */
  readonly isTooLarge?: true;
  readonly duplicates: { readonly count: number; readonly first?: Duplicate };
  /** Which candidates are in the plan, in order; undefined: all. */
  readonly kept?: Uint32Array;
  readonly clash?: readonly [Job, Job];
}

export function scanCandidates(manifest: Manifest, candidates: Candidates): Scan {
  const { count: all } = candidates;
  const { sample } = manifest;
  const isDistinct = jobsDiffer(manifest, candidates);
  const isNamed = namesDiffer(manifest, candidates);
  if (isDistinct && isNamed && !sample) return { jobs: all, duplicates: { count: 0 } };

  if (all > mostLookedAt) return { jobs: all, duplicates: { count: 0 }, isTooLarge: true };

  const ids = new CompactSet();
  const names = new CompactSet();
  const distinct = new Uint32Array(all);
  const ranks = new Float64Array(sample ? all : 0);
  let count = 0;
  let index = 0;
  let firstDropped: PlannedJob | undefined;
  let clashing: PlannedJob | undefined;
  for (const candidate of candidates.walk()) {
    const isNew = isDistinct || ids.add(candidate.id);
    if (isNew) {
      if (!isNamed && !names.add(nameKey(candidate))) clashing ??= candidate;
      if (sample) ranks[count] = rank(sample.seed, candidate.id);
      distinct[count++] = index;
    } else firstDropped ??= candidate;
    index++;
  }

  const kept = drawn(sample?.jobs ?? count, distinct.subarray(0, count), ranks);
  const first = firstDropped && duplicateOf(firstDropped, candidates.walk());
  return {
    jobs: kept.length,
    duplicates: { count: all - count, ...(first && { first }) },
    ...(kept.length < all && { kept }),
    ...(clashing && {
      clash: [holderOfName(clashing, candidates.walk()), clashing.job()] as const,
    }),
  };
}

/** The sample: the jobs that rank lowest, so that it neither depends on order nor moves when axes grow a little. */
function drawn(jobs: number, distinct: Uint32Array, ranks: Float64Array): Uint32Array {
  if (distinct.length <= jobs) return distinct;
  const threshold = ranks.slice(0, distinct.length).sort()[jobs - 1] ?? 0;
  return distinct.filter((_, index) => (ranks[index] ?? 0) <= threshold).slice(0, jobs);
}

/** A number from 0 to 2^52 that the seed and the job decide, and nothing else. */
function rank(seed: number, id: JobId): number {
  return Number.parseInt(hash('sha256', `songbatch-sample-1\n${seed}\n${id}`).slice(0, 13), 16);
}

function nameKey(candidate: PlannedJob): string {
  return hash('sha256', labelKey(candidate.output)).slice(0, 32);
}

function duplicateOf(dropped: PlannedJob, candidates: Iterable<PlannedJob>): Duplicate | undefined {
  for (const { id, coordinates } of candidates) {
    if (id === dropped.id) return { kept: coordinates, dropped: dropped.coordinates };
  }
  return undefined;
}

function holderOfName(clashing: PlannedJob, candidates: Iterable<PlannedJob>): Job {
  const key = nameKey(clashing);
  for (const candidate of candidates) if (nameKey(candidate) === key) return candidate.job();
  return clashing.job();
}
