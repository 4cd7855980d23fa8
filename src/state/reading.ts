/** Reading a state file: what a run and a reader have in common. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { apply, type JobEvent, type JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { judgementKey, outlooks, stageOf, type Outlook } from '../job/outlook.ts';
import type { JobFile, StoreCounts, StoreReader } from '../job/store.ts';
import { decodeEvent, encodeTask } from './event-code.ts';
import { decodeJob, type JobRow } from './job-code.ts';
import { openReadOnly } from './inspect.ts';
import { filesReader } from './saved-files.ts';
import { isAccepted, isId, isUndone, taskOf } from './schema.ts';
import { translated } from './sqlite-fault.ts';
import { amount, json, list, Malformed, text, whole } from './stored-value.ts';
import { openTexts, type Texts } from './texts.ts';
import { catchUp } from './upgrade.ts';

/** A job as it stands in the file. */
export interface StoredJob extends JobRow {
  readonly number: number;
  /** What paths of its files are told from: see event-code.ts. */
  readonly paths: string;
  readonly events: readonly JobEvent[];
  /** When the last of them happened. */
  readonly at: number;
  /** What they add up to. */
  readonly record: JobRecord;
}

const jobColumns = `
  number, lower(hex(id)) AS id, shape, spec, last,
  (WITH RECURSIVE chain (seq, before, at, type, detail) AS (
     SELECT seq, before, at, type, detail FROM events WHERE seq = last
     UNION ALL
     SELECT events.seq, events.before, events.at, events.type, events.detail
     FROM chain JOIN events ON events.seq = chain.seq - chain.before WHERE chain.before > 0
   )
   SELECT group_concat('[' || type || ',' || at || ',' || detail || ']', ',' ORDER BY seq)
     FROM chain) AS history`;

