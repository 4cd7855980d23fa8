/**
 * Adds events to a batch that many work on: one transaction under the lock of the batch and its account, so
 * that histories, books and the order of events can never disagree. It may be run again with the same
 * changes, where nobody knows whether it was committed: each has a mark of its own.
 */
import { apply, costOf, isUnproven, type JobEvent, type JobRecord } from '../../job/history.ts';
import type { Job, JobId } from '../../job/job.ts';
import type { JobPolicy } from '../../job/next-step.ts';
import { nextStep } from '../../job/next-step.ts';
import { StateError } from '../state-error.ts';
import { text } from '../stored-value.ts';
import { readAsking, wishOf } from './asking.ts';
import { readClaims, writeClaims } from './claims.ts';
import type { Query, Row } from './database.ts';
import { batchVersion } from './layout.ts';
import {
  afterQuietTime,
  booksColumns,
  moved,
  readBooks,
  roomFor,
  shareOf,
  type Books,
  type NoRoom,
} from './ledger.ts';
import {
  bytesOf,
  decodeEventRow,
  decodeJobRow,
  encodeEventRow,
  encodeJobRow,
  idOf,
  wholeOf,
} from './rows.ts';

export interface Change {
  readonly job: Job;
  readonly event: JobEvent;
  /** Not like any other change's. */
  readonly mark: string;
  /** Of the sender; absent where it has none. */
  readonly session?: string;
  /** The job's last event that the sender knows of, 0 for none; absent: whatever it is. */
  readonly after?: number;
  /** A Run is to be sent: only where account and batch have room, which is reserved with it. */
  readonly needsRoom?: {
    /** Whose key it is sent with. */
    readonly account: string;
    readonly now: number;
    /** Milliseconds without a refusal before more tasks are tried. */
    readonly probeInterval: number;
  };
}

export type Appended =
  | { readonly kind: 'kept'; readonly record: JobRecord; readonly seq: number }
  /** It cannot follow: a bug of the sender's. */
  | { readonly kind: 'refused'; readonly error: Error }
  /** Somebody else has moved the job on: it is in other hands. */
  | { readonly kind: 'overtaken' }
  /** The task is claimed by another job. */
  | { readonly kind: 'claimed' }
  | { readonly kind: 'no-room'; readonly why: NoRoom };

/** A job as it stands in the database. */
export interface SharedJob {
  readonly record: JobRecord;
  /** What paths of its files are told from: see event-code.ts. */
  readonly paths: string;
  /** Its last event; 0 for none. */
  readonly last: number;
  /** Who sent that. */
  readonly session: string | undefined;
  readonly isForsaken: boolean;
}

interface Known extends Omit<SharedJob, 'session'> {
  readonly number: number;
  /** What it sends: see asking.ts. */
  readonly wish: string;
  /** The round in which it was last submitted. */
  readonly round: number;
  /** Of each event: where it came, and the job after it. */
  readonly marks: ReadonlyMap<string, { readonly seq: number; readonly record: JobRecord }>;
}

interface Added {
  readonly seq: number;
  readonly job: JobId;
  readonly row: { readonly at: number; readonly type: number; readonly detail: string };
  readonly mark: string;
  readonly session: string | undefined;
}

