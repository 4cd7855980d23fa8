/** How a run ended, for machines: what `--json` prints (schemas/summary.schema.json). */
import { describeFailure } from '../job/failure.ts';
import { costOf } from '../job/history.ts';
import { exactUsd } from '../job/money.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { RunOutcome } from '../run/events.ts';
import { outcomeWord } from './outcome-report.ts';
import type { FailedJob } from './verdicts.ts';

const schemaId = 'https://songbatch.dev/schemas/summary.schema.json';

/** Entries of each list: whoever wants all of a hundred thousand failures reads `status --json`. */
const mostListed = 1000;

type Failed = Pick<FailedJob, 'job' | 'attempts' | 'failure'>;

export interface SummaryFacts {
  /** `path` as the user gave it. */
  readonly manifest: { readonly name: string; readonly path: string; readonly sha256: string };
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** As many as the tally says; only the first are asked for. */
  readonly failed: Iterable<Failed>;
  readonly alike: readonly Alike[];
  /** Absolute, like all paths here. */
  readonly outputDir: string;
  readonly files: {
    readonly state: string;
    readonly metadata: string;
    readonly checksums: string;
    readonly page?: string;
    readonly log?: string;
  };
}

export function summaryJson(facts: SummaryFacts): object {
  const { manifest, outcome, exitCode, startedAt, endedAt, alike, outputDir, files } = facts;
  const { tally, stopped, submissions, inDoubt } = outcome;
  const { spent, ...standing } = tally;
  const failed = Iterator.from(facts.failed).take(mostListed).map(failedEntry).toArray();
  return {
    $schema: schemaId,
    manifest,
    outcome: outcomeWord(outcome),
    exitCode,
    ...(stopped && { stopped }),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    tally: standing,
    submissions,
    spentUsd: exactUsd(spent),
    failed,
    inDoubt: inDoubt.slice(0, mostListed).map(({ job, message }) => ({
      id: job.id,
      output: job.output,
      coordinates: job.coordinates,
      message,
    })),
    nearDuplicates: alike.slice(0, mostListed),
    notListed: {
      failed: tally.failed - failed.length,
      inDoubt: Math.max(0, inDoubt.length - mostListed),
      nearDuplicates: Math.max(0, alike.length - mostListed),
    },
    outputDir,
    files,
  };
}

function failedEntry({ job, attempts, failure }: Failed): object {
  const { id, output, coordinates } = job;
  const last = attempts.at(-1);
  const taskId = last && 'taskId' in last ? last.taskId : undefined;
  return {
    id,
    output,
    coordinates,
    attempts: attempts.length,
    ...(taskId !== undefined && { taskId }),
    reason: failure.reason,
    message: describeFailure(failure),
    costUsd: exactUsd(costOf({ job, attempts })),
  };
}