/** Finds one job by its id; undefined when it never came. */
export function jobFinder(db: DatabaseSync, texts: Texts): (id: JobId) => StoredJob | undefined {
  const statement = db.prepare(`SELECT ${jobColumns} FROM jobs WHERE ${isId}`);
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

/** Reads so many jobs behind a number, in their order, of those whose outlook depends on the policy. */
export function jobsAfter(
  db: DatabaseSync,
  limit: number,
): (number: number) => readonly (StoredJob & { readonly outlook: Outlook })[] {
  const texts = openTexts(db);
  const statement = db.prepare(
    `SELECT outlook, ${jobColumns} FROM jobs WHERE number > ? AND outlook NOT BETWEEN 0 AND 3
     ORDER BY number LIMIT ?`,
  );
  return (number) =>
    statement.all(number, limit).map((row) => {
      const outlook = outlooks[whole(row['outlook'])];
      if (outlook === undefined) throw new Malformed(`an unknown outlook in job ${number}`);
      return { ...readJob(row, texts), outlook };
    });
}

function readJob(row: Record<string, SQLOutputValue>, texts: Texts): StoredJob {
  const shape = whole(row['shape']);
  const spec = text(row['spec']);
  const { job, paths } = decodeJob(text(row['id']), { shape, spec }, texts);
  let at = 0;
  const events = list(json(`[${text(row['history'])}]`)).map((event) => {
    const [type, pause, detail] = list(event);
    at += whole(pause);
    return decodeEvent(whole(type), at, list(detail), paths, texts);
  });
  const fresh: JobRecord = { job, attempts: [] };
  const record = events.reduce(replay, fresh);
  const [number, last] = [whole(row['number']), whole(row['last'])];
  return { number, shape, spec, last, paths, events, at, record };
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
  const isThere = db.prepare(`SELECT 1 FROM jobs WHERE ${isId}`);
  const fact = db.prepare('SELECT value FROM meta WHERE key = ?');
  const claim = db.prepare(
    `SELECT 1 FROM events WHERE ${taskOf} IN (?, ?) AND ${isAccepted} LIMIT 1`,
  );
  const judgement = db.prepare("SELECT value FROM meta WHERE key = 'judged'");
  const totals = db.prepare('SELECT * FROM totals');
  const iterations = new Set<DatabaseSync>();
  const read = <Value>(action: () => Value): Value =>
    translated(path, 'read', () => {
      try {
        return action();
      } catch (error) {
        if (!catchUp(db)) throw error;
        return action();
      }
    });
  const walk = (query: string, ...values: readonly number[]) => {
    if (!db.isOpen) throw new Error(`${path} was closed already`);
    return iterate(path, iterations, query, values);
  };
  // Not an iteration: a run takes hours over these, and as long as somebody reads from one moment of the file
  // its log is not folded in, and grows.
  const readJobAt = jobReader(db);
  const oneByOne = function* (wanted: readonly Outlook[]): Generator<StoredJob, void> {
    const numbers = read(() =>
      Array.from(db.prepare(numbersQuery(wanted)).iterate(), ({ number }) => whole(number)),
    );
    for (const number of numbers) yield read(() => readJobAt(number));
  };

  const savedFiles = function* (): Generator<JobFile, void> {
    const filesAfter = read(() => filesReader(db));
    const after = (number: number) => read(() => filesAfter(number));
    for (let some = after(0); some.length > 0; some = after(some.at(-1)?.number ?? 0)) {
      for (const { files } of some) yield* files;
    }
  };

  return {
    get: (id) => read(() => find(id)?.record),
    has: (id) => read(() => isThere.get(Buffer.from(id, 'hex')) !== undefined),
    records: (wanted) => {
      const among = wanted && outlooks.filter((one) => wanted.some((it) => it === stageOf(one)));
      return walk(recordsQuery(among)).map(({ record }) => record);
    },
    judged: (policy) =>
      read(() => {
        if (judgement.get()?.['value'] !== judgementKey(policy)) return undefined;
        return {
          counts: () => read(() => readOutlooks(totals.get())),
          records: (wanted) => oneByOne(wanted).map(({ record }) => record),
        };
      }),
    revision: () => read(() => whole(totals.get()?.['events'])),
    changes: (since) =>
      walk(changesQuery, since).map(({ number, record }) => ({ place: number, record })),
    recordsBefore: (place, most) =>
      walk(recordsBeforeQuery, place - most, place).map(({ record }) => record),
    savedFiles,
    counts: () => read(() => readCounts(totals.get())),
    claims: (taskId) => read(() => claim.get(taskId, encodeTask(taskId)) !== undefined),
    fact: (name) =>
      read(() => {
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
 * Proportional to the jobs that it asks for, where those that are done are not among them. Only numbers are
 * gathered and sorted beforehand: sorting whole rows would hold them all in memory, and the first would
 * come last.
 */
export function recordsQuery(wanted: readonly Outlook[] | undefined): string {
  if (!wanted) return `SELECT ${jobColumns} FROM jobs ORDER BY number`;
  return `SELECT ${jobColumns} FROM jobs WHERE number IN (${numbersOf(wanted)}) ORDER BY number`;
}

function numbersQuery(wanted: readonly Outlook[]): string {
  return `${numbersOf(wanted)} ORDER BY number`;
}

function numbersOf(wanted: readonly Outlook[]): string {
  const codes = wanted.map((outlook) => outlooks.indexOf(outlook)).join(', ');
  const indexed = wanted.includes('done') ? '' : `AND ${isUndone}`;
  return `SELECT number FROM jobs WHERE outlook IN (${codes}) ${indexed}`;
}

/** Proportional to the events since then, by whose chains the jobs are found. */
const changesQuery = `SELECT ${jobColumns} FROM jobs
  WHERE number IN (
    WITH RECURSIVE chain (seq, before) AS (
      SELECT seq, before FROM events WHERE seq > ?
      UNION ALL
      SELECT events.seq, events.before
      FROM chain JOIN events ON events.seq = chain.seq - chain.before WHERE chain.before > 0
    )
    SELECT -before FROM chain WHERE before < 0
  ) ORDER BY number`;

const recordsBeforeQuery = `SELECT ${jobColumns} FROM jobs
  WHERE number >= ? AND number < ? ORDER BY number`;

export function readOutlooks(
  row: Record<string, SQLOutputValue> | undefined,
): Record<Outlook, number> {
  if (!row) throw new Malformed('there are no totals');
  return {
    waiting: whole(row['waiting']),
    intended: whole(row['intended']),
    running: whole(row['running']),
    succeeded: whole(row['succeeded']),
    done: whole(row['done']),
    unmeasured: whole(row['unmeasured']),
    rejected: whole(row['rejected']),
    retriable: whole(row['retriable']),
    lost: whole(row['lost']),
    failed: whole(row['failed']),
  };
}

export function readCounts(row: Record<string, SQLOutputValue> | undefined): StoreCounts {
  const { done, unmeasured, rejected, retriable, lost, failed, ...others } = readOutlooks(row);
  return {
    jobs: {
      ...others,
      saved: done + unmeasured + rejected,
      failed: retriable + lost + failed,
    },
    spent: amount(row?.['spent']),
  };
}