export async function appendAll(
  query: Query,
  batch: string,
  changes: readonly Change[],
): Promise<readonly Appended[]> {
  let books = await lockBooks(query, batch);
  refuseOtherVersion(batch, books.batch.version);
  const policy = books.batch.terms?.policy;
  const ids = [...new Set(changes.map(({ job }) => job.id))].filter(isJobId);
  const known = await readKnown(query, batch, ids);
  const claimed = await readClaims(
    query,
    books.account.id,
    changes.flatMap(({ event }) => (event.type === 'accepted' ? [event.taskId] : [])),
  );
  const asking = await readAsking(
    query,
    books.account.id,
    changes.flatMap(({ job, needsRoom }) =>
      needsRoom ? [known.get(job.id)?.wish ?? wishOf(job)] : [],
    ),
  );
  const added: Added[] = [];
  const touched = new Set<JobId>();
  const claims: { readonly id: string; readonly job: JobId }[] = [];

  const add = (change: Change): Appended => {
    const { job, event, mark, session } = change;
    if (!isJobId(job.id)) {
      return { kind: 'refused', error: new TypeError(`not a job id: ${JSON.stringify(job.id)}`) };
    }
    const before = known.get(job.id);
    const done = before?.marks.get(mark);
    if (done) {
      // It was kept, and nobody heard of it: since then the job may have gone on in other hands.
      const isLast = change.after === undefined || before?.last === done.seq;
      return isLast ? { kind: 'kept', ...done } : { kind: 'overtaken' };
    }
    if (change.after !== undefined && change.after !== (before?.last ?? 0)) {
      return { kind: 'overtaken' };
    }
    const paths = before?.paths ?? job.output;
    const earlier: JobRecord = { job, attempts: before?.record.attempts ?? [] };
    let record: JobRecord;
    let row: Added['row'];
    try {
      record = apply(earlier, event);
      row = encodeEventRow(event, paths);
    } catch (error) {
      return { kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) };
    }
    // What the API itself has answered is no guess.
    if (event.type === 'accepted' && event.adopted) {
      const owner = claimed.get(event.taskId);
      if (owner !== undefined && owner !== `${batch}/${job.id}`) return { kind: 'claimed' };
    }
    const wish = before?.wish ?? wishOf(job);
    let round = before?.round ?? 0;
    if (change.needsRoom) {
      const { account, now, probeInterval } = change.needsRoom;
      // The batch has another key since, and so other workers.
      if (account !== books.account.id) return { kind: 'overtaken' };
      const isCounted = round === books.batch.round;
      if (now < books.account.pausedUntil) {
        return { kind: 'no-room', why: { kind: 'paused', until: books.account.pausedUntil } };
      }
      books = { ...books, account: afterQuietTime(books.account, now, probeInterval) };
      const why = roomFor(books, isCounted);
      if (why) return { kind: 'no-room', why };
      if (asking.hasOther(wish, batch, job.id)) return { kind: 'no-room', why: { kind: 'turn' } };
      if (!isCounted) books = withBatch(books, { submitted: books.batch.submitted + 1 });
      ({ round } = books.batch);
    }
    if (event.type === 'accepted') {
      claimed.set(event.taskId, `${batch}/${job.id}`);
      claims.push({ id: event.taskId, job: job.id });
    }
    asking.moved(wish, batch, job.id, event);
    const from = shareOf(earlier.attempts.at(-1)?.stage, before?.isForsaken ?? false);
    books = moved(books, from, shareOf(record.attempts.at(-1)?.stage, false));
    books = billed(books, earlier, record, event, policy);
    const seq = books.batch.events;
    added.push({ seq, job: job.id, row, mark, session });
    touched.add(job.id);
    const number = before?.number ?? books.batch.jobs + 1;
    if (!before) books = withBatch(books, { jobs: number });
    const marks = new Map(before?.marks).set(mark, { seq, record });
    known.set(job.id, { record, paths, last: seq, wish, isForsaken: false, number, round, marks });
    return { kind: 'kept', record, seq };
  };

  const answers = changes.map(add);
  if (added.length > 0) {
    await writeEvents(query, batch, added);
    await writeJobs(
      query,
      batch,
      [...touched].map((id) => known.get(id)).filter((one) => one !== undefined),
    );
    await writeClaims(query, batch, books.account.id, claims);
    await writeBooks(query, batch, books);
    await query("SELECT pg_notify('songbatch', $1)", [batch]);
  }
  return answers;
}

function withBatch(books: Books, changed: Partial<Books['batch']>): Books {
  return { ...books, batch: { ...books.batch, ...changed } };
}

/** What an event comes to in money, and whether it brings a job to its end. */
function billed(
  books: Books,
  before: JobRecord,
  after: JobRecord,
  event: JobEvent,
  policy: JobPolicy | undefined,
): Books {
  const { events, spent, dearest, ended, failed, unproven } = books.batch;
  const cost = 'cost' in event ? event.cost : 0n;
  const isEnd = (record: JobRecord) =>
    policy !== undefined && nextStep(record, policy).do === 'nothing';
  const hasEnded = isEnd(after) && !isEnd(before);
  const step = hasEnded && policy ? nextStep(after, policy) : undefined;
  const hasFailed = step?.do === 'nothing' && step.outcome === 'failed';
  return withBatch(books, {
    events: events + 1,
    spent: spent + costOf(after) - costOf(before),
    dearest: cost > (dearest ?? 0n) ? cost : dearest,
    ended: ended + (hasEnded ? 1 : 0),
    failed: failed + (hasFailed ? 1 : 0),
    unproven: unproven + (isUnproven(event) ? 1 : 0),
  });
}

function isJobId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id);
}

/** Locks batch and account until the transaction ends. */
export async function lockBooks(query: Query, batch: string): Promise<Books> {
  const [row] = await query(
    `SELECT ${booksColumns} FROM songbatch.batches b JOIN songbatch.accounts a ON a.id = b.account
     WHERE b.id = $1 FOR UPDATE`,
    [batch],
  );
  if (!row) throw new Error(`there is no batch ${batch}`);
  return readBooks(row);
}

export function refuseOtherVersion(batch: string, version: number): void {
  if (version === batchVersion) return;
  throw new StateError(
    'newer',
    `batch ${batch}`,
    `batch ${batch} is kept by another version of songbatch (${version}, this one knows ${batchVersion}); use the same version on all machines`,
  );
}

