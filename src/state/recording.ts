/** Writing a state file: one transaction with the changes that share it. */
import type { DatabaseSync } from 'node:sqlite';
import { apply, costOf, type JobEvent, type JobRecord } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Picodollars } from '../job/money.ts';
import type { Outcome } from './commit-group.ts';
import { encodeEvent, type EventRow } from './event-code.ts';
import { encodeJob, type JobRow } from './job-code.ts';
import { jobFinder, readCounts, type StoredJob } from './reading.ts';
import { stages, type Stage } from './schema.ts';
import { whole } from './stored-value.ts';
import { openTexts } from './texts.ts';

export interface Recorder {
  /** Runs the changes below in one transaction. Throws, with none of them kept, when it fails. */
  readonly transact: (changes: () => void) => void;
  readonly append: (job: Job, event: JobEvent) => Outcome<JobRecord>;
  readonly setMeta: (key: string, value: string) => void;
  readonly removeMeta: (key: string) => void;
}

/** A job as it stands in the file. This connection is the only one that writes. */
type Known = Omit<StoredJob, 'events'>;

/** Jobs that are known without a look into the file: more than have tasks in flight, as a rule. */
const remembered = 1000;

export function recorder(db: DatabaseSync): Recorder {
  const texts = openTexts(db);
  // On this connection a search sees what the transaction has written: several events of one job
  // in one transaction follow each other without further care.
  const find = jobFinder(db, texts);
  const totals = totalsOf(db);
  const latest = new Map<JobId, Known>();
  const addJob = db.prepare('INSERT INTO jobs (id, stage, shape, spec) VALUES (?, ?, ?, ?)');
  const changeJob = db.prepare('UPDATE jobs SET stage = ?, shape = ?, spec = ? WHERE number = ?');
  const addEvent = db.prepare('INSERT INTO events (job, at, type, detail) VALUES (?, ?, ?, ?)');
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const dropMeta = db.prepare('DELETE FROM meta WHERE key = ?');

  /** What the last events were about is most likely what the next is about. */
  const recall = (id: JobId): Known | undefined => {
    const known = latest.get(id);
    latest.delete(id);
    return known ?? find(id);
  };
  const remember = (known: Known): void => {
    latest.set(known.record.job.id, known);
    if (latest.size <= remembered) return;
    for (const [oldest] of latest) {
      latest.delete(oldest);
      break;
    }
  };

  const store = (number: number | undefined, stage: Stage, id: JobId, row: JobRow): number => {
    const code = stages.indexOf(stage);
    if (number !== undefined) {
      changeJob.run(code, row.shape, row.spec, number);
      return number;
    }
    return Number(addJob.run(Buffer.from(id, 'hex'), code, row.shape, row.spec).lastInsertRowid);
  };

  return {
    transact: (changes) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        totals.load();
        changes();
        totals.save();
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        texts.forget();
        latest.clear();
        throw error;
      }
    },
    append: (job, event) => {
      const known = recall(job.id);
      const before: JobRecord = { job, attempts: known?.record.attempts ?? [] };
      const next = follow(before, event);
      if ('refused' in next) return next;
      const { record, row } = next.kept;

      const { shape, spec } = known?.record.job === job ? known : encodeJob(job, texts);
      const number = store(known?.number, stageOf(record), job.id, { shape, spec });
      addEvent.run(number, row.at, row.type, row.detail);
      totals.moved(known && stageOf(before), stageOf(record), costOf(record) - costOf(before));
      remember({ number, shape, spec, record });
      return { kept: record };
    },
    setMeta: (key, value) => {
      putMeta.run(key, value);
    },
    removeMeta: (key) => {
      dropMeta.run(key);
    },
  };
}

/** An event that cannot follow is a bug of its sender, and must not take others down with it. */
function follow(
  before: JobRecord,
  event: JobEvent,
): Outcome<{ readonly record: JobRecord; readonly row: EventRow }> {
  try {
    if (!/^[0-9a-f]{32}$/.test(before.job.id)) {
      throw new TypeError(`not a job id: ${JSON.stringify(before.job.id)}`);
    }
    return { kept: { record: apply(before, event), row: encodeEvent(event) } };
  } catch (error) {
    if (error instanceof Error) return { refused: error };
    throw error;
  }
}

function stageOf(record: JobRecord): Stage {
  return record.attempts.at(-1)?.stage ?? 'waiting';
}

interface Totals {
  readonly load: () => void;
  /** One event. @param from undefined for a job that has just come */
  readonly moved: (from: Stage | undefined, to: Stage, cost: Picodollars) => void;
  readonly save: () => void;
}

/** The `totals` row, added up in memory in the course of a transaction. */
function totalsOf(db: DatabaseSync): Totals {
  const read = db.prepare('SELECT * FROM totals');
  const write = db.prepare(
    `UPDATE totals SET events = ?, ${stages.map((stage) => `${stage} = ?`).join(', ')}, spent = ?`,
  );
  let events = 0;
  let jobs = new Map<Stage, number>();
  let spent: Picodollars = 0n;
  const add = (stage: Stage, change: number): void => {
    jobs.set(stage, (jobs.get(stage) ?? 0) + change);
  };

  return {
    load: () => {
      const row = read.get();
      const counts = readCounts(row);
      events = whole(row?.['events']);
      jobs = new Map(stages.map((stage) => [stage, counts.jobs[stage]]));
      spent = counts.spent;
    },
    moved: (from, to, cost) => {
      events += 1;
      if (from) add(from, -1);
      add(to, 1);
      spent += cost;
    },
    save: () => {
      write.run(events, ...stages.map((stage) => jobs.get(stage) ?? 0), spent.toString());
    },
  };
}
