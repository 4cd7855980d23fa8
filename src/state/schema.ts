/**
 * The layout of a state file: a SQLite database, in WAL mode while a run has it open and in rollback
 * mode once it was closed, so that a closed state is exactly one file that anybody may read.
 *
 *   application_id  "sngb": says that the file is ours
 *   user_version    the layout's version; a later one than ours is refused, never guessed at
 *
 *   meta     facts about the batch: `name` and `service` (whose batch this is), `holder` (the run that
 *            has it open, see holder.ts; left over only by a run that crashed), `judged` (see below),
 *            `fact:<name>`.
 *   events   the truth, only ever added to. `type` is a position in `eventTypes`, `detail` a JSON list
 *            (event-code.ts). The events of a job are a chain: `before` says how many rows further up
 *            its last one is, and of a job's first event, negative, the number of the job. `at` is
 *            milliseconds: since 1970 in the first, since the one before in all others.
 *   jobs     one row a job, in the order in which they came, numbered from 1 without gaps. `shape` and
 *            `spec` are what it buys (job-code.ts). Derived from its events are `last`, where its chain
 *            ends, and `outlook`, a position in `outlooks` (job/outlook.ts). That depends on what the
 *            batch's manifest wants, too: meta `judged` is the key of the policy by which all rows were
 *            judged, and absent where they were not. Without it the stage is right, and no more.
 *   texts    values too long to be repeated in every row (lyrics, URLs) and shapes of jobs, as JSON,
 *            each kept once and found by its hash.
 *   totals   one row, derived: how many events there are, how many jobs have which outlook, and what all
 *            attempts cost, in picodollars. As text, because an absurd amount from a server must not
 *            be able to overflow a column and so keep a song from being recorded.
 *
 * Attempts are not stored: they are the events of a job folded by `apply`. A second copy would double
 * the file (task tokens, URLs and hashes are most of it), be written anew with every event, and could
 * disagree with the first. A chain instead of an index on a job's number saves 65 bytes a job and reads
 * as fast.
 *
 * `undone` finds the jobs that a resumed run must look after, and those that failed: all but the songs
 * that are here and good. A query uses it when it repeats the index's own condition, word for word.
 * `tasks` does the same for the tasks of the batch.
 *
 * Layout 1 had an index instead of the chain, stages instead of outlooks, and spoke more words in its
 * details, which are still understood. A run changes it to this one (upgrade.ts).
 */
import type { DatabaseSync } from 'node:sqlite';
import type { JobEvent } from '../job/history.ts';
import { outlooks } from '../job/outlook.ts';

export const applicationId = 0x736e6762;
export const layoutVersion = 2;

/** Finds a job: so much of its id is the same for two jobs in a million at most. */
const startOfId = 'substr(id, 1, 5)';
export const isId = `${startOfId} = substr(?1, 1, 5) AND id = ?1`;

/** Money or a task may hang on these: positions 1 to 3 of `outlooks`. */
export const isOpen = 'outlook BETWEEN 1 AND 3';
/** All but `done`. */
export const isUndone = 'outlook <> 4';

/** The position of a type is its number in the file: never reorder, add at the end. */
export const eventTypes = [
  'intended',
  'accepted',
  'withdrawn',
  'succeeded',
  'failed',
  'saved',
  'reopened',
  'measured',
] as const satisfies readonly JobEvent['type'][];

/** Finds the event that claimed a task: the first of an `accepted` detail is its id. */
export const taskOf = 'detail ->> 0';
export const isAccepted = 'type = 1';

/** Whose batch a state is. */
export interface BatchIdentity {
  /** The manifest's name. */
  readonly name: string;
  /** The API it is bought from: tasks of one service mean nothing to another. */
  readonly service: string;
}

/** Lays out an empty database, all or nothing. */
export function createLayout(db: DatabaseSync, identity: BatchIdentity): void {
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE texts (
      id INTEGER PRIMARY KEY,
      sha256 BLOB NOT NULL UNIQUE,
      json TEXT NOT NULL
    ) STRICT;
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${layoutVersion};
  `);
  createTables(db);
  db.exec(`INSERT INTO totals VALUES (0, ${outlooks.map(() => 0).join(', ')}, '0')`);
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  insert.run('name', identity.name);
  insert.run('service', identity.service);
  db.exec('COMMIT');
}

/** Those that have changed since layout 1. */
export function createTables(db: DatabaseSync): void {
  db.exec(`
    CREATE TABLE jobs (
      number INTEGER PRIMARY KEY,
      id BLOB NOT NULL,
      outlook INTEGER NOT NULL,
      shape INTEGER NOT NULL,
      spec TEXT NOT NULL,
      last INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX ids ON jobs (${startOfId});
    CREATE INDEX undone ON jobs (outlook) WHERE ${isUndone};
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY,
      before INTEGER NOT NULL,
      at INTEGER NOT NULL,
      type INTEGER NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX tasks ON events (${taskOf}) WHERE ${isAccepted};
    CREATE TABLE totals (
      events INTEGER NOT NULL,
      ${outlooks.map((outlook) => `${outlook} INTEGER NOT NULL`).join(', ')},
      spent TEXT NOT NULL
    ) STRICT;
  `);
}
