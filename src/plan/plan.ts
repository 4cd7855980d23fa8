/**
 * Manifest -> Plan: the jobs of a batch, lazily and in a fixed order. A plan is data between deciding
 * and doing: it costs nothing to make, asks nobody and can be walked through again and again.
 */
import type { Manifest } from '../manifest/manifest.ts';
import type { Problem } from '../manifest/problem.ts';
import { yueModel } from '../manifest/yue.ts';
import type { Candidates, PlannedJob } from './candidates.ts';
import { candidatesOf, showCoordinates } from './candidates.ts';
import { digestPlan } from './digest.ts';
import { firstOfEach } from './first-of-each.ts';
import { longestSegment } from './output-name.ts';
import type { Duplicate, Scan } from './scan.ts';
import { scanCandidates } from './scan.ts';

export interface Plan {
  readonly manifest: Manifest;
  /** Combinations of the matrix, after exclude and include. */
  readonly combinations: number;
  /** Jobs of the batch: combinations times `repeat`, less duplicates, after `sample`. */
  readonly jobs: number;
  readonly duplicates: { readonly count: number; readonly first?: Duplicate };
  /** @param from how many of them to leave out, from the first */
  readonly planned: (from?: number) => Iterable<PlannedJob>;
  /** In order, some jobs: all that a sample of at most so many has (`sample-jobs.ts`) are among them. */
  readonly showing: (most: number) => Iterable<PlannedJob>;
  /** `digestPlan` */
  readonly digest: () => string;
}

export function makePlan(manifest: Manifest): Plan | { readonly problems: readonly Problem[] } {
  const candidates = candidatesOf(manifest);
  const scan = scanCandidates(manifest, candidates);
  const problems = problemsOf(manifest, scan, candidates);
  if (problems.length > 0) return { problems };

  const { jobs, duplicates, kept } = scan;
  const planned = (from = 0) => (kept ? pick(candidates, kept, from) : candidates.walk(from));
  return {
    manifest,
    combinations: candidates.expansion.size,
    jobs,
    duplicates,
    planned,
    showing: (most) => (kept ? planned() : firstOfEach(candidates, most)),
    digest: () => digestPlan(manifest, candidates.expansion),
  };
}

/** Those at the positions of `kept`. */
function* pick(candidates: Candidates, kept: Uint32Array, from: number): Generator<PlannedJob> {
  let index = kept[from];
  if (index === undefined) return;
  let next = from;
  for (const candidate of candidates.walk(index)) {
    if (index++ !== kept[next]) continue;
    yield candidate;
    if (++next === kept.length) return;
  }
}

function problemsOf(
  manifest: Manifest,
  { clash, jobs, isTooLarge }: Scan,
  candidates: Candidates,
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
  if (isTooLarge) {
    problem(
      `the matrix has ${jobs} jobs, too many to be compared`,
      'sweep less; or have no "sample", no two values that buy the same, and every axis in output.name with "/" between',
    );
    return problems;
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
  { expansion, walk }: Candidates,
): PlannedJob | undefined {
  const hasOneOf = (parameters: object) => names.some((name) => Object.hasOwn(parameters, name));
  if (hasOneOf(manifest.defaults)) return undefined;
  // Where an axis always brings it, only combinations without that axis can be without it.
  const always = manifest.axes.some(({ name, size, at }) => {
    // A million seeds are as one.
    const values = Array.from({ length: name === 'seed' ? 1 : size }, (_, index) => at(index));
    return values.every(({ parameters }) => hasOneOf(parameters));
  });
  const inMatrix = expansion.product.size * manifest.repeat;
  for (const candidate of walk(always ? inMatrix : 0)) {
    if (!hasOneOf(candidate.job().parameters)) return candidate;
  }
  return undefined;
}
