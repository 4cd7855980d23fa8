/** Writing a state file: one transaction with the changes that share it. */
import type { DatabaseSync } from 'node:sqlite';
import { apply, costOf, type JobEvent, type JobRecord } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Picodollars } from '../job/money.ts';
import type { JobPolicy } from '../job/next-step.ts';
import { outlookOf, outlooks, type Outlook } from '../job/outlook.ts';
import type { Outcome } from './commit-group.ts';
import { encodeEvent, type EventRow } from './event-code.ts';
import { encodeJob, type JobRow } from './job-code.ts';
import { jobFinder, readOutlooks, type StoredJob } from './reading.ts';
import { amount, whole } from './stored-value.ts';
import { openTexts } from './texts.ts';

export interface Recorder {
  /** Runs the changes below in one transaction. Throws, with none of them kept, when it fails. */
  readonly transact: (changes: () => void) => void;
  readonly append: (job: Job, event: JobEvent) => Outcome<JobRecord>;
  readonly setMeta: (key: string, value: string) => void;
  readonly removeMeta: (key: string) => void;
}

/** A job as it stands in the file. This connection is the only one that writes. */
interface Known extends Omit<StoredJob, 'events'> {
  readonly outlook: Outlook;
}

/** Jobs that are known without a look into the file: more than have tasks in flight, as a rule. */
const remembered = 1000;

/** @param policy by which all jobs were judged, and will be */
export function recorder(db: DatabaseSync, policy: JobPolicy): Recorder {
  const texts = openTexts(db);
  // On this connection a search sees what the transaction has written: several events of one job
  // in one transaction follow each other without further care.
  const find = jobFinder(db, texts);
  const totals = totalsOf(db);
  const latest = new Map<JobId, Known>();
  const addJob = db.prepare(
    'INSERT INTO jobs (id, outlook, shape, spec, last) VALUES (?, ?, ?, ?, ?)',
  );
  const changeJob = db.prepare(
    'UPDATE jobs SET outlook = ?, shape = ?, spec = ?, last = ? WHERE number = ?',
  );
  const addEvent = db.prepare(
    'INSERT INTO events (seq, before, at, type, detail) VALUES (?, ?, ?, ?, ?)',
  );
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const dropMeta = db.prepare('DELETE FROM meta WHERE key = ?');

  /** What the last events were about is most likely what the next is about. */
  const recall = (id: JobId): Known | undefined => {
    const known = latest.get(id);
    latest.delete(id);
    const found = known ?? find(id);
    return found && { outlook: outlookOf(found.record, policy), ...found };
  };
  const remember = (known: Known): void => {
    latest.set(known.record.job.id, known);
    if (latest.size <= remembered) return;
    for (const [oldest] of latest) {
      latest.delete(oldest);
      break;
    }
  };

  const store = (number: number | undefined, id: JobId, outlook: Outlook, row: JobRow): number => {
    const values = [outlooks.indexOf(outlook), row.shape, row.spec, row.last] as const;
    if (number !== undefined) {
      changeJob.run(...values, number);
      return number;
    }
    return Number(addJob.run(Buffer.from(id, 'hex'), ...values).lastInsertRowid);
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
      const earlier: JobRecord = { job, attempts: known?.record.attempts ?? [] };
      const paths = known?.paths ?? job.output;
      const next = follow(earlier, event, () => encodeEvent(event, paths, texts));
      if ('refused' in next) return next;
      const { record, row } = next.kept;

      const outlook = outlookOf(record, policy);
      const last = totals.events() + 1;
      const written = known?.record.job === job ? known : encodeJob(job, paths, texts);
      const { shape, spec } = written;
      const number = store(known?.number, job.id, outlook, { shape, spec, last });
      const before = known ? last - known.last : -number;
      addEvent.run(last, before, row.at - (known?.at ?? 0), row.type, row.detail);
      totals.moved(known?.outlook, outlook, costOf(record) - costOf(earlier));
      remember({ number, shape, spec, last, at: event.at, paths, record, outlook });
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
  encode: () => EventRow,
): Outcome<{ readonly record: JobRecord; readonly row: EventRow }> {
  try {
    if (!/^[0-9a-f]{32}$/.test(before.job.id)) {
      throw new TypeError(`not a job id: ${JSON.stringify(before.job.id)}`);
    }
    return { kept: { record: apply(before, event), row: encode() } };
  } catch (error) {
    // What the file refuses, it refuses to all who share the transaction: it may be gone.
    if (error instanceof Error && !('errcode' in error)) return { refused: error };
    throw error;
  }
}

interface Totals {
  readonly load: () => void;
  /** How many there are; the last one's number. */
  readonly events: () => number;
  /** One event. @param from undefined for a job that has just come */
  readonly moved: (from: Outlook | undefined, to: Outlook, cost: Picodollars) => void;
  readonly save: () => void;
}

/** The `totals` row, added up in memory in the course of a transaction. */
function totalsOf(db: DatabaseSync): Totals {
  const read = db.prepare('SELECT * FROM totals');
  const columns = outlooks.map((outlook) => `${outlook} = ?`).join(', ');
  const write = db.prepare(`UPDATE totals SET events = ?, ${columns}, spent = ?`);
  let events = 0;
  let jobs: Record<Outlook, number>;
  let spent: Picodollars = 0n;

  return {
    load: () => {
      const row = read.get();
      events = whole(row?.['events']);
      jobs = readOutlooks(row);
      spent = amount(row?.['spent']);
    },
    events: () => events,
    moved: (from, to, cost) => {
      events += 1;
      if (from) jobs[from] -= 1;
      jobs[to] += 1;
      spent += cost;
    },
    save: () => {
      write.run(events, ...outlooks.map((outlook) => jobs[outlook]), spent.toString());
    },
  };
}
