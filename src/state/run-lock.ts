/**
 * The run lock: one process at a time runs a batch. It is a lock of the operating system on a file
 * beside the state, `<state>.lock`, so that it ends with its process however that ends. SQLite takes
 * it for us: Node has no file locks of its own. It is not taken on the state file itself, because
 * readers must get at that while a run goes on.
 *
 * The file stays empty: all it takes is a transaction that never ends.
 */
import { closeSync, constants, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface RunLock {
  /** Gives the lock up and takes its file away. */
  readonly release: () => void;
}

/**
 * Files that this process has locked, as `device:inode`. On POSIX, closing any descriptor of a file
 * drops every lock that the process has on it, so a second try within one process must be refused
 * before it opens the file.
 */
const lockedHere = new Set<string>();

/** Undefined when another run has it. Throws what the file system or SQLite throws. */
export function takeRunLock(path: string): RunLock | undefined {
  for (;;) {
    const taken = tryToLock(path);
    if (taken !== 'vanished') return taken;
  }
}

/** Whether somebody has it. Writes nothing, not even a lock file. Throws as above. */
export function isLocked(path: string): boolean {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!there) return false;
  if (lockedHere.has(identify(there))) return true;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    return isBusy(() => db.prepare('SELECT 1 FROM sqlite_schema').get());
  } finally {
    db.close();
  }
}

/** As 'a', but a pipe that somebody laid there is an error, and not waited for. */
const toPin = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/**
 * The holder removes the file as it leaves. Somebody who opened it just before could then lock a file
 * that no longer has a name, while a third locks a new one. So the file is held open first, which
 * keeps its inode from being used again, and once it is locked its name must still lead to it.
 */
function tryToLock(path: string): RunLock | undefined | 'vanished' {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (there && lockedHere.has(identify(there))) return undefined;

  const pin = openSync(path, toPin, 0o600);
  const db = new DatabaseSync(path, { timeout: 0, open: false });
  const letGo = (): void => {
    if (db.isOpen) db.close();
    closeSync(pin);
  };
  try {
    db.open();
    const locked = begin(db);
    const file = identify(fstatSync(pin, { bigint: true }));
    const named = leadsTo(path, file);
    if (locked && named) return hold(path, file, letGo);
    letGo();
    return named ? undefined : 'vanished';
  } catch (error) {
    letGo();
    throw error;
  }
}

function hold(path: string, file: string, letGo: () => void): RunLock {
  lockedHere.add(file);
  return {
    release: () => {
      // Removed while it is still locked: afterwards it may be somebody else's.
      if (leadsTo(path, file)) rmSync(path, { force: true });
      letGo();
      lockedHere.delete(file);
    },
  };
}

function begin(db: DatabaseSync): boolean {
  // Else SQLite lays a journal beside the file.
  return !isBusy(() => {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  });
}

function isBusy(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (error) {
    const busy = 5;
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return true;
    throw error;
  }
}

function leadsTo(path: string, file: string): boolean {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there !== undefined && identify(there) === file;
}

function identify(file: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${file.dev}:${file.ino}`;
}
