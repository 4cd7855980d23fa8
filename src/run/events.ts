/**
 * Everything that a run tells: the whole contract between the run and whoever shows it. Reporters see
 * these events and nothing else. Each carries the tally after it.
 */
import type { CheckFinding } from '../job/checks.ts';
import type { Failure } from '../job/failure.ts';
import type { SavedFile } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Measured } from '../job/measures.ts';
import type { Picodollars } from '../job/money.ts';
import type { Plan } from '../plan/plan.ts';

/** Where the selected jobs of the plan stand. Each job is in one of them. */
export interface Tally {
  readonly jobs: number;
  readonly waiting: number;
  /** Sent, and the answer was lost. */
  readonly doubt: number;
  /** Tasks in flight. */
  readonly running: number;
  /** Paid for, being downloaded. */
  readonly fetching: number;
  readonly done: number;
  readonly failed: number;
  /** All that this batch has cost, earlier runs and failed attempts included. */
  readonly spent: Picodollars;
}

/** What the user allows a run. */
export interface RunLimits {
  /** Tasks in flight at most. */
  readonly tasks: number;
  readonly budget?: Picodollars;
  /** Milliseconds from its start after which nothing more is submitted and nothing waited for. */
  readonly deadline?: number;
  /** Jobs that it may submit at most. */
  readonly maxJobs?: number;
}

/** What becomes of tasks in flight: left on the server for the next run, waited for, or stopped. */
export type InFlightChoice = 'leave' | 'drain' | 'cancel';

/** Why nothing more is submitted, in the words of the option or the API. */
export type StopReason =
  | { readonly kind: 'budget'; readonly message: string }
  | { readonly kind: 'balance'; readonly message: string }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'deadline'; readonly message: string }
  | { readonly kind: 'halt'; readonly message: string }
  | {
      readonly kind: 'interrupted';
      readonly message: string;
      readonly inFlight: InFlightChoice;
    }
  /** `songbatch cancel` */
  | { readonly kind: 'cancelled'; readonly message: string }
  | { readonly kind: 'max-jobs'; readonly message: string }
  | { readonly kind: 'disk'; readonly message: string }
  /** The manifest asks for what the model does not take (any more). */
  | { readonly kind: 'refused'; readonly message: string }
  /** Submissions whose fate the API does not tell. */
  | { readonly kind: 'in-doubt'; readonly message: string };

/** How a run ended. Every event before it, and what it says, is on disk. */
export interface RunOutcome {
  readonly tally: Tally;
  /** Absent: every selected job ended. */
  readonly stopped?: StopReason;
  /** Jobs of this run that could not be settled, and why. */
  readonly inDoubt: readonly { readonly job: Job; readonly message: string }[];
  /** POST Run requests that this run sent. */
  readonly submissions: number;
  /** Jobs that were in flight and are not selected: brought home, and counted in the tally. */
  readonly strays: ReadonlySet<JobId>;
}

/** Which try at which job an event is about. */
export interface AboutJob {
  readonly job: Job;
  /** Counts from 1. */
  readonly attempt: number;
  /** Absent where there is no task, or none is known yet. */
  readonly taskId?: string;
}

interface AboutTask extends AboutJob {
  readonly taskId: string;
}

export type RunEvent = { readonly tally: Tally } & (
  | /** Once, before anything is sent. */
    {
      readonly type: 'started';
      readonly plan: Plan;
      readonly limits: RunLimits;
      /** What another song is expected to cost; absent while nobody knows. */
      readonly price?: Picodollars;
    }
    /** A task is known for the job, and its id is on disk. */
  | ({
      readonly type: 'submitted';
      /** Found in the task list after its answer had been lost. */
      readonly adopted: boolean;
    } & AboutTask)
  /** A Run may have been received or not; the task list is being asked. */
  | ({ readonly type: 'in-doubt'; readonly message: string } & AboutJob)
  /** The task ended well; its song is being downloaded. */
  | ({ readonly type: 'ended'; readonly cost: Picodollars } & AboutTask)
  /** An attempt came to nothing and another is made. */
  | ({ readonly type: 'retrying'; readonly failure: Failure } & AboutJob)
  /** The job's songs are whole, verified and under their final names. */
  | ({
      readonly type: 'saved';
      readonly files: readonly SavedFile[];
      /** One for each file; none where nothing was measured. */
      readonly measured: readonly Measured[];
      /** Checks that they do not pass, where that is only to be told (`checks.warn`). */
      readonly findings: readonly CheckFinding[];
      /** Of all attempts together. */
      readonly cost: Picodollars;
    } & AboutTask)
  /** The job failed for good. */
  | ({
      readonly type: 'failed';
      readonly failure: Failure;
      /** Of all attempts together. */
      readonly cost: Picodollars;
    } & AboutJob)
  /** Code 96: the account allows fewer tasks at once than were asked for. */
  | { readonly type: 'throttled'; readonly limit: number; readonly message: string }
  /** There was no code 96 for a while: one task more is tried. */
  | { readonly type: 'raised'; readonly limit: number }
  /** The budget has no room for another song until those in flight are billed. */
  | { readonly type: 'held' }
  /** The API does not answer Runs, or wants fewer: none is sent for so many milliseconds. */
  | { readonly type: 'paused'; readonly pause: number; readonly message: string }
  /** Something outside does not work; it is tried again. */
  | ({ readonly type: 'trouble'; readonly message: string } & Partial<AboutJob>)
  /** Nothing more is submitted. */
  | {
      readonly type: 'stopping';
      readonly reason: StopReason;
      readonly inFlight: InFlightChoice;
    }
  /** Once, at the end. */
  | { readonly type: 'finished'; readonly outcome: RunOutcome }
);
