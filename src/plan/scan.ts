/**
 * Looks at every job of a manifest where it must: to find jobs that would be bought twice or want one
 * name, and to draw a sample. Where the shape of the manifest rules that out nothing is looked at.
 */
import { hash } from 'node:crypto';
import { labelKey } from '../manifest/label.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { parameterNames, tagKinds } from '../manifest/parameters.ts';
import type { Coordinates, Job, JobId } from '../job/job.ts';
import type { PlannedJob } from './candidates.ts';
import { CompactSet } from './compact-set.ts';
import type { Matrix } from './expand.ts';
import type { Digested, Point } from './identity.ts';
import { digestParameters, jobId } from './identity.ts';
import { namesDifferByDesign } from './output-name.ts';

/** Two combinations that buy the same: one job, under the coordinates that came first. */
export interface Duplicate {
  readonly kept: Coordinates;
  readonly dropped: Coordinates;
}

export interface Scan {
  readonly jobs: number;
  readonly duplicates: { readonly count: number; readonly first?: Duplicate };
  readonly isDistinct: boolean;
  readonly clash?: readonly [Job, Job];
  /** Jobs whose rank is at most this are drawn by `sample`. */
  readonly threshold?: number;
}

export function scanCandidates(
  manifest: Manifest,
  matrix: Matrix<Point>,
  all: number,
  candidates: () => Iterable<PlannedJob>,
): Scan {
  const isDistinct = jobsDifferByDesign(manifest, matrix);
  const namesDiffer = isDistinct && namesDifferByDesign(manifest);
  const { sample } = manifest;
  if (isDistinct && namesDiffer && !sample) {
    return { jobs: all, duplicates: { count: 0 }, isDistinct };
  }

  const ids = new CompactSet();
  const names = new CompactSet();
  const ranks = new Float64Array(sample ? all : 0);
  let distinct = 0;
  let firstDropped: PlannedJob | undefined;
  let clashing: PlannedJob | undefined;
  for (const candidate of candidates()) {
    if (!isDistinct && !ids.add(candidate.id)) {
      firstDropped ??= candidate;
      continue;
    }
    if (!namesDiffer && !names.add(nameKey(candidate))) clashing ??= candidate;
    if (sample) ranks[distinct] = rank(sample.seed, candidate.id);
    distinct++;
  }

  const count = all - distinct;
  const first = firstDropped && duplicateOf(firstDropped, candidates());
  return {
    jobs: sample ? Math.min(sample.jobs, distinct) : distinct,
    duplicates: { count, ...(first && { first }) },
    isDistinct,
    ...(clashing && { clash: [holderOfName(clashing, candidates()), clashing.job()] as const }),
    ...(sample &&
      distinct > sample.jobs && {
        threshold: ranks.subarray(0, distinct).sort()[sample.jobs - 1] ?? 0,
      }),
  };
}

/**
 * Whether no two combinations can buy the same: on every axis each value differs from the others in
 * what it makes of the defaults, not counting what a stronger axis decides. (Axes never decide the
 * same parameter, but for `tags` and `parameters`, and kind axes always decide theirs.) Seeds and
 * clone types differ by their labels.
 */
function jobsDifferByDesign(manifest: Manifest, { axes }: Matrix<Point>): boolean {
  if (manifest.include.length > 0 || parametersMeetOthers(axes)) return false;
  const defaults = digestParameters(manifest.defaults);
  const kinds = new Set<string>(axes.map(({ name }) => name));
  const decided = { ...nothing, digests: parameterNames.map((name) => onlyIf(kinds.has(name))) };
  return axes.every(({ name, size, at }) => {
    if (name === 'seed' || name === 'clone') return true;
    const seen = new Set<string>();
    for (let index = 0; index < size; index++) {
      // `reference: none` takes the default away, so that the default makes no difference.
      const base = name === 'reference' ? nothing : defaults;
      seen.add(jobId('', 0, [base, at(index), name === 'tags' ? decided : nothing]));
    }
    return seen.size === size;
  });
}

const nothing: Digested = { parameters: {}, digests: [] };

function onlyIf(isDecided: boolean): string | undefined {
  return isDecided ? '' : undefined;
}

/** Whether the axis `parameters` decides what another axis may decide too: then only looking helps. */
function parametersMeetOthers(axes: Matrix<Point>['axes']): boolean {
  const names = new Set<string>();
  for (const { name, size, at } of axes) {
    if (name !== 'parameters') continue;
    for (let index = 0; index < size; index++) {
      for (const parameter of Object.keys(at(index).parameters)) names.add(parameter);
    }
  }
  return axes.some((axis) => {
    switch (axis.name) {
      case 'parameters':
        return false;
      case 'lyrics':
        return names.has('prompt');
      case 'reference':
        return names.has('inputAudioUrl');
      case 'clone':
        return names.has('audio_prompt_type');
      case 'tags':
        return tagKinds.some((kind) => names.has(kind));
      default:
        return names.has(axis.name);
    }
  });
}

/** A number from 0 to 2^52 that the seed and the job decide, and nothing else. */
export function rank(seed: number, id: JobId): number {
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
