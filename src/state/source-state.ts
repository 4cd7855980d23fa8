/**
 * A state that is merged into another: read, and left as it is, down to the files beside it. SQLite would
 * write beside what a killed run left in order to read it; that is read from a copy. While a run goes on
 * a state is refused, and a run that begins later finds it in use.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { History } from '../job/reconcile.ts';
import type { JobId } from '../job/job.ts';
import type { StoreCounts } from '../job/store.ts';
import { inspect, meta, openReadOnly } from './inspect.ts';
import { jobReader, readCounts } from './reading.ts';
import type { BatchIdentity } from './schema.ts';
import { damaged, translated } from './sqlite-fault.ts';
import { StateError } from './state-error.ts';
import { refuseWhileRunning } from './state-lock.ts';
import { text, whole } from './stored-value.ts';

/** Every method may throw `StateError`. */
export interface SourceState {
  readonly identity: BatchIdentity;
  readonly counts: StoreCounts;
  readonly facts: ReadonlyMap<string, string>;
  /** Every job, in the order in which they first came. */
  readonly jobs: () => Iterable<JobPlace>;
  /** @param number as `jobs` gave it */
  readonly read: (number: number) => History;
  readonly close: () => void;
}

export interface JobPlace {
  readonly id: JobId;
  readonly number: number;
  /** When it first came, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * @param path of a file that is there
 * @param scratch a folder that need not be there, for a copy; the caller removes it
 */
export function openSourceState(path: string, scratch: string): SourceState {
  refuseWhileRunning(path);
  const file = translated(path, 'read', () => (isOneFile(path) ? path : copyOf(path, scratch)));
  try {
    inspect(file);
    const db = openReadOnly(file);
    if (!db) throw damaged(path, 'it is empty');
    return sourceOn(path, db);
  } catch (error) {
    throw file !== path && error instanceof StateError ? renamed(error, file, path) : error;
  }
}

/** The same of a state that this process has the run lock of, and that was inspected. */
export function openHeldState(path: string): SourceState {
  const db = openReadOnly(path);
  if (!db) throw damaged(path, 'it is empty');
  return sourceOn(path, db);
}

/**
 * Closed as it should be: in rollback mode, and with nothing beside it. Byte 18 of a SQLite file is 1
 * then (https://sqlite.org/fileformat2.html#file_format_version_numbers).
 */
function isOneFile(path: string): boolean {
  if (['-wal', '-journal'].some((suffix) => existsSync(path + suffix))) return false;
  const head = Buffer.alloc(19);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head[18] !== 2;
}

function copyOf(path: string, scratch: string): string {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const copy = join(scratch, 'state.sqlite');
  for (const suffix of ['', '-wal', '-journal']) {
    rmSync(copy + suffix, { force: true });
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  }
  return copy;
}

/** What is wrong with a copy is wrong with what it was made of. */
function renamed(error: StateError, copy: string, path: string): StateError {
  const message = error.message.replaceAll(copy, path);
  return new StateError(error.kind, path, message, { cause: error });
}

function sourceOn(path: string, db: DatabaseSync): SourceState {
  const reading = <Value>(action: () => Value): Value => translated(path, 'read', action);
  try {
    return reading(() => {
      // One moment for all that is read; and a run that begins now cannot change it.
      db.exec('BEGIN');
      const read = jobReader(db);
      return {
        identity: { name: meta(db, 'name') ?? '', service: meta(db, 'service') ?? '' },
        counts: readCounts(db.prepare('SELECT * FROM totals').get()),
        facts: factsOf(db),
        jobs: () => jobPlaces(path, db),
        read: (number) => reading(() => read(number)),
        close: () => {
          if (db.isOpen) db.close();
        },
      };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

function factsOf(db: DatabaseSync): ReadonlyMap<string, string> {
  const rows = db.prepare("SELECT substr(key, 6) AS name, value FROM meta WHERE key GLOB 'fact:*'");
  return new Map(rows.all().map(({ name, value }) => [text(name), text(value)]));
}

function* jobPlaces(path: string, db: DatabaseSync): Generator<JobPlace, void> {
  const rows = db
    .prepare(
      `SELECT number, lower(hex(id)) AS id, (
         WITH RECURSIVE chain (seq, before, at) AS (
           SELECT seq, before, at FROM events WHERE seq = last
           UNION ALL
           SELECT events.seq, events.before, events.at
           FROM chain JOIN events ON events.seq = chain.seq - chain.before WHERE chain.before > 0
         )
         SELECT at FROM chain WHERE before < 0
       ) AS since
       FROM jobs ORDER BY number`,
    )
    .iterate();
  for (;;) {
    const place = translated(path, 'read', () => {
      const { done, value } = rows.next();
      if (done) return undefined;
      return {
        id: text(value['id']),
        number: whole(value['number']),
        since: whole(value['since']),
      };
    });
    if (!place) return;
    yield place;
  }
}
