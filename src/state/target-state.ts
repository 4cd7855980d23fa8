/**
 * The state that others are merged into, under its run lock. The merged one takes its place by a rename: at
 * any moment the old state is there, or the new one.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from './inspect.ts';
import { connect, disconnect } from './run-connection.ts';
import { openHeldState, type SourceState } from './source-state.ts';
import { translated } from './sqlite-fault.ts';
import { StateError } from './state-error.ts';
import { lockState } from './state-lock.ts';

export interface TargetState {
  /** Undefined where there is none yet. */
  readonly open: () => SourceState | undefined;
  /** Puts a state that is on disk in its place. What `open` gave is closed. */
  readonly replaceBy: (merged: string) => void;
  readonly release: () => void;
}

/** Makes the folder of the state where there is none. Throws `StateError`. */
export function holdTargetState(path: string): TargetState {
  const { file, lock } = lockState(path);
  try {
    if (file !== path) {
      const message = `${path} is a link to ${file}: merge into the folder of that`;
      throw new StateError('unreadable', path, message);
    }
    const isThere = foldLogIn(path);
    return {
      open: () => (isThere ? openHeldState(path) : undefined),
      replaceBy: (merged) => {
        translated(path, 'write', () => {
          renameSync(merged, path);
          syncFolder(dirname(path));
        });
      },
      release: lock.release,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * What a killed run left beside the state belongs to it: under another state of that name SQLite would
 * play it back into that. False where there is no state.
 */
function foldLogIn(path: string): boolean {
  if (inspect(path).kind === 'nothing') return false;
  if (hasLog(path)) disconnect(connect(path, undefined));
  if (!hasLog(path)) return true;
  throw new StateError(
    'locked',
    path,
    `${path} is being read by another program (a report or a status, or a backup); try again when that has ended`,
  );
}

function hasLog(path: string): boolean {
  return (
    existsSync(`${path}-journal`) ||
    (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  );
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
