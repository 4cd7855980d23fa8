/** Reading a state file: what a run and a reader have in common. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { apply, type AttemptStage, type JobEvent, type JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { StoreCounts, StoreReader } from '../job/store.ts';
import { decodeEvent } from './event-code.ts';
import { decodeJob, type JobRow } from './job-code.ts';
import { openReadOnly } from './inspect.ts';
import { isAccepted, isOpen, openStages, stages, taskOf } from './schema.ts';
import { translated } from './sqlite-fault.ts';
import { amount, json, list, Malformed, text, whole } from './stored-value.ts';
import { openTexts, type Texts } from './texts.ts';

/** A job as it stands in the file. */
export interface StoredJob extends JobRow {
  readonly number: number;
  readonly events: readonly JobEvent[];
  /** What they add up to. */
  readonly record: JobRecord;
}

const jobColumns = `
  number, lower(hex(id)) AS id, shape, spec,
  (SELECT group_concat('[' || type || ',' || at || ',' || detail || ']', ',' ORDER BY seq)
     FROM events WHERE job = number) AS history`;

/** Finds one job by its id; undefined when it never came. */
export function jobFinder(db: DatabaseSync, texts: Texts): (id: JobId) => StoredJob | undefined {
  const statement = db.prepare(`SELECT ${jobColumns} FROM jobs WHERE id = ?`);
  return (id) => {
    const row = statement.get(Buffer.from(id, 'hex'));
    return row && readJob(row, texts);
  };
}

/** Reads jobs by their numbers. Throws `Malformed` where there is none. */
export function jobReader(db: DatabaseSync): (number: number) => StoredJob {
  const texts = openTexts(db);
  const statement = db.prepare(`SELECT ${jobColumns} FROM jobs WHERE number = ?`);
  return (number) => {
    const row = statement.get(number);
    if (!row) throw new Malformed(`there is no job ${number}`);
    return readJob(row, texts);
  };
}

function readJob(row: Record<string, SQLOutputValue>, texts: Texts): StoredJob {
  const shape = whole(row['shape']);
  const spec = text(row['spec']);
  const job = decodeJob(text(row['id']), { shape, spec }, texts);
  const events = list(json(`[${text(row['history'])}]`)).map(decodeEvent);
  const fresh: JobRecord = { job, attempts: [] };
  const record = events.reduce(replay, fresh);
  return { number: whole(row['number']), shape, spec, events, record };
}

function replay(...[record, event]: Parameters<typeof apply>): JobRecord {
  try {
    return apply(record, event);
  } catch (error) {
    throw new Malformed(error instanceof Error ? error.message : String(error));
  }
}

/** A reader on an open connection; closing it ends its iterations and leaves the connection open. */
export function readerOn(db: DatabaseSync, path: string): StoreReader {
  const find = jobFinder(db, openTexts(db));
  const fact = db.prepare('SELECT value FROM meta WHERE key = ?');
  const claim = db.prepare(`SELECT 1 FROM events WHERE ${taskOf} = ? AND ${isAccepted} LIMIT 1`);
  const totals = db.prepare('SELECT * FROM totals');
  const iterations = new Set<DatabaseSync>();
  const walk = (query: string, ...values: readonly number[]) => {
    if (!db.isOpen) throw new Error(`${path} was closed already`);
    return iterate(path, iterations, query, values);
  };

  return {
    get: (id) => translated(path, 'read', () => find(id)?.record),
    records: (wanted) => walk(recordsQuery(wanted)).map(({ record }) => record),
    revision: () => translated(path, 'read', () => whole(totals.get()?.['events'])),
    changes: (since) =>
      walk(changesQuery, since).map(({ number, record }) => ({ place: number, record })),
    recordsBefore: (place, most) =>
      walk(recordsBeforeQuery, place - most, place).map(({ record }) => record),
    counts: () => translated(path, 'read', () => readCounts(totals.get())),
    claims: (taskId) => translated(path, 'read', () => claim.get(taskId) !== undefined),
    fact: (name) =>
      translated(path, 'read', () => {
        const row = fact.get(`fact:${name}`);
        return row && text(row['value']);
      }),
    close: () => {
      for (const iteration of iterations) iteration.close();
      iterations.clear();
    },
  };
}

/**
 * Each iteration has a connection of its own. Within one connection a statement under way sees what
 * is written meanwhile, or not, as it happens; another connection sees the moment when it began.
 */
function* iterate(
  path: string,
  iterations: Set<DatabaseSync>,
  query: string,
  values: readonly number[],
): Generator<StoredJob, void> {
  const db = openReadOnly(path);
  if (!db) return;
  iterations.add(db);
  try {
    const texts = openTexts(db);
    const rows = db.prepare(query).iterate(...values);
    for (;;) {
      const job = translated(path, 'read', () => {
        const next = rows.next();
        return next.done ? undefined : readJob(next.value, texts);
      });
      if (!job) return;
      yield job;
    }
  } finally {
    if (iterations.delete(db)) db.close();
  }
}

/**
 * Proportional to the open jobs when it asks for no others. Only numbers are gathered and sorted
 * beforehand: sorting whole rows would hold them all in memory, and the first would come last.
 */
export function recordsQuery(wanted: readonly AttemptStage[] | undefined): string {
  if (!wanted) return `SELECT ${jobColumns} FROM jobs ORDER BY number`;
  const codes = wanted.map((stage) => stages.indexOf(stage)).join(', ');
  const onlyOpen = wanted.every((stage) => openStages.includes(stage));
  return `SELECT ${jobColumns} FROM jobs WHERE number IN (
    SELECT number FROM jobs WHERE stage IN (${codes}) ${onlyOpen ? `AND ${isOpen}` : ''}
  ) ORDER BY number`;
}

/** Proportional to the events since then. */
const changesQuery = `SELECT ${jobColumns} FROM jobs
  WHERE number IN (SELECT job FROM events WHERE seq > ?) ORDER BY number`;

const recordsBeforeQuery = `SELECT ${jobColumns} FROM jobs
  WHERE number >= ? AND number < ? ORDER BY number`;

export function readCounts(row: Record<string, SQLOutputValue> | undefined): StoreCounts {
  if (!row) throw new Malformed('there are no totals');
  return {
    jobs: {
      waiting: whole(row['waiting']),
      intended: whole(row['intended']),
      running: whole(row['running']),
      succeeded: whole(row['succeeded']),
      saved: whole(row['saved']),
      failed: whole(row['failed']),
    },
    spent: amount(row['spent']),
  };
}
