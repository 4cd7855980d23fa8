/**
 * What to do next for a job: a pure function of its history. A run, a resumed run and a worker all
 * ask here, so that "resume" is not a case of its own.
 */
import type { Checks, Manifest } from '../manifest/manifest.ts';
import type { CheckFinding } from './checks.ts';
import { failedChecks } from './checks.ts';
import type { Failure } from './failure.ts';
import type { Attempt, JobRecord } from './history.ts';

type At<Stage extends Attempt['stage']> = Extract<Attempt, { stage: Stage }>;

export type Step =
  /** Buy it: put the intent on disk, then send the Run. */
  | { readonly do: 'submit' }
  /** A Run may have been received: look through the task list before anything else. */
  | { readonly do: 'settle'; readonly attempt: At<'intended'> }
  | { readonly do: 'watch'; readonly attempt: At<'running'> }
  /** It is paid for: download, verify, name. */
  | { readonly do: 'fetch'; readonly attempt: At<'succeeded'> }
  /** It is here: find out what it measures. */
  | { readonly do: 'measure'; readonly attempt: At<'saved'> }
  | { readonly do: 'nothing'; readonly outcome: 'done'; readonly attempt: At<'saved'> }
  | {
      readonly do: 'nothing';
      readonly outcome: 'failed';
      readonly attempt: At<'failed' | 'saved'>;
      readonly failure: Failure;
    };

export interface JobPolicy {
  /** Attempts in all, the first included; at least 1. `retry` grants as many again. */
  readonly attempts: number;
  /** What a song must measure up to, of today's manifest: changing it buys nothing. */
  readonly checks?: Checks | undefined;
  /** Whether songs can be measured here. */
  readonly hasEars?: boolean;
}

export function policyOf({ retry, checks }: Manifest): JobPolicy {
  return { ...retry, checks };
}

export function nextStep(record: JobRecord, policy: JobPolicy): Step {
  const current = record.attempts.at(-1);
  switch (current?.stage) {
    case undefined:
      return { do: 'submit' };
    case 'intended':
      return { do: 'settle', attempt: current };
    case 'running':
      return { do: 'watch', attempt: current };
    case 'succeeded':
      return { do: 'fetch', attempt: current };
    case 'saved': {
      if (policy.hasEars && !current.measured) return { do: 'measure', attempt: current };
      const findings = policy.checks?.warn ? [] : findingsOf(current, policy.checks);
      if (findings.length === 0) return { do: 'nothing', outcome: 'done', attempt: current };
      const failure = { reason: 'checks', findings } as const;
      return { do: 'nothing', outcome: 'failed', attempt: current, failure };
    }
    case 'failed': {
      const { failure } = current;
      return current.reopened || (mayTryAgain(current) && triesSoFar(record) < policy.attempts)
        ? { do: 'submit' }
        : { do: 'nothing', outcome: 'failed', attempt: current, failure };
    }
  }
}

/** Where a song does not measure up; nothing as long as it has not been measured. */
export function findingsOf(
  { measured = [] }: At<'saved'>,
  checks: Checks | undefined,
): readonly CheckFinding[] {
  return checks ? measured.flatMap((one) => failedChecks(one, checks)) : [];
}

/** Since the user last wanted the job tried again. */
function triesSoFar({ attempts }: JobRecord): number {
  return (
    attempts.length - 1 - attempts.findLastIndex((one) => one.stage === 'failed' && one.reopened)
  );
}

/** Where a job stands, in a word. */
export type Standing = 'waiting' | 'doubt' | 'running' | 'fetching' | 'done' | 'failed';

export function standingOf(step: Step): Standing {
  switch (step.do) {
    case 'submit':
      return 'waiting';
    case 'settle':
      return 'doubt';
    case 'watch':
      return 'running';
    case 'fetch':
    case 'measure':
      return 'fetching';
    case 'nothing':
      return step.outcome;
  }
}

/** Another attempt is made only where the last one cost nothing and another could do better. */
function mayTryAgain(attempt: At<'failed'>): boolean {
  return attempt.cost === 0n && isPassing(attempt.failure);
}

/** Whether the same request may do better another time. */
export function isPassing(failure: Failure): boolean {
  switch (failure.reason) {
    case 'task-error':
    case 'exit-code':
    case 'no-outputs':
    case 'cancelled':
    case 'timeout':
      return true;
    // Code 0 is validation or a fault of the server: only the text tells. The same request gets the
    // same no; anything else may pass.
    case 'rejected':
      return failure.code === 0 && !/parameter|invalid|required|must be/i.test(failure.message);
    // It may have been billed: nobody can tell any more.
    case 'task-unknown':
    // The user's own word.
    case 'stopped':
    // Paid for already.
    case 'output-unavailable':
    case 'output-invalid':
    // The same request would buy the same song.
    case 'checks':
      return false;
  }
}
