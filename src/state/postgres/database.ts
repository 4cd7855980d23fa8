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

  try {
    await ask(pool, 'SELECT 1', []);
  } catch (error) {
    await pool.end();
    throw unreachable(shownAs, error);
  }

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
        if (isForbidden(error)) throw forbidden(shownAs, error);
        if (!isPassing(error)) throw error;
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
      await client.connect();
      await client.query(beginning);
      return client;
    },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort(new Error(`${shownAs} was closed already`));
      await pool.end();
    },
  };
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
  connection: { readonly query: Pool['query'] },
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
 * was ended, a standby that has not been promoted yet (25006).
 */
const passingCodes = /^(08...|53...|57...|40001|40P01|25P03|25006)$/;
const passingFaults =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

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

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

function forbidden(shownAs: string, error: unknown): StateError {
  return new StateError(
    'unreadable',
    shownAs,
    `${shownAs} does not let this user do what is needed: ${wordsOf(error)}; let it own the database, or GRANT CREATE, TEMPORARY ON DATABASE <database> TO <user>`,
    { cause: error },
  );
}

function unreachable(shownAs: string, error: unknown): StateError {
  return new StateError('unreadable', shownAs, `${shownAs} cannot be used: ${wordsOf(error)}`, {
    cause: error,
  });
}

function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return wordsOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
