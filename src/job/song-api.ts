/**
 * The text-to-song API as the rest of songbatch sees it. `wiro/` implements it over HTTP.
 *
 * Answers that a batch must expect are values. What is left is the environment failing, thrown as
 * `ApiFault`: reads have been retried by then, a Run never is (see `RunAnswer`).
 */
import type { LocalFile, SentParameters } from '../manifest/parameters.ts';
import type { Picodollars } from './money.ts';
import type { TaskReport } from './task.ts';

/** What became of one POST Run. There is no idempotency key: sending it twice buys twice. */
export type RunAnswer =
  | { readonly kind: 'accepted'; readonly taskId: string; readonly token: string }
  /**
   * The API read it and said no: certainly no task. `apiReasonOf(code)` names the code, which is an HTTP
   * status (401, 429) where the request was turned away before it was looked at.
   */
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly message: string;
      /** Milliseconds for which the server asked to be left alone. */
      readonly retryAfter?: number;
    }
  /** No connection was ever made: certainly no task. */
  | { readonly kind: 'not-sent'; readonly message: string }
  /** Sent, but no readable answer came back (reset, timeout, 5xx, HTML): a task may exist. */
  | { readonly kind: 'unknown'; readonly message: string };

export type StopAnswer =
  | { readonly kind: 'stopped' }
  /** "Task is not in a cancellable state.", or it is not known. `apiReasonOf(code)` names the code. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

export interface TaskPage {
  /** How many tasks the account has for this model, all pages together. */
  readonly total: number;
  /** Newest first. */
  readonly tasks: readonly TaskReport[];
  /** This machine's clock minus the server's, in milliseconds; absent without a Date header. */
  readonly clockSkew?: number;
}

/** What a song is said to cost before any was bought. */
export interface Price {
  /** USD as the API states it; absent when it states none. */
  readonly perTask?: Picodollars;
  /** Seconds of execution that a task takes on average, where that follows from what the API states. */
  readonly seconds?: number;
}

/**
 * The calls that a batch needs. All but `run`, which never rejects, and `clockSkew` reject with `ApiFault`
 * when there is no usable answer, and with the signal's reason when that is aborted.
 */
export interface SongApi {
  /**
   * Buys one song.
   * @param model `owner/name`
   * @param signal takes it back while it waits to be sent; what was sent is waited for
   * @param mayLeave asked right before the first byte is written; false: it is not sent, and certainly so
   */
  readonly run: (
    model: string,
    parameters: SentParameters,
    signal?: AbortSignal,
    mayLeave?: () => boolean,
  ) => Promise<RunAnswer>;
  /** Undefined when the API says that there is no such task. */
  readonly task: (taskId: string, signal?: AbortSignal) => Promise<TaskReport | undefined>;
  /** Tasks of one model, newest first. @param page `start` from 0, `limit` from 1 to 100 */
  readonly tasks: (
    model: string,
    page: { readonly start: number; readonly limit: number },
    signal?: AbortSignal,
  ) => Promise<TaskPage>;
  /** For a task that is still queued. */
  readonly cancel: (taskId: string, signal?: AbortSignal) => Promise<StopAnswer>;
  /** For a task that runs. */
  readonly kill: (taskId: string, signal?: AbortSignal) => Promise<StopAnswer>;
  /** What a task of the model costs, as far as that is told before it runs. */
  readonly price: (model: string, signal?: AbortSignal) => Promise<Price>;
  /**
   * Puts a local song (mp3, wav or m4a, at most 100,000,000 bytes) where the model can fetch it; answers
   * its URL. Rejects with `ApiFault` `unfit-file` where the file is not what it was when it was hashed.
   */
  readonly upload: (file: LocalFile, signal?: AbortSignal) => Promise<string>;
  /**
   * This machine's clock minus the server's, in milliseconds, by the last answer that told the time;
   * undefined before the first.
   */
  readonly clockSkew: () => number | undefined;
  /** Waits for Runs that were sent; any other call ends with `ApiFault` `closed`. */
  readonly close: () => Promise<void>;
}
