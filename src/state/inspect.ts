/**
 * Looks a state file over before a run trusts it. Everything here only reads, so that a file that is
 * refused is left as it was found, its write-ahead log included.
 *
 * Never open the state file itself through `node:fs`: closing it would drop the POSIX locks that
 * SQLite holds for this process. Its `-wal` file has none.
 */
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { outlooks } from '../job/outlook.ts';
import { decodeHolder, printable, type Holder } from './holder.ts';
import { applicationId, isOpen, isUndone, layoutVersion, type BatchIdentity } from './schema.ts';
import { damaged, foreign, incomplete, translated, unreadable } from './sqlite-fault.ts';
import { StateError } from './state-error.ts';
import { amount, text, whole } from './stored-value.ts';
import { showAsToday } from './upgrade.ts';
import { losesCommits } from './write-ahead-log.ts';

/**
 * SQLite's `quick_check` reads the whole file: about 1.7 s for 500 MB (a million jobs) that are in
 * the page cache. It is made when the last run crashed, and for files up to this many bytes, where it
 * takes 50 ms.
 */
const alwaysChecked = 16 * 2 ** 20;

/** How long to wait for somebody who holds the file for a moment, in milliseconds. */
export const patience = 10_000;

/** Undefined: there is no state yet. An empty file is one whose creation was cut short. */
export function openReadOnly(path: string): DatabaseSync | undefined {
  return openRecognised(path, true);
}

function openRecognised(path: string, readOnly: boolean): DatabaseSync | undefined {
  if ((sizeOf(path) ?? 0) === 0) return undefined;
  const connect = (): DatabaseSync => new DatabaseSync(path, { readOnly, timeout: patience });
  const db = translated(path, 'read', connect);
  try {
    if (translated(path, 'read', () => recognise(path, db))) {
      translated(path, 'read', () => {
        showAsToday(db);
      });
      return db;
    }
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return undefined;
}

/** The run that has the file open, or had it when it crashed. */
export function readHolder(db: DatabaseSync): Holder | undefined {
  const json = meta(db, 'holder');
  return json === undefined ? undefined : decodeHolder(json);
}

/** What a run finds. Throws `StateError` when the file must not be used. */
export type Found =
  { readonly kind: 'nothing' } | { readonly kind: 'state'; readonly crashed: Holder | undefined };

/**
 * The caller has the run lock, or a copy: nobody writes.
 * @param identity undefined: whose batch it is may be anybody's
 */
export function inspect(path: string, identity?: BatchIdentity): Found {
  const log = sizeOf(`${path}-wal`) ?? 0;
  if (log > 0 && translated(path, 'read', () => losesCommits(`${path}-wal`))) {
    throw incomplete(
      path,
      'its write-ahead log has a bad spot, with steps behind it that were saved',
    );
  }
  // A crash in the moment of opening or closing leaves a rollback journal, and only a connection that
  // may write can undo what that says was half done.
  const db = openRecognised(path, !existsSync(`${path}-journal`));
  if (!db) {
    // SQLite would delete it.
    if (log > 0) throw damaged(path, 'it is gone, but its write-ahead log is still there');
    return { kind: 'nothing' };
  }
  try {
    return translated(path, 'read', () => {
      if (identity) refuseOtherBatch(path, db, identity);
      const crashed = readHolder(db);
      if (log === 0) {
        if (crashed) refuseMissingLog(path, db);
        refuseCutOff(path, db);
      }
      checkTotals(path, db);
      if (crashed || (sizeOf(path) ?? 0) <= alwaysChecked) checkThoroughly(path, db);
      return { kind: 'state', crashed };
    });
  } finally {
    db.close();
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch (error) {
    throw error instanceof Error ? unreadable(path, error) : error;
  }
}

/** False for a database with nothing in it. */
function recognise(path: string, db: DatabaseSync): boolean {
  if (pragma(db, 'page_count') === 0) return false;
  if (pragma(db, 'application_id') !== applicationId) throw foreign(path);
  const version = pragma(db, 'user_version');
  if (version > layoutVersion) {
    throw new StateError(
      'newer',
      path,
      `${path} was written by a later songbatch (layout ${version}, this one knows up to ` +
        `${layoutVersion}); update songbatch`,
    );
  }
  if (version < 1) throw damaged(path, `it says layout ${version}, which there never was`);
  return true;
}

/** Throws `StateError` where it was made for another batch, or has songs of another service. */
export function refuseOtherBatch(path: string, db: DatabaseSync, ours: BatchIdentity): void {
  const name = meta(db, 'name') ?? '';
  const service = meta(db, 'service') ?? '';
  if (name === ours.name && service === ours.service) return;
  throw new StateError(
    'other-batch',
    path,
    `${path} is the state of batch "${printable(name)}" bought from ${printable(service)}, not of ` +
      `"${ours.name}" from ${ours.service}; choose another state file with --state, or another ` +
      'output.dir',
  );
}

/**
 * A run that crashed leaves its last steps in the `-wal` file. Where somebody kept the state file
 * only (a CI cache with too narrow a path), what it bought at the end is not in it.
 */
function refuseMissingLog(path: string, db: DatabaseSync): void {
  if (db.prepare('PRAGMA journal_mode').get()?.['journal_mode'] !== 'wal') return;
  throw incomplete(
    path,
    'the run that used it last was killed, and the -wal file with its last steps is missing',
  );
}

/** Without a log, all pages are in the file itself. */
function refuseCutOff(path: string, db: DatabaseSync): void {
  const pages = pragma(db, 'page_count') * pragma(db, 'page_size');
  const size = sizeOf(path) ?? 0;
  if (size !== pages) throw damaged(path, `it should have ${pages} bytes, but has ${size}`);
}

/** Costs no more than the number of open jobs. */
function checkTotals(path: string, db: DatabaseSync): void {
  const totals = db.prepare('SELECT * FROM totals').get() ?? {};
  const agree = (what: string, said: number, found: number): void => {
    if (said !== found) throw damaged(path, `it says ${said} ${what}, but there are ${found}`);
  };
  const said = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + whole(totals[name]), 0);
  const found = (sql: string): number => whole(db.prepare(sql).get()?.['n'] ?? 0);
  amount(totals['spent']);
  agree('events', said(['events']), found('SELECT max(seq) AS n FROM events'));
  agree('jobs', said(outlooks), found('SELECT max(number) AS n FROM jobs'));
  const open = `SELECT count(*) AS n FROM jobs WHERE ${isOpen} AND ${isUndone}`;
  agree('open jobs', said(['intended', 'running', 'succeeded']), found(open));
}

function checkThoroughly(path: string, db: DatabaseSync): void {
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw damaged(path, printable(String(verdict)));
}

function pragma(db: DatabaseSync, name: string): number {
  return whole(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

export function meta(db: DatabaseSync, key: string): string | undefined {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(key);
  return row && text(row['value']);
}
