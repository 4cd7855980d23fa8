/**
 * Manifest -> Plan: the jobs of a batch, lazily and in a fixed order. A plan is data between deciding
 * and doing: it costs nothing to make, asks nobody and can be walked through again and again.
 */
import type { Manifest } from '../manifest/manifest.ts';
import { parameterOf } from '../manifest/model-check.ts';
import type { ParameterSources } from '../manifest/parameters.ts';
import type { Problem } from '../manifest/problem.ts';
import { yueModel } from '../manifest/yue.ts';
import type { Job } from '../job/job.ts';
import type { PlannedJob } from './candidates.ts';
import { digestMatrix, showCoordinates, walkCandidates } from './candidates.ts';
import { CompactSet } from './compact-set.ts';
import { digestPlan } from './digest.ts';
import { countCombinations } from './expand.ts';
import { longestSegment } from './output-name.ts';
import type { Duplicate, Scan } from './scan.ts';
import { rank, scanCandidates } from './scan.ts';

export interface Plan {
  readonly manifest: Manifest;
  /** Combinations of the matrix, after exclude and include. */
  readonly combinations: number;
  /** Jobs of the batch: combinations times `repeat`, less duplicates, after `sample`. */
  readonly jobs: number;
  readonly duplicates: { readonly count: number; readonly first?: Duplicate };
  /** @param from how many of them to leave out, from the first */
  readonly planned: (from?: number) => Iterable<PlannedJob>;
  /** `digestPlan` */
  readonly digest: () => string;
}

export function makePlan(manifest: Manifest): Plan | { readonly problems: readonly Problem[] } {
  const matrix = digestMatrix(manifest);
  const combinations = countCombinations(matrix);
  const all = combinations * manifest.repeat;
  const candidates = () => walkCandidates(manifest, matrix);

  const scan = scanCandidates(manifest, matrix, all, candidates);
  const problems = problemsOf(manifest, scan, candidates);
  if (problems.length > 0) return { problems };

  const { isDistinct, threshold } = scan;
  return {
    manifest,
    combinations,
    jobs: scan.jobs,
    duplicates: scan.duplicates,
    planned: (from = 0) => {
      const distinct = isDistinct ? candidates() : withoutRepeats(candidates());
      const jobs = threshold === undefined ? distinct : drawn(manifest, distinct, threshold);
      return jobs.drop(from);
    },
    digest: () => digestPlan(manifest, matrix),
  };
}

function* withoutRepeats(candidates: Iterable<PlannedJob>): Generator<PlannedJob> {
  const seen = new CompactSet();
  for (const candidate of candidates) if (seen.add(candidate.id)) yield candidate;
}

/** The sample: the jobs that rank lowest, so that it neither depends on order nor moves when axes grow a little. */
function* drawn(
  manifest: Manifest,
  candidates: Iterable<PlannedJob>,
  threshold: number,
): Generator<PlannedJob> {
  const { sample } = manifest;
  let left = sample?.jobs ?? 0;
  for (const candidate of candidates) {
    if (left === 0) return;
    if (rank(sample?.seed ?? 0, candidate.id) > threshold) continue;
    left--;
    yield candidate;
  }
}

function problemsOf(
  manifest: Manifest,
  { clash, jobs }: Scan,
  candidates: () => Iterable<PlannedJob>,
): readonly Problem[] {
  const problems: Problem[] = [];
  const problem = (message: string, hint: string) => {
    problems.push({ severity: 'error', file: manifest.path, message, hint });
  };
  if (jobs === 0) {
    problem(
      'the matrix is empty: exclude leaves no combination',
      'exclude less, or include what you want',
    );
  }
  for (const names of manifest.required) {
    const lacking = jobWithout(names, manifest, candidates);
    if (!lacking) continue;
    const where = showCoordinates(lacking.coordinates);
    if (manifest.model === yueModel) {
      problem(`a job has no lyrics: ${where}`, 'name them in matrix.lyrics or defaults.prompt');
    } else {
      problem(
        `a job has no ${names[0] ?? ''}, which ${manifest.model} requires: ${where}`,
        'give it under parameters',
      );
    }
  }
  const { bytes, isTooLong } = longestSegment(manifest);
  if (isTooLong) {
    problem(
      `output.name gives names of up to ${bytes} bytes, and file systems take 255`,
      'put "/" between some of its axes, or give long values a short id',
    );
  }
  if (clash) {
    const [one, other] = clash.map(({ coordinates }) => showCoordinates(coordinates));
    problem(
      `two jobs want the name "${clash[0].output}": ${one ?? ''} and ${other ?? ''}`,
      'let output.name name every axis on which they differ, with "/" or "_" between',
    );
  }
  const limit = manifest.limits.jobs;
  if (limit !== undefined && jobs > limit) {
    problem(
      `the matrix has ${jobs} jobs, more than limits.jobs (${limit}) allows`,
      'raise limits.jobs, or buy a part of it: "sample", "exclude", fewer values',
    );
  }
  return problems;
}

/** Entries of `include` may bring a parameter to some combinations and leave others without. */
function jobWithout(
  names: readonly string[],
  manifest: Manifest,
  candidates: () => Iterable<PlannedJob>,
): Job | undefined {
  // These axes always decide their parameter; of the others each job is looked at.
  const always = manifest.axes.some(
    (axis) => axis.name !== 'reference' && names.includes(parameterOf[axis.name] ?? ''),
  );
  if (always || hasOneOf(manifest.defaults)) return undefined;
  for (const candidate of candidates()) {
    const job = candidate.job();
    if (!hasOneOf(job.parameters)) return job;
  }
  return undefined;

  function hasOneOf(parameters: ParameterSources): boolean {
    return names.some((name) => Object.hasOwn(parameters, name));
  }
}
