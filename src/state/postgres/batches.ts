/** The batches of an account: which there are, what a round of one wants, and how it goes. */
import type { JobId } from '../../job/job.ts';
import type { Job } from '../../job/job.ts';
import { text } from '../stored-value.ts';
import { lockBooks, refuseOtherVersion } from './append.ts';
import type { Database, Query, Row } from './database.ts';
import { batchVersion } from './layout.ts';
import { booksColumns, readBooks, type Books } from './ledger.ts';
import { bytesOf, decodeJobRow, encodeJobRow, idOf } from './rows.ts';
import { encodeTerms, type Terms } from './terms.ts';

/** What makes a batch: the same three are the same batch, on any machine. */
export interface BatchKey {
  /** Base URL, without credentials. */
  readonly service: string;
  readonly name: string;
  /** The folder of its songs, as seen from where it is run. */
  readonly place: string;
}

export interface BatchRow {
  /** Digits. */
  readonly id: string;
  readonly account: string;
  readonly service: string;
  readonly name: string;
  readonly place: string;
  /** The folder of its songs, as it came out where the batch was begun. */
  readonly folder: string;
  readonly books: Books;
  /** Orders that nobody has closed; says nothing before all are there. */
  readonly pending: number;
  /** Whether all orders of the round are there. */
  readonly isPlanned: boolean;
}

const batchColumns = `b.id, b.service, b.name, b.place, b.folder, b.pending, b.is_planned, ${booksColumns}`;
const fromBatches = 'FROM songbatch.batches b JOIN songbatch.accounts a ON a.id = b.account';

function readBatch(row: Row): BatchRow {
  return {
    id: text(row['id']),
    account: text(row['account']),
    service: text(row['service']),
    name: text(row['name']),
    place: text(row['place']),
    folder: text(row['folder']),
    books: readBooks(row),
    pending: Number(row['pending']),
    isPlanned: row['is_planned'] === true,
  };
}

export async function findBatch(
  database: Database,
  { service, name, place }: BatchKey,
): Promise<BatchRow | undefined> {
  const [row] = await database.query(
    `SELECT ${batchColumns} ${fromBatches} WHERE b.service = $1 AND b.name = $2 AND b.place = $3`,
    [service, name, place],
  );
  return row && readBatch(row);
}

export async function batchById(database: Database, id: string): Promise<BatchRow | undefined> {
  const [row] = await database.query(`SELECT ${batchColumns} ${fromBatches} WHERE b.id = $1`, [id]);
  return row && readBatch(row);
}

/** Those of an account with orders that nobody has closed. */
export async function batchesUnderWay(
  database: Database,
  account: string,
): Promise<readonly BatchRow[]> {
  const rows = await database.query(
    `SELECT ${batchColumns} ${fromBatches} WHERE b.account = $1
     AND EXISTS (SELECT 1 FROM songbatch.orders o WHERE o.batch = b.id AND NOT o.is_closed) ORDER BY b.id`,
    [account],
  );
  return rows.map(readBatch);
}

