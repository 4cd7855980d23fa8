/**
 * The life of a job, as data: events that happened to it, and the attempts they add up to.
 * `apply` is the only place where an event changes what is known; the store keeps both.
 *
 * An attempt moves   intended -> running -> succeeded -> saved
 *                        |          |           `-----> failed  (paid, but the song cannot be had)
 *                        |          `-----------------> failed
 *                        |----------------------------> failed  (the API said no)
 *                        `-> gone (withdrawn: certain that no task came of it, or the user is)
 *
 * What was saved is measured; that changes nothing about the attempt, whatever the measures are.
 *
 * A failed attempt that is reopened lets another follow; one that was paid for runs again instead: its
 * task is looked at once more, and nothing is bought.
 */
import type { ParameterName } from '../manifest/parameters.ts';
import type { Failure } from './failure.ts';
import { isWorthAnotherLook } from './failure.ts';
import type { Job } from './job.ts';
import type { Measured } from './measures.ts';
import type { Picodollars } from './money.ts';
import type { RemoteOutput } from './task.ts';

/** A song on disk: whole, verified, under its final name. */
export interface SavedFile {
  /** Below the output folder, `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  /** Seconds of sound; absent where the format does not tell us. */
  readonly duration?: number;
}

/** Times are milliseconds since 1970 by this machine's clock. */
interface Intended {
  /** From 1. */
  readonly number: number;
  readonly intendedAt: number;
  /** URLs that stood for local files in this submission. */
  readonly uploads?: Readonly<Partial<Record<ParameterName, string>>>;
  /** This machine's clock minus the server's at that time, in milliseconds; absent while unknown. */
  readonly skew?: number;
  /** What the Run carried as `callbackUrl`: sent, but no part of what is bought. */
  readonly callbackUrl?: string;
}

interface Accepted extends Intended {
  readonly taskId: string;
  readonly token: string;
  readonly acceptedAt: number;
  /** Found by looking through the task list, its answer having been lost. */
  readonly adopted: boolean;
}

interface Ended extends Accepted {
  readonly endedAt: number;
  readonly cost: Picodollars;
  /** Of execution, by Wiro's count. */
  readonly seconds?: number;
}

export type Attempt =
  | ({ readonly stage: 'intended' } & Intended)
  | ({ readonly stage: 'running' } & Accepted)
  | ({ readonly stage: 'succeeded'; readonly outputs: readonly RemoteOutput[] } & Ended)
  | ({
      readonly stage: 'saved';
      readonly outputs: readonly RemoteOutput[];
      readonly files: readonly SavedFile[];
      readonly savedAt: number;
      /** One for each file; absent until all are measured. */
      readonly measured?: readonly Measured[];
    } & Ended)
  | ({
      readonly stage: 'failed';
      readonly failure: Failure;
      readonly endedAt: number;
      readonly cost: Picodollars;
      /** The user wants it tried again (`songbatch retry`). */
      readonly reopened?: true;
    } & Intended &
      Partial<Pick<Accepted, 'taskId' | 'token' | 'acceptedAt' | 'adopted'>>);

export type AttemptStage = Attempt['stage'];

/** What happened to a job; each is on disk before anything that follows from it is done. */
export type JobEvent =
  /** A Run is about to be sent. From here on a task may exist. */
  | {
      readonly type: 'intended';
      readonly at: number;
      readonly uploads?: Readonly<Partial<Record<ParameterName, string>>>;
      readonly skew?: number;
      readonly callbackUrl?: string;
    }
  /** A task is known: the Run answered, or the task was found in the list. */
  | {
      readonly type: 'accepted';
      readonly at: number;
      readonly taskId: string;
      readonly token: string;
      readonly adopted: boolean;
    }
  /** It is certain that the intent led to no task: not sent, refused for now, or not in the list. Or the user says so (`isUnproven`). */
  | { readonly type: 'withdrawn'; readonly at: number; readonly why: string }
  /** The task ended well and was billed. */
  | {
      readonly type: 'succeeded';
      readonly at: number;
      readonly cost: Picodollars;
      readonly seconds?: number;
      readonly outputs: readonly RemoteOutput[];
    }
  /** The attempt came to nothing. `cost` is what was charged all the same, mostly 0. */
  | {
      readonly type: 'failed';
      readonly at: number;
      readonly failure: Failure;
      readonly cost: Picodollars;
    }
  /** Every output is on disk under its final name; once more, where it had disappeared. */
  | { readonly type: 'saved'; readonly at: number; readonly files: readonly SavedFile[] }
  /** What the files measure, in their order. */
  | { readonly type: 'measured'; readonly at: number; readonly measured: readonly Measured[] }
  /** The user wants a failed job tried again. */
  | { readonly type: 'reopened'; readonly at: number };

