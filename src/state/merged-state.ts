/**
 * A state that is made of others: written in a file of its own, which takes its place when it is whole and
 * on disk (`target-state.ts`). Until then nothing counts on it, so it is written without a journal.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { apply, costOf, type JobEvent, type JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { outlookOf, outlooks, type Outlook } from '../job/outlook.ts';
import type { History } from '../job/reconcile.ts';
import type { StoreCounts } from '../job/store.ts';
import { encodeEvent } from './event-code.ts';
import { encodeJob } from './job-code.ts';
import { jobReader, readCounts, type StoredJob } from './reading.ts';
import { createLayout, isAccepted, taskOf, type BatchIdentity } from './schema.ts';
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

/** Whoever opens the state next judges by a policy; until then only stages are right. */
const unjudged = { attempts: 1 };

/** @param path of a file that is not there yet, in a folder that is */
export function createMergedState(path: string, identity: BatchIdentity): MergedState {
  const writing = <Value>(action: () => Value): Value => translated(path, 'write', action);
  const db = writing(() => create(path, identity));
  const texts = openTexts(db);
  const readJob = jobReader(db);
  const addJob = db.prepare(
    'INSERT INTO jobs (id, outlook, shape, spec, last) VALUES (?, ?, ?, ?, ?)',
  );
  const changeJob = db.prepare('UPDATE jobs SET outlook = ?, last = ? WHERE number = ?');
  const addEvent = db.prepare('INSERT INTO events (before, at, type, detail) VALUES (?, ?, ?, ?)');
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');

  let events = 0;
  let spent = 0n;
  const jobs = new Map<Outlook, number>(outlooks.map((outlook) => [outlook, 0]));
  const count = (record: JobRecord, sign: 1 | -1) => {
    const outlook = outlookOf(record, unjudged);
    jobs.set(outlook, (jobs.get(outlook) ?? 0) + sign);
    spent += costOf(record) * BigInt(sign);
  };
  /** @param before the job's last event; of a new job, none, and its number negative */
  const put = (event: JobEvent, paths: string, before: Pick<StoredJob, 'last' | 'at'>) => {
    const { at, type, detail } = encodeEvent(event, paths, texts);
    events++;
    const back = before.last < 0 ? before.last : events - before.last;
    addEvent.run(back, at - before.at, type, detail);
    return { last: events, at };
  };

  return {
    add: ({ record, events: life }) =>
      writing(() => {
        const { job } = record;
        const paths = job.output;
        const { shape, spec } = encodeJob(job, paths, texts);
        const id = Buffer.from(job.id, 'hex');
        const outlook = outlooks.indexOf(outlookOf(record, unjudged));
        const last = events + life.length;
        const number = Number(addJob.run(id, outlook, shape, spec, last).lastInsertRowid);
        let before = { last: -number, at: 0 };
        for (const event of life) before = put(event, paths, before);
        count(record, 1);
        return number;
      }),
    read: (number) => writing(() => readJob(number).record),
    append: (number, event) => {
      writing(() => {
        const before = readJob(number);
        const after = apply(before.record, event);
        const { last } = put(event, before.paths, before);
        changeJob.run(outlooks.indexOf(outlookOf(after, unjudged)), last, number);
        count(before.record, -1);
        count(after, 1);
      });
    },
    setFact: (name, value) => {
      writing(() => putMeta.run(`fact:${name}`, value));
    },
    sharedTasks: () => writing(() => findSharedTasks(db)),
    finish: () =>
      writing(() => {
        const numbers = outlooks.map((outlook) => jobs.get(outlook) ?? 0);
        const columns = outlooks.map((outlook) => `${outlook} = ?`).join(', ');
        db.prepare(`UPDATE totals SET events = ?, ${columns}, spent = ?`).run(
          events,
          ...numbers,
          spent.toString(),
        );
        const counts = readCounts(db.prepare('SELECT * FROM totals').get());
        db.exec('COMMIT');
        db.close();
        syncFile(path);
        return counts;
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

function findSharedTasks(db: DatabaseSync): SharedTask[] {
  const shared = db.prepare(
    `SELECT ${taskOf} AS task, group_concat(seq) AS claims
     FROM events WHERE ${isAccepted} GROUP BY ${taskOf} HAVING count(*) > 1`,
  );
  const ownerOf = jobOfEvent(db);
  return shared.all().flatMap(({ task, claims }): SharedTask[] => {
    const [one, other] = new Set(
      text(claims)
        .split(',')
        .map((seq) => ownerOf(Number(seq))),
    );
    if (one === undefined || other === undefined) return [];
    return [{ taskId: String(task), jobs: [one, other] }];
  });
}

/** Follows the chain of events back to the first, which has the number of the job. */
function jobOfEvent(db: DatabaseSync): (seq: number) => JobId {
  const statement = db.prepare(
    `WITH RECURSIVE chain (seq, before) AS (
       SELECT seq, before FROM events WHERE seq = ?
       UNION ALL
       SELECT events.seq, events.before
       FROM chain JOIN events ON events.seq = chain.seq - chain.before WHERE chain.before > 0
     )
     SELECT lower(hex(id)) AS id FROM chain JOIN jobs ON number = -before WHERE before < 0`,
  );
  return (seq) => text(statement.get(seq)?.['id']);
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
