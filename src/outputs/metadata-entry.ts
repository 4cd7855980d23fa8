/**
 * A job as the metadata manifest shows it. Pure. What is left out on purpose: socket tokens, and what
 * `shownParameters` leaves out.
 */
import { describeFinding } from '../job/checks.ts';
import { describeFailure } from '../job/failure.ts';
import { costOf, type Attempt, type JobRecord, type SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { plainMeasures, withoutFingerprint, type Measured } from '../job/measures.ts';
import { exactUsd } from '../job/money.ts';
import type { NearDuplicate } from '../job/near-duplicates.ts';
import { findingsOf, type JobPolicy } from '../job/next-step.ts';
import { shownParameters } from '../job/shown-parameters.ts';
import { statusOf, type Status } from '../job/status.ts';

export interface JobEntry {
  readonly id: string;
  readonly status: Status;
  readonly model: string;
  readonly coordinates: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output: string;
  readonly costUsd: string;
  readonly attempts: readonly Readonly<Record<string, unknown>>[];
  readonly outputs: readonly OutputEntry[];
  /** Checks of the manifest that the outputs do not pass. */
  readonly findings?: readonly { readonly check: string; readonly message: string }[];
  /** An earlier job that differs in the seed only and sounds like this one. */
  readonly soundsLike?: { readonly job: string; readonly similarity: number };
}

/** `missing`: it was saved, and is not there any more. */
export interface OutputEntry extends SavedFile {
  readonly missing?: true;
  /** As `songbatch check --json` tells them. */
  readonly measures?: object;
}

export interface EntryFacts {
  /** Paths of files that were saved and are not there any more. */
  readonly missing: ReadonlySet<string>;
  readonly nearDuplicates: ReadonlyMap<JobId, NearDuplicate>;
  readonly policy: JobPolicy;
}

export function jobEntry(record: JobRecord, facts: EntryFacts): JobEntry {
  const { id, model, coordinates, parameters, output } = record.job;
  const last = record.attempts.at(-1);
  const findings = last?.stage === 'saved' ? findingsOf(last, facts.policy.checks) : [];
  const duplicate = facts.nearDuplicates.get(id);
  return {
    id,
    status: statusOf(record, facts.policy),
    model,
    coordinates: { ...coordinates },
    parameters: shownParameters(parameters),
    output,
    costUsd: exactUsd(costOf(record)),
    attempts: record.attempts.map(attemptEntry),
    outputs:
      last?.stage === 'saved'
        ? last.files.map((file, index) => outputEntry(file, last.measured?.[index], facts.missing))
        : [],
    ...(findings.length > 0 && {
      findings: findings.map((one) => ({ check: one.check, message: describeFinding(one) })),
    }),
    ...(duplicate && { soundsLike: { job: duplicate.of, similarity: duplicate.similarity } }),
  };
}

/** Keys without a value are left out by JSON.stringify. */
function attemptEntry(attempt: Attempt): Readonly<Record<string, unknown>> {
  const ended = 'endedAt' in attempt ? attempt : undefined;
  return {
    number: attempt.number,
    taskId: 'taskId' in attempt ? attempt.taskId : undefined,
    adopted: 'adopted' in attempt ? attempt.adopted : undefined,
    intendedAt: isoTime(attempt.intendedAt),
    acceptedAt: 'acceptedAt' in attempt ? isoTime(attempt.acceptedAt) : undefined,
    endedAt: isoTime(ended?.endedAt),
    savedAt: attempt.stage === 'saved' ? isoTime(attempt.savedAt) : undefined,
    costUsd: ended && exactUsd(ended.cost),
    seconds: 'seconds' in attempt ? attempt.seconds : undefined,
    failure:
      attempt.stage === 'failed'
        ? { reason: attempt.failure.reason, message: describeFailure(attempt.failure) }
        : undefined,
  };
}

function outputEntry(
  { path, bytes, sha256, mediaType, duration }: SavedFile,
  measured: Measured | undefined,
  missing: ReadonlySet<string>,
): OutputEntry {
  return {
    path,
    bytes,
    sha256,
    mediaType,
    ...(duration !== undefined && { duration }),
    ...(missing.has(path) && { missing: true }),
    ...(measured && { measures: plainMeasures(withoutFingerprint(measured)) }),
  };
}

function isoTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
