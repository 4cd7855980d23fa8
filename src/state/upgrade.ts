/**
 * States of layout 1. Readers, who may write nothing, see them through views that stand for the tables of
 * today; a run makes tables of those views, in one transaction and under its lock, before anything else.
 *
 * Layout 1 had `jobs (number, id, stage, shape, spec)` with an index `open_jobs`, `events (seq, job, at,
 * type, detail)` with `at` always since 1970 and an index `events_of_job`, and totals of stages.
 */
import type { DatabaseSync } from 'node:sqlite';
import { createTables, layoutVersion } from './schema.ts';
import { whole } from './stored-value.ts';

/** Of an event, the one of the same job before it. */
const earlier = (column: string) =>
  `(SELECT ${column} FROM main.events AS e WHERE e.job = o.job AND e.seq < o.seq ORDER BY e.seq DESC LIMIT 1)`;

/** Stages by number: waiting, intended, running, succeeded, saved, failed. The last two were not judged. */
const views = {
  jobs: `SELECT number, id, iif(stage = 5, 9, stage) AS outlook, shape, spec,
      (SELECT max(seq) FROM main.events WHERE job = number) AS last
    FROM main.jobs ORDER BY number`,
  events: `SELECT seq, coalesce(seq - ${earlier('seq')}, -job) AS before,
      at - coalesce(${earlier('at')}, 0) AS at, type, detail
    FROM main.events AS o`,
  totals: `SELECT events, waiting, intended, running, succeeded, saved AS done, 0 AS unmeasured,
      0 AS rejected, 0 AS retriable, 0 AS lost, failed, spent
    FROM main.totals`,
};

/** Lets queries see the layout of today. */
export function showAsToday(db: DatabaseSync): void {
  if (layoutOf(db) !== 1) return;
  for (const [name, query] of Object.entries(views)) {
    db.exec(`CREATE TEMP VIEW ${name} AS ${query}`);
  }
}

/** Whether a run has changed the layout since the views were made: then they stood in the way, and are gone. */
export function catchUp(db: DatabaseSync): boolean {
  const shown = db.prepare("SELECT 1 FROM temp.sqlite_master WHERE type = 'view'").get();
  if (!shown || layoutOf(db) === 1) return false;
  for (const name of Object.keys(views)) db.exec(`DROP VIEW temp.${name}`);
  return true;
}

/** All or nothing. The caller has the run lock. */
export function upgrade(db: DatabaseSync): void {
  if (layoutOf(db) !== 1) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const [name, query] of Object.entries(views)) {
      db.exec(`CREATE TEMP TABLE new_${name} AS ${query}`);
    }
    for (const name of Object.keys(views)) db.exec(`DROP TABLE main.${name}`);
    createTables(db);
    for (const name of Object.keys(views)) {
      db.exec(`INSERT INTO main.${name} SELECT * FROM new_${name}; DROP TABLE new_${name}`);
    }
    db.exec(`PRAGMA user_version = ${layoutVersion}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function layoutOf(db: DatabaseSync): number {
  return whole(db.prepare('PRAGMA user_version').get()?.['user_version']);
}
