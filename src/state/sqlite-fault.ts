/** What an error from SQLite, or from reading back what it gave, means for the user. */
import { DiskFault } from '../job/disk-fault.ts';
import { printable } from './holder.ts';
import { StateError } from './state-error.ts';
import { Malformed } from './stored-value.ts';

/** SQLite's primary result codes that mean something to a user (https://sqlite.org/rescode.html). */
const code = { error: 1, busy: 5, locked: 6, readOnly: 8, corrupt: 11, notADatabase: 26 } as const;

/**
 * Runs something that touches the state file and turns what SQLite throws into a `StateError`
 * or a `DiskFault`.
 * Other errors pass: they are bugs.
 */
export function translated<T>(path: string, doing: 'read' | 'write', action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toStateError(error, path, doing);
  }
}

function toStateError(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  if (error instanceof StateError || error instanceof DiskFault) return error;
  if (error instanceof Malformed) return damaged(path, printable(error.message), error);
  if (!(error instanceof Error)) return error;
  const primary = primaryCode(error);
  // What is neither from SQLite nor from the file system is a bug.
  if (primary === undefined && !('syscall' in error)) return error;
  const because = { cause: error };
  switch (primary) {
    case code.busy:
    case code.locked:
      return new StateError(
        'locked',
        path,
        `${path} is in use by another program (a report or a status still being read, or a backup); ` +
          'try again when that has ended',
        because,
      );
    case code.notADatabase:
      return foreign(path, error);
    // No such table or column, in SQL that is right for the layout.
    case code.error:
    case code.corrupt:
      return damaged(path, error.message, error);
    case code.readOnly:
      // A reader came upon a rollback journal, which only a run may apply.
      if (doing === 'read') return halfOpened(path, error);
      break;
    default:
  }
  return doing === 'write' ? unwritable(path, error) : unreadable(path, error);
}

function unwritable(path: string, error: Error): DiskFault {
  return new DiskFault(
    `${path} could not be written: ${error.message}. Nothing of this step was kept. See that the ` +
      'disk has room and may be written, then run the same command again',
    { cause: error },
  );
}

function halfOpened(path: string, cause: Error): StateError {
  return new StateError(
    'unreadable',
    path,
    `${path} cannot be read yet: the run that used it last was killed just as it opened or closed ` +
      'it. The next run will put that right',
    { cause },
  );
}

export function unreadable(path: string, error: Error): StateError {
  return new StateError(
    'unreadable',
    path,
    `${path} cannot be read: ${error.message}. See that it is a file, and that you may read it and ` +
      'write in its folder',
    { cause: error },
  );
}

export function foreign(path: string, cause?: unknown): StateError {
  return new StateError(
    'foreign',
    path,
    `${path} is not a songbatch state file; move it away or choose another with --state`,
    { cause },
  );
}

export function damaged(path: string, what: string, cause?: unknown): StateError {
  return new StateError(
    'damaged',
    path,
    `${path} is damaged: ${what}. Nothing was changed. Put the last good copy in its place (with ` +
      'its -wal file, if it has one); a run without it would buy every song again',
    { cause },
  );
}

/** The state itself is sound, but steps that belong behind it are gone. */
export function incomplete(path: string, what: string): StateError {
  return new StateError(
    'damaged',
    path,
    `${path} is damaged: ${what}. Nothing was changed. Put the last good ${path} and ${path}-wal ` +
      'in its place. To go on with what is left, at the risk of buying again what the lost steps ' +
      `bought: sqlite3 ${path} "PRAGMA journal_mode = DELETE"`,
  );
}

function primaryCode(error: Error): number | undefined {
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
