/**
 * Connections to PostgreSQL. The server may restart, drop connections, have none left or take its time:
 * what is asked of it then waits and is asked again, so that such an hour delays a batch and loses nothing.
 * What is written is therefore written so that doing it twice is the same as doing it once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type Pg from 'pg';
import type { Client, Pool, QueryResultRow } from 'pg';
import { StateError } from '../state-error.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement; its rows. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

export interface Database {
  /** For messages. */
  readonly shownAs: string;
  /** One statement that may be run twice; waits for a database that is away. */
  readonly query: Query;
  /**
   * Several statements, in one transaction. It is begun anew where the database goes away under way, also when
   * nobody knows whether it was committed: `work` finds out by what it reads.
   */
  readonly transaction: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>;
  /**
   * A connection by itself, whose end is the owner's business. Rejects where there is none to be had now.
   * @param patience milliseconds that each of its answers may take
   */
  readonly connect: (patience: number) => Promise<Client>;
  /** What waits for a database that is away is given up. */
  readonly close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at once. */
  readonly connections?: number;
  /** Without what opens a door. */
  readonly shownAs: string;
  /** Told when the database is away, and again when it is back. */
  readonly onTrouble?: (message: string) => void;
}

/**
 * Milliseconds. A process that is stopped in the middle of a transaction must not keep others waiting for the
 * rows that it has locked.
 */
const longestIdleTransaction = 5000;
const longestStatement = 60_000;
/** For an answer: longer than the server takes to give a statement up. The connection may have died without a word. */
const longestSilence = 70_000;
const connectTimeout = 10_000;
const firstPause = 100;
const longestPause = 2000;

/** The first version of PostgreSQL that BullMQ does not warn of. */
const oldest = 14;

/**
 * What every connection begins with. A host that is gone, or a process that is stopped and does not read, is noticed
 * within seconds: it may hold locks. And what is committed is on disk, whatever the database is set up for.
 */
const beginning = `
  SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
  SET tcp_user_timeout = 10000;
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;

/** Throws `StateError` where it cannot be reached, or the driver is not installed. */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const { shownAs } = options;
  const driver = await loadDriver(shownAs);
  const settings = {
    connectionString: url,
    application_name: 'songbatch',
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
  };
  await refuseUnfit(new driver.Client({ ...settings, query_timeout: connectTimeout }), shownAs);
  const pool = new driver.Pool({
    ...settings,
    max: options.connections ?? 4,
    statement_timeout: longestStatement,
    query_timeout: longestSilence,
    onConnect: (client): unknown => client.query(beginning),
    idle_in_transaction_session_timeout: longestIdleTransaction,
  });
  // Of connections that nobody uses: the next that is asked for is a new one.
  pool.on('error', () => undefined);
  const closing = new AbortController();

  let isAway = false;
  const patiently = async <Result>(action: () => Promise<Result>): Promise<Result> => {
    for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
      closing.signal.throwIfAborted();
      try {
        const result = await action();
        if (isAway) options.onTrouble?.(`${shownAs} is back`);
        isAway = false;
        return result;
      } catch (error) {
        if (closing.signal.aborted) throw error;
        if (!isPassing(error)) throw isRefusal(error) ? unusable(shownAs, error) : error;
        // A conflict of two transactions is ordinary; what goes on is told.
        if (!isAway && pause > 4 * firstPause) {
          isAway = true;
          options.onTrouble?.(`${shownAs} does not answer, waiting for it: ${wordsOf(error)}`);
        }
        await sleep(pause * (0.5 + Math.random()), undefined, { signal: closing.signal }).catch(
          () => undefined,
        );
      }
    }
  };

  return {
    shownAs,
    query: (text, values = []) => patiently(() => ask(pool, text, values)),
    transaction: (work) => patiently(() => inTransaction(pool, work)),
    connect: async (patience) => {
      const client = new driver.Client({ ...settings, query_timeout: patience });
      // The owner hears of it by 'end'.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query(beginning);
        return client;
      } catch (error) {
        await client.end();
        throw isRefusal(error) ? unusable(shownAs, error) : error;
      }
    },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort(new Error(`${shownAs} was closed already`));
      await pool.end();
    },
  };
}

/** Throws `StateError` where the server cannot be reached, or cannot keep what songbatch keeps. */
async function refuseUnfit(client: Client, shownAs: string): Promise<void> {
  // What breaks makes the query fail as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const [server] = await ask(
      client,
      `SELECT current_setting('server_version_num')::integer AS version,
              current_setting('transaction_read_only') AS is_read_only, pg_backend_pid() AS pid`,
      [],
    );
    if (Number(server?.['version']) < 10_000 * oldest)
      throw new Error(`it is older than ${oldest}`);
    if (server?.['is_read_only'] === 'on') throw new Error('it only reads: is it a standby?');
    // Who shares a connection shares its locks: a session would be free to be settled while it lives. A pooler of whole
    // sessions would do, and cannot be told from others.
    if (!('processID' in client) || client.processID !== server?.['pid'])
      throw new Error(
        "a pooler (PgBouncer, say) answers in its place, with connections that others have, too, and locks would be anybody's; name the server itself",
      );
  } catch (error) {
    throw unusable(shownAs, error);
  } finally {
    await client.end();
  }
}

type Driver = Pick<typeof Pg, 'Pool' | 'Client'>;

async function loadDriver(shownAs: string): Promise<Driver> {
  try {
    const { default: pg } = await import('pg');
    return pg;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) {
      throw error;
    }
    throw new StateError(
      'unreadable',
      shownAs,
      'the package pg, which talks to PostgreSQL, is not installed; npm install pg bullmq',
    );
  }
}

async function ask(
  connection: { readonly query: Pool['query'] | Client['query'] },
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await connection.query<QueryResultRow & Row>(text, [...values]);
  return rows;
}

async function inTransaction<Result>(
  pool: Pool,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let fault: Error | undefined;
  const onError = (error: Error) => {
    fault = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work((text, values = []) => ask(client, text, values));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    fault ??= isPassing(error) && error instanceof Error ? error : undefined;
    if (!fault) await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    // With an error the pool throws the connection away.
    client.release(fault);
  }
}

/**
 * Codes of PostgreSQL after which the same may work: connection exceptions (08), no room (53), an operator's
 * doing (57: shut down, starting up, timeouts), serialization failures and deadlocks, an idle transaction that
 * was ended, a standby that is about to be made the server (25006).
 */
const passingCodes = /^(08...|53...|57...|40001|40P01|25P03|25006)$/;
const passingFaults =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN)$/;

/** What its operator does not allow: another password or right is needed (28, 42501), or another database (3D). */
const refusals = /^(28...|3D000|42501)$/;

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusals.test(String(error.code));
}

/** Whether the same may work a moment later. */
function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined) return passingCodes.test(code) || passingFaults.test(code);
  // The driver's own words carry no code.
  return /connection (terminated|ended)|not queryable|timeout|client was closed/i.test(
    error.message,
  );
}

function unusable(shownAs: string, error: unknown): StateError {
  const remedy =
    error instanceof Error && 'code' in error && error.code === '42501'
      ? '; let this user own the database, or GRANT CREATE, TEMPORARY ON DATABASE <database> TO <user>'
      : '';
  const message = `${shownAs} cannot be used: ${wordsOf(error)}${remedy}`;
  return new StateError('unreadable', shownAs, message, { cause: error });
}

function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return wordsOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
