/** What a run is given to act with. It touches neither network nor disk nor clock by itself. */
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { Measured } from '../job/measures.ts';
import type { SongApi } from '../job/song-api.ts';
import type { Store } from '../job/store.ts';
import type { RemoteOutput } from '../job/task.ts';
import type { RunEvent } from './events.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or at once when the signal is or gets aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export type Fetched =
  | { readonly kind: 'saved'; readonly file: SavedFile }
  /** The URL is no good any more; the API may have a fresh one. */
  | { readonly kind: 'gone'; readonly message: string }
  /** It does not arrive as promised, tried again and again. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** Whoever holds it does not answer; it is paid for, so a later run tries again. */
  | { readonly kind: 'unreachable'; readonly message: string };

/** Where a song is wanted. */
export interface Place {
  /** Below the output folder, `/` between folders, no extension. */
  readonly name: string;
  /** Whose song it is: two jobs may want one name, one after the other. */
  readonly id: JobId;
}

export interface Outputs {
  /**
   * Downloads a song to a path below the output folder. The file has its final name only when it is
   * whole and verified, and takes no name that another file has. Throws when the disk will not have it.
   */
  readonly fetch: (output: RemoteOutput, place: Place, signal: AbortSignal) => Promise<Fetched>;
  /** Whether a saved file is still there, by its size. */
  readonly isPresent: (file: SavedFile) => Promise<boolean>;
  /** Those of these files that are not there, in their order. Lazy: there may be a million of them. */
  readonly missingOf: <File extends SavedFile>(
    files: Iterable<File>,
  ) => AsyncIterable<File> | Iterable<File>;
}

export interface Ears {
  /** What is wrong with the file comes as a value; rejects with the signal's reason only. */
  readonly measure: (file: SavedFile, signal: AbortSignal) => Promise<Measured>;
}

/** A task in flight, by all that somebody may know it by. */
export interface FollowedTask {
  readonly taskId: string;
  /** `socketaccesstoken` */
  readonly token: string;
  /** What its Run carried as `callbackUrl`; absent where none was sent. */
  readonly callbackUrl?: string;
}

/** Word that comes unasked, over a socket or a webhook: never the truth, always a reason to look. */
export interface TaskHints {
  /**
   * `onEnd` is called whenever something says that the task has ended: at once, late, more than once,
   * or never. Call what this returns when the task is of no interest any more.
   */
  readonly follow: (task: FollowedTask, onEnd: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/**
 * Where songs of this machine were uploaded to by earlier runs and other batches. A memory that cannot be
 * used throws `DiskFault`: songs are then uploaded once more.
 */
export interface UploadMemory {
  /**
   * Resolves when nobody else who shares the memory is uploading this content, or takes too long over
   * it. Call what it returns when that is done.
   * @param onWait told once, when somebody is
   */
  readonly reserve: (
    sha256: string,
    signal: AbortSignal,
    onWait: () => void,
  ) => Promise<() => void>;
  /** The file may be gone from there since. */
  readonly recall: (sha256: string) => string | undefined;
  readonly remember: (sha256: string, url: string) => void;
  /** Whether a URL certainly has no file any more. One that does not answer counts as good. */
  readonly isGone: (url: string, signal: AbortSignal) => Promise<boolean>;
}

/** What one job is made with. */
export type JobPorts = Omit<RunPorts, 'store'> & {
  readonly store: Pick<Store, 'append'>;
  /**
   * Asked right before the Run of a job's intent leaves; false: it is not sent. For processes that others may
   * take for dead. Absent: it may.
   */
  readonly mayRun?: (id: JobId) => boolean;
};

export interface RunPorts {
  readonly api: SongApi;
  readonly store: Store;
  readonly outputs: Outputs;
  /** Absent: nothing is measured, and so nothing fails a check. */
  readonly ears?: Ears;
  readonly clock: Clock;
  readonly emit: (event: RunEvent) => void;
  readonly hints?: TaskHints;
  /** Makes a callback URL with a fresh token (`job/callback.ts`), where submissions are to carry one. */
  readonly callbackUrl?: () => string;
  /** Absent: a song is uploaded once in every run. */
  readonly uploads?: UploadMemory;
}
