/** What goes over the network, for those who count it. */
import type { ApiReason } from './api-fault.ts';

export type ApiCall =
  | 'Run'
  | 'Task/Detail'
  | 'Task/List'
  | 'Task/Cancel'
  | 'Task/Kill'
  | 'Task/InputOutputDelete'
  | 'Tool/Detail'
  | 'File/Upload';

export type CallOutcome =
  | 'ok'
  /** The API said no, or is not the API. */
  | ApiReason
  /** Answered, but with nothing that can be used: HTTP 5xx, no JSON, half of what it must have. */
  | 'unusable'
  /** Sent, and no whole answer came back. */
  | 'lost'
  /** There was no connection. */
  | 'not-sent';

export interface Traffic {
  /**
   * Told of every request to the API once it is clear what became of it: repetitions are requests of their
   * own, one that was taken back is none. Must not throw.
   */
  readonly onCall: (call: ApiCall, outcome: CallOutcome) => void;
  /** Told of every file that has come home, whole and verified. Must not throw. */
  readonly onDownloaded: (bytes: number) => void;
}
