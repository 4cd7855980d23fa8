/**
 * A task as Wiro reports it, reduced to what decisions need. `wiro/` makes these from answers whose
 * numbers are strings and whose fields may be missing.
 */
import type { Picodollars } from './money.ts';

/** A file that a task made. Everything in it is the server's word: data, never a path. */
export interface RemoteOutput {
  readonly name: string;
  readonly url: string;
  readonly contentType?: string;
  readonly bytes?: number;
}

/**
 * Where a task stands. Success is `task_postprocess_end` with exit "0" and at least one output;
 * statuses that we do not know are "still running", so that new ones cannot break a batch.
 */
export type TaskState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'running' }
  | { readonly kind: 'succeeded'; readonly outputs: readonly RemoteOutput[] }
  | {
      readonly kind: 'failed';
      readonly reason: 'task-error' | 'exit-code' | 'no-outputs' | 'cancelled';
      /** `pexit` as it came; "" when there was none. */
      readonly exit: string;
      /** The server's own words, bounded in length; may be empty. */
      readonly message: string;
    };

export interface TaskReport {
  readonly id: string;
  readonly token: string;
  /** Wiro's own word, for people: `task_assign`. */
  readonly status: string;
  readonly state: TaskState;
  /** What was charged; 0 until it ended. */
  readonly cost: Picodollars;
  /** Seconds since 1970; absent when the answer had none. */
  readonly createdAt?: number;
  /** Seconds of execution; absent while unknown. */
  readonly seconds?: number;
  /** Input as echoed, untouched; absent when the answer had none. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly callbackUrl?: string;
}
