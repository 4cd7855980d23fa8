/** The batches of an account: which there are, what a round of one wants, and how it goes. */
import { text } from '../stored-value.ts';
import { lockBooks, refuseOtherVersion } from './append.ts';
import type { Database, Query, Row } from './database.ts';
import { batchVersion } from './layout.ts';
import { booksColumns, readBooks, type Books } from './ledger.ts';
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

/** A fact about the batch (`Store.setFact`); undefined when it was never set. */
export async function factOf(
  database: Database,
  batch: string,
  name: string,
): Promise<string | undefined> {
  const [row] = await database.query(
    'SELECT value FROM songbatch.facts WHERE batch = $1 AND key = $2',
    [batch, name],
  );
  return row && text(row['value']);
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
 *
 * @param stopped why nothing may be submitted in it from the first moment on; JSON
 */
export async function beginRound(
  database: Database,
  batch: string,
  terms: Terms,
  stopped?: string,
): Promise<number> {
  return database.transaction(async (query) => {
    const { account, batch: books } = await lockBooks(query, batch);
    const round = books.round + 1;
    await query(
      `UPDATE songbatch.batches SET round = $2, terms = $3, stopped = $4, is_planned = false,
       submitted = 0, ended = 0, failed = 0, unproven = 0 WHERE id = $1`,
      [batch, round, encodeTerms(terms), stopped ?? null],
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
 *
 * @param isSame somebody has said that the account is the same, and has these tasks, too
 * @returns the tasks for which it was not done; 0: it was
 */
export async function changeAccount(
  database: Database,
  batch: string,
  account: string,
  isSame: boolean,
): Promise<number> {
  return database.transaction(async (query) => {
    const { account: from, batch: books } = await lockBooks(query, batch);
    const inTheWay = books.open + books.forsaken;
    if (inTheWay > 0 && !isSame) return inTheWay;
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
    return 0;
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

/** @param round what is over stops nothing that came after it @param reason JSON; the first one stays */
export async function stopBatch(
  database: Database,
  batch: string,
  round: number,
  reason: string,
): Promise<void> {
  await database.query(
    'UPDATE songbatch.batches SET stopped = coalesce(stopped, $3) WHERE id = $1 AND round = $2',
    [batch, round, reason],
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
  round: number,
  terms: Terms,
  reason: string,
): Promise<void> {
  await database.query(
    'UPDATE songbatch.batches SET terms = $3, stopped = $4 WHERE id = $1 AND round = $2',
    [batch, round, encodeTerms({ ...terms, isCancelled: true }), reason],
  );
  await notify(database.query, batch);
}

/** Whoever listens looks at the batch. */
export async function notify(query: Query, batch: string): Promise<void> {
  await query("SELECT pg_notify('songbatch', $1)", [batch]);
}