export interface JobRecord {
  readonly job: Job;
  readonly attempts: readonly Attempt[];
}

/** Why an intent is withdrawn where nothing proves that no task came of it: the user has said so. */
export const onTheUsersWord = '--resubmit-unknown';

/** A task may have come of what is withdrawn, and may be billed. */
export function isUnproven(event: JobEvent): boolean {
  return event.type === 'withdrawn' && event.why === onTheUsersWord;
}

/** The record after one more event. Throws on an event that cannot follow: that is a bug of ours. */
export function apply(record: JobRecord, event: JobEvent): JobRecord {
  const earlier = record.attempts.slice(0, -1);
  const current = record.attempts.at(-1);
  const become = (attempt: Attempt): JobRecord => ({
    ...record,
    attempts: [...earlier, attempt],
  });

  switch (event.type) {
    case 'intended': {
      if (current && current.stage !== 'failed') break;
      const next: Attempt = {
        stage: 'intended',
        number: record.attempts.length + 1,
        intendedAt: event.at,
        ...(event.uploads && { uploads: event.uploads }),
        ...(event.skew !== undefined && { skew: event.skew }),
        ...(event.callbackUrl !== undefined && { callbackUrl: event.callbackUrl }),
      };
      return { ...record, attempts: [...record.attempts, next] };
    }
    case 'accepted':
      if (current?.stage !== 'intended') break;
      return become({
        ...current,
        stage: 'running',
        taskId: event.taskId,
        token: event.token,
        acceptedAt: event.at,
        adopted: event.adopted,
      });
    case 'withdrawn':
      if (current?.stage !== 'intended') break;
      return { ...record, attempts: earlier };
    case 'succeeded':
      if (current?.stage !== 'running') break;
      return become({
        ...current,
        stage: 'succeeded',
        endedAt: event.at,
        cost: event.cost,
        ...(event.seconds !== undefined && { seconds: event.seconds }),
        outputs: event.outputs,
      });
    case 'failed':
      switch (current?.stage) {
        case 'intended':
        case 'running':
          return become({
            ...current,
            stage: 'failed',
            failure: event.failure,
            endedAt: event.at,
            cost: event.cost,
          });
        case 'succeeded': {
          // The bill of the task stands: what failed is fetching the song.
          const { outputs: _, seconds: __, ...paid } = current;
          return become({ ...paid, stage: 'failed', failure: event.failure });
        }
        default:
      }
      break;
    case 'saved': {
      if (current?.stage !== 'succeeded' && current?.stage !== 'saved') break;
      const { measured: _, ...unmeasured } = { measured: undefined, ...current };
      return become({ ...unmeasured, stage: 'saved', files: event.files, savedAt: event.at });
    }
    case 'measured':
      if (current?.stage !== 'saved') break;
      return become({ ...current, measured: event.measured });
    case 'reopened':
      if (current?.stage !== 'failed' || current.reopened) break;
      return become(lookAgain(current) ?? { ...current, reopened: true });
  }
  throw new Error(
    `job ${record.job.id}: "${event.type}" cannot follow stage "${current?.stage ?? 'none'}"`,
  );
}

/** A task that was paid for, or may have been: it is asked for its songs again. */
function lookAgain(failed: Extract<Attempt, { stage: 'failed' }>): Attempt | undefined {
  const { failure, endedAt: _, cost: __, taskId, token, acceptedAt, adopted, ...intended } = failed;
  if (!isWorthAnotherLook(failure) || taskId === undefined || token === undefined) return undefined;
  return {
    ...intended,
    stage: 'running',
    taskId,
    token,
    acceptedAt: acceptedAt ?? intended.intendedAt,
    adopted: adopted ?? false,
  };
}

/** What all attempts together have cost. */
export function costOf(record: JobRecord): Picodollars {
  return record.attempts.reduce(
    (sum, attempt) => ('cost' in attempt ? sum + attempt.cost : sum),
    0n,
  );
}
