/** Orders: the jobs that a round of a batch wants made, until nothing is left to do for them. */
import type { Job, JobId } from '../../job/job.ts';
import { eventTypes } from '../schema.ts';
import { StateError } from '../state-error.ts';
import { text } from '../stored-value.ts';
import { lockBooks } from './append.ts';
import { notify } from './batches.ts';
import type { Database, Query } from './database.ts';
import { bytesOf, decodeJobRow, encodeJobRow, idOf } from './rows.ts';

/** A job that a round wants made. */
export interface Order {
  /** As the manifest has it today. */
  readonly job: Job;
  /** False: it is in flight, or may be, and only to be brought home. */
  readonly mayBuy: boolean;
  readonly isClosed: boolean;
  readonly round: number;
  /** Whose workers are to make it. */
  readonly account: string;
}

export type WantedJob = Pick<Order, 'job' | 'mayBuy'>;

/** Types of events (event-code.ts) behind which a task is in flight, or may be, or has a song that is not home. */
const underWay = (['intended', 'accepted', 'succeeded'] as const).map((type) =>
  eventTypes.indexOf(type),
);

/** Orders that share a statement. */
const ordersAtOnce = 2000;

/**
 * Orders these jobs in this round; one that is open is not ordered twice, but is of this round now. Throws
 * `StateError` where the round is over: whoever was stopped while another began it must not bring back what that has
 * done with.
 */
export async function placeOrders(
  database: Database,
  batch: string,
  round: number,
  jobs: readonly WantedJob[],
): Promise<void> {
  for (let from = 0; from < jobs.length; from += ordersAtOnce) {
    const some = jobs.slice(from, from + ordersAtOnce);
    await database.transaction(async (query) => {
      const { batch: books } = await lockBooks(query, batch);
      if (books.round !== round) throw anotherRun(database);
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

export function anotherRun({ shownAs }: Database): StateError {
  return new StateError(
    'running',
    shownAs,
    `another run of this batch has begun at ${shownAs}, and follows it: this one ends`,
  );
}

/**
 * The round has all its orders: those of earlier rounds that it does not want are closed. What was submitted in the
 * meantime is brought home.
 */
export async function finishPlanning(
  database: Database,
  batch: string,
  round: number,
): Promise<void> {
  const [left] = await database.query(
    'SELECT count(*) AS orders FROM songbatch.orders WHERE batch = $1 AND round < $2 AND NOT is_closed',
    [batch, round],
  );
  // A statement about a million of them would take longer than any may, and everybody would wait for it.
  const parts = Math.min(256, Math.ceil(Number(left?.['orders']) / ordersAtOnce));
  for (let part = 0; part < parts; part++) {
    const first = (each: number) => Buffer.of(Math.min(255, Math.ceil((each * 256) / parts)));
    const to = part + 1 < parts ? first(part + 1) : Buffer.alloc(17, 0xff);
    await database.transaction(async (query) => {
      const { batch: books } = await lockBooks(query, batch);
      if (books.round === round) await settleUnwanted(query, batch, round, [first(part), to]);
    });
  }
  await database.transaction(async (query) => {
    const { batch: books } = await lockBooks(query, batch);
    if (books.round !== round) return;
    // From here on it is counted down; before, it says nothing.
    await query(
      `UPDATE songbatch.batches SET is_planned = true, pending =
         (SELECT count(*) FROM songbatch.orders WHERE batch = $1 AND NOT is_closed) WHERE id = $1`,
      [batch],
    );
    await notify(query, batch);
  });
}

/** @param range of jobs' ids: from one to before another */
async function settleUnwanted(
  query: Query,
  batch: string,
  round: number,
  range: readonly [Buffer, Buffer],
): Promise<void> {
  const values = [batch, round, ...range];
  const unwanted = `o.batch = $1 AND o.round < $2 AND NOT o.is_closed AND o.job >= $3 AND o.job < $4`;
  await query(
    `UPDATE songbatch.orders o SET round = $2, may_buy = false FROM songbatch.jobs j
     JOIN songbatch.events e ON e.batch = j.batch AND e.seq = j.last
     WHERE ${unwanted} AND j.batch = o.batch AND j.id = o.job AND e.type = ANY($5)`,
    [...values, underWay],
  );
  await query(
    `UPDATE songbatch.orders o SET is_closed = true, why = 'not wanted any more' WHERE ${unwanted}`,
    values,
  );
}

export async function readOrder(
  database: Database,
  batch: string,
  job: JobId,
): Promise<Order | undefined> {
  const [row] = await database.query(
    `SELECT o.spec, o.round, o.may_buy, o.is_closed, b.account
     FROM songbatch.orders o JOIN songbatch.batches b ON b.id = o.batch
     WHERE o.batch = $1 AND o.job = $2`,
    [batch, bytesOf(job)],
  );
  if (!row) return undefined;
  const { job: ordered } = decodeJobRow(job, text(row['spec']));
  return {
    job: ordered,
    account: text(row['account']),
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
 * @returns those that are closed now, or were before: another round wants the others
 */
export async function closeOrders(
  query: Query,
  batch: string,
  closings: readonly Closing[],
): Promise<ReadonlySet<JobId>> {
  await lockBooks(query, batch);
  const jobs = closings.map(({ job }) => bytesOf(job));
  const closed = await query(
    `UPDATE songbatch.orders o SET is_closed = true, why = c.why
     FROM unnest($2::bytea[], $3::integer[], $4::text[]) AS c (job, round, why)
     WHERE o.batch = $1 AND o.job = c.job AND o.round <= c.round AND NOT o.is_closed
     RETURNING 1`,
    [batch, jobs, closings.map(({ round }) => round), closings.map(({ why }) => why ?? null)],
  );
  await query('UPDATE songbatch.batches SET pending = pending - $2 WHERE id = $1', [
    batch,
    closed.length,
  ]);
  const open = await query(
    'SELECT job FROM songbatch.orders WHERE batch = $1 AND job = ANY($2) AND NOT is_closed',
    [batch, jobs],
  );
  await forsake(
    query,
    batch,
    closings.flatMap(({ doubt }) => (doubt === undefined ? [] : [doubt])),
  );
  await notify(query, batch);
  const left = new Set(open.map((row) => idOf(row['job'])));
  return new Set(closings.map(({ job }) => job).filter((job) => !left.has(job)));
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
