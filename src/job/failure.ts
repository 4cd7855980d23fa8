/**
 * Why a job, or one attempt at it, came to nothing: a closed union of named reasons. A failure is a
 * value that is reported and kept; exceptions are for a broken environment and for bugs.
 */
import type { CheckFinding } from './checks.ts';
import { describeFinding } from './checks.ts';

export type Failure =
  /** The API said no to the Run itself; nothing was bought. */
  | { readonly reason: 'rejected'; readonly code: number; readonly message: string }
  /** `task_error`: the task broke down before it was executed. */
  | { readonly reason: 'task-error'; readonly message: string }
  /** The task ended with a `pexit` other than "0". */
  | { readonly reason: 'exit-code'; readonly exit: string; readonly message: string }
  /** The task ended well but names no output. */
  | { readonly reason: 'no-outputs' }
  /** `task_cancel`, by somebody else or by the system. */
  | { readonly reason: 'cancelled' }
  /** Stopped by this batch's own user: `songbatch cancel`, or `--on-interrupt cancel`. */
  | { readonly reason: 'stopped' }
  /** Still unfinished after `limits.taskTimeout`; it was killed. */
  | { readonly reason: 'timeout' }
  /** The API does not know the task any more. */
  | { readonly reason: 'task-unknown'; readonly message: string }
  /** The song was paid for but cannot be had (any more). */
  | { readonly reason: 'output-unavailable'; readonly message: string }
  /** What was downloaded is not what was promised, again and again. */
  | { readonly reason: 'output-invalid'; readonly message: string }
  /** The song is here and paid for, but does not measure up to `checks` of the manifest. Never stored. */
  | { readonly reason: 'checks'; readonly findings: readonly CheckFinding[] };

/**
 * The song may be there, and paid for: looking at its task once more costs nothing and may bring it.
 * Every run does; buying it anew is the user's word alone.
 */
export function isWorthAnotherLook({ reason }: Failure): boolean {
  switch (reason) {
    case 'task-unknown':
    case 'output-unavailable':
    case 'output-invalid':
      return true;
    case 'rejected':
    case 'task-error':
    case 'exit-code':
    case 'no-outputs':
    case 'cancelled':
    case 'stopped':
    case 'timeout':
    case 'checks':
      return false;
  }
}

/** One clause for people, without the job's name and without a full stop. */
export function describeFailure(failure: Failure): string {
  switch (failure.reason) {
    case 'rejected':
      return `the API refused it: ${failure.message} (code ${failure.code})`;
    case 'task-error':
      return `the task broke down before it started${detail(failure.message)}`;
    case 'exit-code':
      return `the model exited with ${failure.exit}${detail(failure.message)}`;
    case 'no-outputs':
      return 'the task ended without an output';
    case 'cancelled':
      return 'the task was cancelled on the server';
    case 'stopped':
      return 'cancelled by you';
    case 'timeout':
      return 'the task did not end in time and was killed';
    case 'task-unknown':
      return `the API does not know the task any more${detail(failure.message)}`;
    case 'output-unavailable':
      return `the song cannot be downloaded${detail(failure.message)}`;
    case 'output-invalid':
      return `the download is not what was promised${detail(failure.message)}`;
    case 'checks':
      return `it ${failure.findings.map(describeFinding).join(', and ')}`;
  }
}

function detail(message: string): string {
  return message === '' ? '' : `: ${message}`;
}
