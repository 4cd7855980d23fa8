/**
 * The state file cannot be used. The message is for the user: what happened, where, and what to do.
 * (A disk that will not take a write is a `DiskFault`.)
 */
import type { Holder } from './holder.ts';

export type StateErrorKind =
  /** A run of this batch is under way. */
  | 'running'
  /** Another program has it. */
  | 'locked'
  /** Not a file of ours. */
  | 'foreign'
  /** Written by a later songbatch. */
  | 'newer'
  /** Ours, but what is in it does not hold together, or a part of it is gone. */
  | 'damaged'
  /** It cannot be opened or read: permissions, a folder, a read error. */
  | 'unreadable'
  /** Ours and sound, but the state of another batch. */
  | 'other-batch';

export class StateError extends Error {
  override readonly name = 'StateError';
  readonly kind: StateErrorKind;
  /** As the caller gave it. */
  readonly path: string;
  /** The run that has the file, where that is known; only with `running`. */
  readonly holder: Holder | undefined;

  constructor(
    kind: StateErrorKind,
    path: string,
    message: string,
    options?: { holder?: Holder | undefined; cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.kind = kind;
    this.path = path;
    this.holder = options?.holder;
  }
}
