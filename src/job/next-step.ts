/**
 * What to do next for a job: a pure function of its history. A run, a resumed run and a worker all
 * ask here, so that "resume" is not a case of its own.
 */
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
  | { readonly do: 'nothing'; readonly outcome: 'done'; readonly attempt: At<'saved'> }
  | { readonly do: 'nothing'; readonly outcome: 'failed'; readonly attempt: At<'failed'> };

export interface RetryPolicy {
  /** Attempts in all, the first included; at least 1. `retry` grants as many again. */
  readonly attempts: number;
}

export function nextStep(record: JobRecord, policy: RetryPolicy): Step {
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
    case 'saved':
      return { do: 'nothing', outcome: 'done', attempt: current };
    case 'failed':
      return current.reopened || (mayTryAgain(current) && triesSoFar(record) < policy.attempts)
        ? { do: 'submit' }
        : { do: 'nothing', outcome: 'failed', attempt: current };
  }
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
      return false;
  }
}
