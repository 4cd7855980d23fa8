/**
 * A task as the server keeps it. The ledger alone changes one.
 */
import type { SongFormat } from './engine/encode/format.ts';
import type { TaskStatus } from './lifecycle.ts';

/** What came in with a request: names and values, flat. */
export type SentFields = Readonly<Record<string, unknown>>;

/** The song of a task that succeeded. Its bytes are made again when they are asked for. */
export interface Output {
  /** Unguessable; whoever knows it may download. */
  readonly accessKey: string;
  readonly bytes: number;
  /** Lower-case hex: bytes that are made again must have it. */
  readonly sha256: string;
  /** `wav` if left out, as in journals of servers that knew no other. */
  readonly format?: SongFormat;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

export interface Task {
  readonly id: string;
  readonly token: string;
  readonly uuid: string;
  /** Who it belongs to: a hash of the API key, never the key. */
  readonly account: string;
  /** `owner/model`, lower case. */
  readonly model: string;
  /** Everything that Run was sent, untouched. */
  readonly parameters: SentFields;
  /** Milliseconds since 1970, like all times here. */
  readonly createdAt: number;
  status: TaskStatus;
  /** When each status was entered. */
  times: Partial<Record<TaskStatus, number>>;
  /** `pexit`: "0", or "1" when the engine failed. */
  exit: string;
  /** Seconds of execution in model time; 0 until known. */
  seconds: number;
  /** What was charged, in 1e-12 USD. */
  cost: bigint;
  /** The engine's words when it failed. */
  error: string;
  output: Output | undefined;
}

/** A file that a client put here. */
export interface Upload {
  readonly accessKey: string;
  readonly account: string;
  /** Safe in a path and in a URL. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly addedAt: number;
}
