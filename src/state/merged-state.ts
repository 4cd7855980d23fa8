/**
 * A state that is made of others: written in a file of its own, which takes its place when it is whole and
 * on disk (`target-state.ts`). Until then nothing counts on it, so it is written without a journal.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { apply, costOf, type JobEvent, type JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { History } from '../job/reconcile.ts';
import type { StoreCounts } from '../job/store.ts';
import { encodeEvent } from './event-code.ts';
import { encodeJob } from './job-code.ts';
import { jobReader } from './reading.ts';
import {
  createLayout,
  isAccepted,
  stages,
  taskOf,
  type BatchIdentity,
  type Stage,
} from './schema.ts';
import { translated } from './sqlite-fault.ts';
import { text } from './stored-value.ts';
import { openTexts } from './texts.ts';

/** Every method may throw `DiskFault`. */
export interface MergedState {
  /** Adds a job that is not there yet; answers its number, from 1. */
  readonly add: (history: History) => number;
  readonly read: (number: number) => JobRecord;
  /** Adds what has happened to a job since. */
  readonly append: (number: number, event: JobEvent) => void;
  readonly setFact: (name: string, value: string) => void;
  /** Tasks that two jobs claim. */
  readonly sharedTasks: () => readonly SharedTask[];
  /** Resolves all that is left to do: it is on disk then, closed, and adds up to this. */
  readonly finish: () => StoreCounts;
  /** To be called in any case. */
  readonly close: () => void;
}

export interface SharedTask {
  readonly taskId: string;
  readonly jobs: readonly [JobId, JobId];
}

/** @param path of a file that is not there yet, in a folder that is */
export function createMergedState(path: string, identity: BatchIdentity): MergedState {
  const writing = <Value>(action: () => Value): Value => translated(path, 'write', action);
  const db = writing(() => create(path, identity));
  const texts = openTexts(db);
  const readJob = jobReader(db);
  const addJob = db.prepare('INSERT INTO jobs (id, stage, shape, spec) VALUES (?, ?, ?, ?)');
  const setStage = db.prepare('UPDATE jobs SET stage = ? WHERE number = ?');
  const addEvent = db.prepare('INSERT INTO events (job, at, type, detail) VALUES (?, ?, ?, ?)');
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');

  let events = 0;
  let spent = 0n;
  const jobs = new Map<Stage, number>(stages.map((stage) => [stage, 0]));
  const count = (record: JobRecord, sign: 1 | -1) => {
    const stage = stageOf(record);
    jobs.set(stage, (jobs.get(stage) ?? 0) + sign);
    spent += costOf(record) * BigInt(sign);
  };
  const put = (number: number, event: JobEvent) => {
    const { at, type, detail } = encodeEvent(event);
    addEvent.run(number, at, type, detail);
    events++;
  };

  return {
    add: ({ record, events: life }) =>
      writing(() => {
        const { shape, spec } = encodeJob(record.job, texts);
        const id = Buffer.from(record.job.id, 'hex');
        const stage = stages.indexOf(stageOf(record));
        const number = Number(addJob.run(id, stage, shape, spec).lastInsertRowid);
        for (const event of life) put(number, event);
        count(record, 1);
        return number;
      }),
    read: (number) => writing(() => readJob(number).record),
    append: (number, event) => {
      writing(() => {
        const before = readJob(number).record;
        const after = apply(before, event);
        put(number, event);
        setStage.run(stages.indexOf(stageOf(after)), number);
        count(before, -1);
        count(after, 1);
      });
    },
    setFact: (name, value) => {
      writing(() => putMeta.run(`fact:${name}`, value));
    },
    sharedTasks: () => writing(() => findSharedTasks(db)),
    finish: () =>
      writing(() => {
        const numbers = stages.map((stage) => jobs.get(stage) ?? 0);
        const columns = stages.map((stage) => `${stage} = ?`).join(', ');
        db.prepare(`UPDATE totals SET events = ?, ${columns}, spent = ?`).run(
          events,
          ...numbers,
          spent.toString(),
        );
        db.exec('COMMIT');
        db.close();
        syncFile(path);
        return { jobs: countsOf(jobs), spent };
      }),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

function create(path: string, identity: BatchIdentity): DatabaseSync {
  // Before SQLite would, which makes files that others may read.
  closeSync(openSync(path, 'wx', 0o600));
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    createLayout(db, identity);
    db.exec('BEGIN IMMEDIATE');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function stageOf(record: JobRecord): Stage {
  return record.attempts.at(-1)?.stage ?? 'waiting';
}

function countsOf(jobs: ReadonlyMap<Stage, number>): StoreCounts['jobs'] {
  const at = (stage: Stage) => jobs.get(stage) ?? 0;
  return {
    waiting: at('waiting'),
    intended: at('intended'),
    running: at('running'),
    succeeded: at('succeeded'),
    saved: at('saved'),
    failed: at('failed'),
  };
}

function findSharedTasks(db: DatabaseSync): SharedTask[] {
  const rows = db.prepare(
    `WITH shared AS (
      SELECT ${taskOf} AS task, min(job) AS one, max(job) AS other
      FROM events WHERE ${isAccepted} GROUP BY ${taskOf} HAVING min(job) < max(job)
    )
    SELECT task, lower(hex(a.id)) AS one, lower(hex(b.id)) AS other
    FROM shared JOIN jobs AS a ON a.number = one JOIN jobs AS b ON b.number = other`,
  );
  return rows
    .all()
    .map(({ task, one, other }) => ({ taskId: text(task), jobs: [text(one), text(other)] }));
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