/** Jobs with events, as they stand. Throws `Malformed`. */
export async function readJobs(
  query: Query,
  batch: string,
  ids: readonly JobId[],
): Promise<ReadonlyMap<JobId, SharedJob>> {
  const known = await readKnown(query, batch, ids);
  const rows = await query(
    `SELECT j.id, e.session FROM songbatch.jobs j JOIN songbatch.events e ON e.batch = j.batch AND e.seq = j.last
     WHERE j.batch = $1 AND j.id = ANY($2)`,
    [batch, ids.map(bytesOf)],
  );
  const sessions = new Map(rows.map((row) => [idOf(row['id']), row['session']]));
  return new Map(
    [...known].map(([id, { record, paths, last, isForsaken }]) => {
      const session = sessions.get(id);
      return [
        id,
        {
          record,
          paths,
          last,
          isForsaken,
          session: typeof session === 'string' ? session : undefined,
        },
      ];
    }),
  );
}

async function readKnown(
  query: Query,
  batch: string,
  ids: readonly JobId[],
): Promise<Map<JobId, Known>> {
  const wanted = ids.map(bytesOf);
  const jobs = await query(
    'SELECT id, number, spec, last, wish, forsaken, round FROM songbatch.jobs WHERE batch = $1 AND id = ANY($2)',
    [batch, wanted],
  );
  if (jobs.length === 0) return new Map();
  const events = await query(
    `SELECT job, seq, at, type, detail, mark FROM songbatch.events
     WHERE batch = $1 AND job = ANY($2) ORDER BY seq`,
    [batch, wanted],
  );
  const histories = Map.groupBy(events, (row) => idOf(row['job']));
  return new Map(
    jobs.map((row): [JobId, Known] => {
      const id = idOf(row['id']);
      return [id, replay(id, row, histories.get(id) ?? [])];
    }),
  );
}

function replay(id: JobId, row: Row, history: readonly Row[]): Known {
  const { job, paths } = decodeJobRow(id, text(row['spec']));
  const marks = new Map<string, { seq: number; record: JobRecord }>();
  let record: JobRecord = { job, attempts: [] };
  for (const event of history) {
    record = apply(record, eventOf(event, paths));
    marks.set(text(event['mark']), { seq: wholeOf(event['seq']), record });
  }
  return {
    record,
    paths,
    marks,
    last: wholeOf(row['last']),
    wish: idOf(row['wish']),
    isForsaken: row['forsaken'] === true,
    number: wholeOf(row['number']),
    round: wholeOf(row['round']),
  };
}

/** Of a row of `events`. Throws `Malformed`. */
export function eventOf(row: Row, paths: string): JobEvent {
  const [at, type, detail] = [wholeOf(row['at']), wholeOf(row['type']), text(row['detail'])];
  return decodeEventRow({ at, type, detail }, paths);
}

async function writeEvents(query: Query, batch: string, added: readonly Added[]): Promise<void> {
  await query(
    `INSERT INTO songbatch.events (batch, seq, job, at, type, detail, mark, session)
     SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::bigint[])`,
    [
      batch,
      added.map(({ seq }) => seq),
      added.map(({ job }) => bytesOf(job)),
      added.map(({ row }) => row.at),
      added.map(({ row }) => row.type),
      added.map(({ row }) => row.detail),
      added.map(({ mark }) => mark),
      added.map(({ session }) => session ?? null),
    ],
  );
}

async function writeJobs(query: Query, batch: string, jobs: readonly Known[]): Promise<void> {
  await query(
    `INSERT INTO songbatch.jobs (batch, id, number, spec, last, wish, asking, round)
     SELECT $1, * FROM unnest($2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bytea[], $7::boolean[], $8::integer[])
     ON CONFLICT (batch, id) DO UPDATE
     SET spec = excluded.spec, last = excluded.last, asking = excluded.asking, round = excluded.round, forsaken = false`,
    [
      batch,
      jobs.map(({ record }) => bytesOf(record.job.id)),
      jobs.map(({ number }) => number),
      jobs.map(({ record, paths }) => encodeJobRow(record.job, paths)),
      jobs.map(({ last }) => last),
      jobs.map(({ wish }) => bytesOf(wish)),
      jobs.map(({ record }) => record.attempts.at(-1)?.stage === 'intended'),
      jobs.map(({ round }) => round),
    ],
  );
}

async function writeBooks(query: Query, batch: string, books: Books): Promise<void> {
  const { account } = books;
  const { events, jobs, open, forsaken, spent, dearest, submitted, ended, failed, unproven } =
    books.batch;
  await query(
    `UPDATE songbatch.batches SET events = $2, jobs = $3, open = $4, forsaken = $5, spent = $6::numeric,
     dearest = $7::numeric, submitted = $8, ended = $9, failed = $10, unproven = $11 WHERE id = $1`,
    [
      batch,
      events,
      jobs,
      open,
      forsaken,
      String(spent),
      dearest === undefined ? null : String(dearest),
      submitted,
      ended,
      failed,
      unproven,
    ],
  );
  const { limit, proven, probeAt } = account.concurrency;
  await query(
    'UPDATE songbatch.accounts SET allowed = $2, proven = $3, probe_at = $4, open = $5, asking = $6 WHERE id = $1',
    [account.id, limit, proven, Math.round(probeAt), account.open, account.asking],
  );
}
