/** The run lock of a state: taken, or refused with the name of who has it. */
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describeHolder, type Holder } from './holder.ts';
import { openReadOnly, readHolder } from './inspect.ts';
import { isLocked, takeRunLock, type RunLock } from './run-lock.ts';
import { translated } from './sqlite-fault.ts';
import { StateError } from './state-error.ts';

/**
 * Makes the folder of the state where there is none. Throws `StateError` while another run has it.
 * @returns where the state really is, too
 */
export function lockState(path: string): { readonly file: string; readonly lock: RunLock } {
  const file = translated(path, 'write', () => settlePath(path));
  const lock = translated(`${file}.lock`, 'write', () => takeRunLock(`${file}.lock`));
  if (lock) return { file, lock };
  throw lockedBy(path, currentHolder(file));
}

/** Throws `StateError` while a run has the state, which is there. Takes no lock and writes nothing. */
export function refuseWhileRunning(path: string): void {
  const file = realpathSync(path);
  const locked = translated(`${file}.lock`, 'read', () => isLocked(`${file}.lock`));
  if (locked) throw lockedBy(path, currentHolder(file));
}

/** Where the state really is, so that two names of one file have one lock and one log. */
function settlePath(path: string): string {
  makeFolders(dirname(path));
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink ? realpathSync(path) : path;
}

/**
 * Not with Node's `recursive`, which never returns where making a folder answers ENOENT though the one
 * above is there, as /proc does.
 */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else was faster. If that is no folder, opening the state will say so.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Undefined also when a run has only just begun, or its state cannot be read. */
function currentHolder(path: string): Holder | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = openReadOnly(path);
    const holder = db && readHolder(db);
    // A run that takes over from one that crashed has not put its own name there yet.
    return holder && isGone(holder) ? undefined : holder;
  } catch {
    return undefined;
  } finally {
    db?.close();
  }
}

function isGone(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  try {
    return !process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function lockedBy(path: string, holder: Holder | undefined): StateError {
  const who = holder ? describeHolder(holder) : 'by a run that has just begun';
  const message = `${path} is in use: ${who}. Nothing was started; wait for that run to end, or stop it`;
  return new StateError('running', path, message, { holder });
}
