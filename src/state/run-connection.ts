/**
 * A run's connection to the state file. While it is open the database is in WAL mode: readers see the
 * last commit and hold nobody up. Closing it folds the log in and goes back to rollback mode, which
 * leaves one file that can be copied, cached, and read from a folder where nothing may be written.
 * Staying in WAL mode was rejected for that reason: even a mere reader must then create files.
 */
import { closeSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { patience } from './inspect.ts';
import { createLayout, type BatchIdentity } from './schema.ts';
import { translated } from './sqlite-fault.ts';
import { StateError } from './state-error.ts';
import { upgrade } from './upgrade.ts';

/**
 * The caller has the run lock and has seen that the file is sound.
 * @param identity of a batch that has no state yet
 */
export function connect(path: string, identity: BatchIdentity | undefined): DatabaseSync {
  return translated(path, 'write', () => {
    if (identity) createPrivately(path);
    const db = new DatabaseSync(path, { timeout: patience });
    try {
      if (identity) createLayout(db, identity);
      enterLogMode(path, db);
      upgrade(db);
      return db;
    } catch (error) {
      disconnect(db);
      throw error;
    }
  });
}

/** Before SQLite would, which makes files that others may read. */
function createPrivately(path: string): void {
  const file = openSync(path, 'a', 0o600);
  fchmodSync(file, 0o600);
  closeSync(file);
}

function enterLogMode(path: string, db: DatabaseSync): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal') {
    throw new StateError(
      'unreadable',
      path,
      `${path} is on a file system that SQLite cannot share a log on; choose a local one with --state`,
    );
  }
  // At every opening: what a connection starts with depends on how SQLite was built, and less than
  // FULL loses acknowledged commits in a power cut. `fullfsync` is for macOS, where a plain fsync
  // stops at the drive's cache.
  db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
}

/**
 * While somebody still reads, or when the disk is full, the log stays behind (empty, if it can be
 * emptied). Nothing is lost by that, and the next run tidies up.
 */
export function disconnect(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA busy_timeout = 200; PRAGMA wal_checkpoint(TRUNCATE)');
    db.exec('PRAGMA journal_mode = DELETE');
  } catch {
    // As said above: not worth failing a run that has ended.
  } finally {
    db.close();
  }
}
