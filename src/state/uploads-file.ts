/**
 * Where songs of this machine were uploaded to: a small SQLite file that all batches with their states
 * in one folder share, one after the other or at the same time. It is a memory and no record: without it
 * songs are uploaded once more, which costs nothing but time.
 *
 *   application_id  "sngu"
 *   user_version    the layout's version
 *   meta     `salt`, made with the file
 *   uploads  account, content (SHA-256) -> URL. What one account has uploaded is not for another; of
 *            address and key of an account there is nothing but a salted hash.
 *
 * Beside it, while a song is being uploaded, lies `<file>.<hash>.lock`: a lock of the operating system
 * (`run-lock.ts`), by which processes that want the same song at the same time wait for the first.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { DiskFault } from '../job/disk-fault.ts';
import { takeRunLock } from './run-lock.ts';

/** Every method may throw `DiskFault`; the file is opened by the first that is called. */
export interface UploadsFile {
  /**
   * Resolves when no other process is uploading this content, or takes too long over it; rejects when the
   * signal is aborted.
   * @param onWait told once, when one is
   */
  readonly reserve: (
    sha256: string,
    signal: AbortSignal,
    onWait?: () => void,
  ) => Promise<() => void>;
  readonly recall: (sha256: string) => string | undefined;
  readonly remember: (sha256: string, url: string) => void;
  readonly close: () => void;
}

const applicationId = 0x736e6775;
const layoutVersion = 1;

/** Milliseconds that a transaction of somebody else's may take; each is one row. */
const patience = 2000;

/** Milliseconds between two looks at a lock, and after how many a song is uploaded all the same. */
const pause = 100;
const longestWait = 300_000;

/** @param account whose uploads these are: anything that tells accounts apart; kept as a hash only */
export function openUploadsFile(path: string, account: string): UploadsFile {
  let opened: { readonly db: DatabaseSync; readonly owner: string } | undefined;
  const open = () => (opened ??= connect(path, account));

  return {
    reserve: async (sha256, signal, onWait) => {
      const lockPath = `${path}.${sha256.slice(0, 16)}.lock`;
      const end = performance.now() + longestWait;
      for (let looks = 0; ; looks++) {
        const lock = usable(path, () => takeRunLock(lockPath));
        if (lock) return lock.release;
        if (performance.now() > end) return () => undefined;
        if (looks === 0) onWait?.();
        await delay(pause, undefined, { signal });
      }
    },
    recall: (sha256) =>
      usable(path, () => {
        const { db, owner } = open();
        const found = db
          .prepare('SELECT url FROM uploads WHERE account = ? AND sha256 = ?')
          .get(owner, sha256);
        const url = found?.['url'];
        return typeof url === 'string' && /^https?:/i.test(url) ? url : undefined;
      }),
    remember: (sha256, url) => {
      usable(path, () => {
        const { db, owner } = open();
        db.prepare('INSERT OR REPLACE INTO uploads (account, sha256, url) VALUES (?, ?, ?)').run(
          owner,
          sha256,
          url,
        );
      });
    },
    close: () => {
      opened?.db.close();
      opened = undefined;
    },
  };
}

function connect(path: string, account: string): { db: DatabaseSync; owner: string } {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw unusable(path, 'it is not a file');
  // Before SQLite would, which makes files that others may read.
  closeSync(openSync(path, 'a', 0o600));
  const db = new DatabaseSync(path, { timeout: patience });
  try {
    const salt = prepare(path, db);
    const owner = createHmac('sha256', salt).update(account).digest('hex').slice(0, 32);
    return { db, owner };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Lays an empty file out; answers the salt of this one. */
function prepare(path: string, db: DatabaseSync): string {
  // Two processes may be the first.
  db.exec('BEGIN IMMEDIATE');
  const [id, version] = ['application_id', 'user_version'].map(
    (name) => db.prepare(`PRAGMA ${name}`).get()?.[name],
  );
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (isEmpty && id === 0) {
    db.exec(`
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${layoutVersion};
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE uploads (
        account TEXT NOT NULL, sha256 TEXT NOT NULL, url TEXT NOT NULL,
        PRIMARY KEY (account, sha256)
      ) STRICT, WITHOUT ROWID;
    `);
    const salt = randomBytes(16).toString('hex');
    db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run('salt', salt);
  } else if (id !== applicationId || version !== layoutVersion) {
    throw unusable(path, 'it is not a list of uploads of this version');
  }
  db.exec('COMMIT');
  const salt = db.prepare("SELECT value FROM meta WHERE name = 'salt'").get()?.['value'];
  if (typeof salt !== 'string') throw unusable(path, 'its salt is missing');
  return salt;
}

/** Turns what SQLite and the system throw into `DiskFault`; anything else is a bug. */
function usable<Value>(path: string, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && ('errcode' in error || 'syscall' in error)) {
      throw unusable(path, error.message, error);
    }
    throw error;
  }
}

function unusable(path: string, why: string, cause?: Error): DiskFault {
  return new DiskFault(`${path} cannot be used (${why}); move it away`, { cause });
}
