/**
 * The layout of a state file: a SQLite database, in WAL mode while a run has it open and in rollback
 * mode once it was closed, so that a closed state is exactly one file that anybody may read.
 *
 *   application_id  "sngb": says that the file is ours
 *   user_version    the layout's version; a later one than ours is refused, never guessed at
 *
 *   meta     facts about the batch: `name` and `service` (whose batch this is), `holder` (the run that
 *            has it open, see holder.ts; left over only by a run that crashed), `fact:<name>`.
 *   events   the truth, only ever added to. `type` is a position in `eventTypes`, `detail` a JSON list
 *            (event-code.ts), `at` milliseconds since 1970.
 *   jobs     one row a job, in the order in which they came, numbered from 1 without gaps. `shape` and
 *            `spec` are what it buys (job-code.ts). `stage` is derived from its events: a position in
 *            `stages`.
 *   texts    values too long to be repeated in every row (lyrics, URLs) and shapes of jobs, as JSON,
 *            each kept once and found by its hash.
 *   totals   one row, derived: how many events there are, how many jobs at each stage, and what all
 *            attempts cost, in picodollars. As text, because an absurd amount from a server must not
 *            be able to overflow a column and so keep a song from being recorded.
 *
 * Attempts are not stored: they are the events of a job folded by `apply`. A second copy would double
 * the file (task tokens, URLs and hashes are most of it), be written anew with every event, and could
 * disagree with the first. `events_of_job` makes reading a job's events one short index scan.
 *
 * `open_jobs` holds only the jobs that a resumed run must look after. A query uses it when it repeats
 * the index's own condition, word for word. `tasks` does the same for the tasks of the batch.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { JobEvent } from '../job/history.ts';
import type { StoreCounts } from '../job/store.ts';

export const applicationId = 0x736e6762;
export const layoutVersion = 1;

export type Stage = keyof StoreCounts['jobs'];

/** The position of a stage is its number in the file: never reorder. */
export const stages = [
  'waiting',
  'intended',
  'running',
  'succeeded',
  'saved',
  'failed',
] as const satisfies readonly Stage[];

/** Money or a task may hang on these: positions 1 to 3 of `stages`. */
export const openStages: readonly Stage[] = ['intended', 'running', 'succeeded'];
export const isOpen = 'stage BETWEEN 1 AND 3';

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
    CREATE TABLE jobs (
      number INTEGER PRIMARY KEY,
      id BLOB NOT NULL UNIQUE,
      stage INTEGER NOT NULL,
      shape INTEGER NOT NULL,
      spec TEXT NOT NULL
    ) STRICT;
    CREATE INDEX open_jobs ON jobs (stage) WHERE ${isOpen};
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY,
      job INTEGER NOT NULL,
      at INTEGER NOT NULL,
      type INTEGER NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_of_job ON events (job);
    CREATE INDEX tasks ON events (${taskOf}) WHERE ${isAccepted};
    CREATE TABLE totals (
      events INTEGER NOT NULL,
      ${stages.map((stage) => `${stage} INTEGER NOT NULL`).join(', ')},
      spent TEXT NOT NULL
    ) STRICT;
    INSERT INTO totals VALUES (0, ${stages.map(() => 0).join(', ')}, '0');
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${layoutVersion};
  `);
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  insert.run('name', identity.name);
  insert.run('service', identity.service);
  db.exec('COMMIT');
}