/** Finds the batch, or begins it. Throws `StateError` where another version keeps it. */
export async function openBatch(
  database: Database,
  key: BatchKey,
  account: string,
  folder: string,
): Promise<BatchRow> {
  await database.query(
    `INSERT INTO songbatch.batches (account, service, name, place, folder, version)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [account, key.service, key.name, key.place, folder, batchVersion],
  );
  const batch = await findBatch(database, key);
  if (!batch) throw new Error(`the batch ${key.name} is gone`);
  refuseOtherVersion(batch.id, batch.books.batch.version);
  return batch;
}

/**
 * Begins another round: what it allows holds from now on, what stopped the last one does not. Its limit is
 * tried in full again, as a run on one machine does.
 */
export async function beginRound(database: Database, batch: string, terms: Terms): Promise<number> {
  return database.transaction(async (query) => {
    const { account, batch: books } = await lockBooks(query, batch);
    const round = books.round + 1;
    await query(
      `UPDATE songbatch.batches SET round = $2, terms = $3, stopped = NULL, is_planned = false,
       submitted = 0, ended = 0, failed = 0 WHERE id = $1`,
      [batch, round, encodeTerms(terms)],
    );
    // A limit that was lowered while other batches go on is not forgotten for this one.
    await query(
      `UPDATE songbatch.accounts SET ceiling = $2,
       allowed = CASE WHEN $3 AND allowed < ceiling THEN least(allowed, $2) ELSE $2 END WHERE id = $1`,
      [
        account.id,
        await ceilingOf(query, account.id),
        await areOthersUnderWay(query, account.id, batch),
      ],
    );
    await notify(query, batch);
    return round;
  });
}

/**
 * The key of the account is another one from now on. Tasks that are in flight, or may be, were counted for the
 * old one, and are now for the new.
 */
export async function changeAccount(
  database: Database,
  batch: string,
  account: string,
): Promise<void> {
  await database.transaction(async (query) => {
    const { account: from, batch: books } = await lockBooks(query, batch);
    const asking = await query('SELECT 1 FROM songbatch.jobs WHERE batch = $1 AND asking', [batch]);
    const move =
      'UPDATE songbatch.accounts SET open = open + $2, asking = asking + $3 WHERE id = $1';
    await query(move, [from.id, -books.open, -asking.length]);
    await query(move, [account, books.open, asking.length]);
    await query('UPDATE songbatch.batches SET account = $2 WHERE id = $1', [batch, account]);
    await query(
      `INSERT INTO songbatch.tasks (account, id, batch, job)
       SELECT $2, id, batch, job FROM songbatch.tasks WHERE account = $3 AND batch = $1
       ON CONFLICT DO NOTHING`,
      [batch, account, from.id],
    );
  });
}

/** Some of its orders are open, or may be on their way. */
const isUnderWay = '(terms IS NOT NULL AND (pending > 0 OR NOT is_planned))';

async function areOthersUnderWay(query: Query, account: string, batch: string): Promise<boolean> {
  const others = await query(
    `SELECT 1 FROM songbatch.batches WHERE account = $1 AND id <> $2 AND ${isUnderWay} LIMIT 1`,
    [account, batch],
  );
  return others.length > 0;
}

/** The most that any batch under way asks for: each keeps to its own besides. */
async function ceilingOf(query: Query, account: string): Promise<number> {
  const [row] = await query(
    `SELECT max((terms::json ->> 'tasks')::integer) AS tasks FROM songbatch.batches
     WHERE account = $1 AND ${isUnderWay}`,
    [account],
  );
  return Number(row?.['tasks'] ?? 1);
}

/** @param reason JSON; the first one stays */
export async function stopBatch(database: Database, batch: string, reason: string): Promise<void> {
  await database.query(
    'UPDATE songbatch.batches SET stopped = coalesce(stopped, $2) WHERE id = $1',
    [batch, reason],
  );
  await notify(database.query, batch);
}

/** Every batch of the account that is under way. */
export async function stopAccount(
  database: Database,
  account: string,
  reason: string,
): Promise<void> {
  const stopped = await database.query(
    `UPDATE songbatch.batches SET stopped = coalesce(stopped, $2)
     WHERE account = $1 AND ${isUnderWay} RETURNING id`,
    [account, reason],
  );
  for (const { id } of stopped) await notify(database.query, text(id));
}

/** Tasks in flight are to be stopped, and nothing is submitted. */
export async function cancelBatch(
  database: Database,
  batch: string,
  terms: Terms,
  reason: string,
): Promise<void> {
  await database.query('UPDATE songbatch.batches SET terms = $2, stopped = $3 WHERE id = $1', [
    batch,
    encodeTerms({ ...terms, isCancelled: true }),
    reason,
  ]);
  await notify(database.query, batch);
}

async function notify(query: Query, batch: string): Promise<void> {
  await query("SELECT pg_notify('songbatch', $1)", [batch]);
}

/** A job that a round wants made. */
export interface Order {
  /** As the manifest has it today. */
  readonly job: Job;
  /** False: it is in flight, or may be, and only to be brought home. */
  readonly mayBuy: boolean;
  readonly isClosed: boolean;
  readonly round: number;
}

export type WantedJob = Pick<Order, 'job' | 'mayBuy'>;

/** Orders that share a statement. */
const ordersAtOnce = 2000;

/** Orders these jobs in this round; one that is open is not ordered twice, but is of this round now. */
export async function placeOrders(
  database: Database,
  batch: string,
  round: number,
  jobs: readonly WantedJob[],
): Promise<void> {
  for (let from = 0; from < jobs.length; from += ordersAtOnce) {
    const some = jobs.slice(from, from + ordersAtOnce);
    await database.transaction(async (query) => {
      await lockBooks(query, batch);
      await query(
        `INSERT INTO songbatch.orders (batch, round, job, spec, may_buy)
         SELECT $1, $2, * FROM unnest($3::bytea[], $4::text[], $5::boolean[])
         ON CONFLICT (batch, job) DO UPDATE
         SET round = excluded.round, spec = excluded.spec, may_buy = excluded.may_buy, why = NULL,
             is_closed = songbatch.orders.is_closed AND songbatch.orders.round = excluded.round`,
        [
          batch,
          round,
          some.map(({ job }) => bytesOf(job.id)),
          some.map(({ job }) => encodeJobRow(job, job.output)),
          some.map(({ mayBuy }) => mayBuy),
        ],
      );
    });
  }
}

/** The round has all its orders: those of earlier rounds that it does not want are closed. */
export async function finishPlanning(
  database: Database,
  batch: string,
  round: number,
): Promise<void> {
  await database.transaction(async (query) => {
    const { batch: books } = await lockBooks(query, batch);
    if (books.round !== round) return;
    await query(
      `UPDATE songbatch.orders SET is_closed = true, why = 'not wanted any more'
       WHERE batch = $1 AND round < $2 AND NOT is_closed`,
      [batch, round],
    );
    // From here on it is counted down; before, it says nothing.
    await query(
      `UPDATE songbatch.batches SET is_planned = true, pending =
         (SELECT count(*) FROM songbatch.orders WHERE batch = $1 AND NOT is_closed) WHERE id = $1`,
      [batch],
    );
    await notify(query, batch);
  });
}

export async function readOrder(
  database: Database,
  batch: string,
  job: JobId,
): Promise<Order | undefined> {
  const [row] = await database.query(
    'SELECT spec, round, may_buy, is_closed FROM songbatch.orders WHERE batch = $1 AND job = $2',
    [batch, bytesOf(job)],
  );
  if (!row) return undefined;
  const { job: ordered } = decodeJobRow(job, text(row['spec']));
  return {
    job: ordered,
    mayBuy: row['may_buy'] === true,
    round: Number(row['round']),
    isClosed: row['is_closed'] === true,
  };
}

export interface Closing {
  readonly job: JobId;
  /** The round that it was worked on for: one of a later round stays open. */
  readonly round: number;
  /** Why nothing can be done for it now; absent where it has ended. */
  readonly why?: string;
  /** The intent that stays in doubt. */
  readonly doubt?: number;
}

/**
 * Nothing is left to do for these in their round. Doing it again changes nothing. Those that stay in doubt give
 * their places to others, and keep the money that they may have cost.
 */
export async function closeOrders(
  query: Query,
  batch: string,
  closings: readonly Closing[],
): Promise<void> {
  await lockBooks(query, batch);
  await query(
    `WITH closed AS (
       UPDATE songbatch.orders o SET is_closed = true, why = c.why
       FROM unnest($2::bytea[], $3::integer[], $4::text[]) AS c (job, round, why)
       WHERE o.batch = $1 AND o.job = c.job AND o.round <= c.round AND NOT o.is_closed
       RETURNING 1
     )
     UPDATE songbatch.batches SET pending = pending - (SELECT count(*) FROM closed) WHERE id = $1`,
    [
      batch,
      closings.map(({ job }) => bytesOf(job)),
      closings.map(({ round }) => round),
      closings.map(({ why }) => why ?? null),
    ],
  );
  await forsake(
    query,
    batch,
    closings.flatMap(({ doubt }) => (doubt === undefined ? [] : [doubt])),
  );
  await notify(query, batch);
}

/** @param intents events; one that is not its job's last any more was settled by somebody else */
async function forsake(query: Query, batch: string, intents: readonly number[]): Promise<void> {
  if (intents.length === 0) return;
  const { length: forsaken } = await query(
    `UPDATE songbatch.jobs j SET forsaken = true, asking = false FROM songbatch.events e
     WHERE e.batch = $1 AND e.seq = ANY($2) AND j.batch = e.batch AND j.id = e.job
     AND j.last = e.seq AND j.asking RETURNING 1`,
    [batch, intents],
  );
  if (forsaken === 0) return;
  const [row] = await query(
    'UPDATE songbatch.batches SET open = open - $2, forsaken = forsaken + $2 WHERE id = $1 RETURNING account',
    [batch, forsaken],
  );
  await query(
    'UPDATE songbatch.accounts SET open = open - $2, asking = asking - $2 WHERE id = $1',
    [text(row?.['account']), forsaken],
  );
}

/** Jobs of the round for which nothing could be done, and why. */
export async function ordersLeft(
  database: Database,
  batch: string,
): Promise<ReadonlyMap<JobId, string>> {
  const rows = await database.query(
    `SELECT o.job, o.why FROM songbatch.orders o JOIN songbatch.batches b ON b.id = o.batch
     WHERE o.batch = $1 AND o.round = b.round AND o.is_closed AND o.why IS NOT NULL`,
    [batch],
  );
  return new Map(rows.map((row) => [idOf(row['job']), text(row['why'])]));
}

/** Some of the orders that nobody has closed, in the order of their jobs' ids. */
export async function openOrders(
  database: Database,
  batch: string,
  after: JobId | undefined,
  most: number,
): Promise<readonly JobId[]> {
  const rows = await database.query(
    `SELECT job FROM songbatch.orders WHERE batch = $1 AND NOT is_closed AND job > $2
     ORDER BY job LIMIT $3`,
    [batch, after === undefined ? Buffer.alloc(0) : bytesOf(after), most],
  );
  return rows.map((row) => idOf(row['job']));
}
