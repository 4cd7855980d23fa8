/**
 * The life of a worker, as others see it: a connection that holds a lock in its session's name. When the process
 * dies, however it dies, the server sees the connection end and the lock is free: then, and not before, others
 * may settle what the session left in doubt. A process that is stopped keeps its connection; when nothing has been
 * heard from it for a while others end the connection from outside (`end`), and when the process goes on it finds
 * that it is not alive any more.
 *
 * A Run is sent only while `isAlive`: the connection stands, and it answered within the last moments by a clock
 * that nobody sets. A process that slept through its own end therefore does not send what others have looked for.
 */
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Client } from 'pg';
import { text } from '../stored-value.ts';
import type { Database } from './database.ts';

export interface SessionPlace {
  readonly account: string;
  readonly role: 'worker' | 'coordinator';
  /** Orders that it takes at once, at most. */
  readonly tasks: number;
}

export interface Session {
  /** Of the connection that stands now, or stood last; another after each break. */
  readonly id: () => string;
  readonly isAlive: () => boolean;
  /** Everybody on the account by now, as of the last beat. */
  readonly others: () => Fleet;
  /** Whether nobody else follows the batch: then this session does, until it ends. */
  readonly follow: (batch: string) => Promise<boolean>;
  /** From here on it leaves the API to others. */
  readonly callsNoMore: () => void;
  /** `listener` is called with the batch whenever something has changed in it, mostly. */
  readonly onChange: (listener: (batch: string) => void) => () => void;
  readonly close: () => Promise<void>;
}

export interface Fleet {
  readonly workers: number;
  /** All that may call the API. */
  readonly callers: number;
  /** Orders that all workers together take at once. */
  readonly tasks: number;
}

/** Milliseconds between beats. */
const beat = 1000;
/** Of silence: nothing is sent any more. */
const aliveFor = 4000;
/** Of silence: others end the session. Longer than the former, and than a request takes to leave. */
const silentFor = 8000;

/** Locks in the names of sessions, and of batches that somebody follows, are classes of their own. */
const lockClass = 0x736e;
const followClass = 0x736f;

async function tryLock(client: Client, batch: string): Promise<boolean> {
  const { rows } = await client.query<{ readonly is_mine: boolean }>(
    'SELECT pg_try_advisory_lock($1, $2::integer) AS is_mine',
    [followClass, lockOf(batch)],
  );
  return rows[0]?.is_mine === true;
}

export async function openSession(
  database: Database,
  place: SessionPlace,
  onTrouble: (message: string) => void,
): Promise<Session> {
  let id = '';
  let client: Client | undefined;
  let answeredAt = { elapsed: -Infinity, date: -Infinity };
  let fleet: Fleet = { workers: 1, callers: 1, tasks: place.tasks };
  let isCalling = true;
  let isClosed = false;
  /** An outage of an hour is one line. */
  let isLost = false;
  const held = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<(batch: string) => void>();

  async function begin(): Promise<void> {
    const connection = await database.connect();
    connection.on('end', () => {
      if (client === connection) client = undefined;
    });
    connection.on('notification', ({ payload }) => {
      for (const listener of listeners) listener(payload ?? '');
    });
    try {
      // A host that is gone sends nothing: the server is to notice within seconds.
      await connection.query(
        'SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; SET statement_timeout = 10000',
      );
      const { rows } = await connection.query<{ readonly id: string }>(
        `INSERT INTO songbatch.sessions (account, role, host, pid, backend, tasks)
         VALUES ($1, $2, $3, $4, pg_backend_pid(), $5) RETURNING id`,
        [place.account, place.role, hostname(), process.pid, place.tasks],
      );
      const begun = text(rows[0]?.id);
      await connection.query('SELECT pg_advisory_lock($1, $2::integer)', [
        lockClass,
        lockOf(begun),
      ]);
      for (const batch of held) await tryLock(connection, batch);
      await connection.query('LISTEN songbatch');
      id = begun;
      client = connection;
      answeredAt = moment();
    } catch (error) {
      await connection.end().catch(() => undefined);
      throw error;
    }
  }

  async function live(): Promise<void> {
    try {
      if (!client) await begin();
      else {
        const asked = moment();
        const { rows } = await client.query<Record<'workers' | 'callers' | 'tasks', string>>(
          `WITH me AS (UPDATE songbatch.sessions SET seen = now(), calls = $4 WHERE id = $1)
           SELECT count(*) FILTER (WHERE role = 'worker') AS workers, count(*) FILTER (WHERE calls) AS callers,
                  coalesce(sum(tasks) FILTER (WHERE role = 'worker'), 0) AS tasks
           FROM songbatch.sessions WHERE account = $2 AND seen > now() - make_interval(secs => $3)`,
          [id, place.account, silentFor / 1000, isCalling],
        );
        // What was asked before a long sleep, and is answered after it, says nothing about now.
        answeredAt = asked;
        const [row] = rows;
        fleet = {
          workers: Number(row?.workers),
          callers: Math.max(1, Number(row?.callers)),
          tasks: Number(row?.tasks),
        };
      }
      isLost = false;
    } catch (error) {
      const lost = client;
      client = undefined;
      await lost?.end().catch(() => undefined);
      if (!isLost) onTrouble(error instanceof Error ? error.message : String(error));
      isLost = true;
    }
    if (!isClosed) timer = setTimeout(() => void live(), beat);
  }

  await begin();
  timer = setTimeout(() => void live(), beat);

  return {
    id: () => id,
    // By two clocks: one stands still while a machine sleeps, the other may be set.
    isAlive: () =>
      client !== undefined &&
      performance.now() - answeredAt.elapsed < aliveFor &&
      Date.now() - answeredAt.date < aliveFor,
    others: () => fleet,
    follow: async (batch) => {
      if (!client || !(await tryLock(client, batch))) return false;
      held.add(batch);
      return true;
    },
    callsNoMore: () => {
      isCalling = false;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      // The row goes with it: nobody need count a worker that has said goodbye.
      await last
        ?.query('DELETE FROM songbatch.sessions WHERE id = $1', [id])
        .catch(() => undefined);
      await last?.end().catch(() => undefined);
    },
  };
}

function moment(): { readonly elapsed: number; readonly date: number } {
  return { elapsed: performance.now(), date: Date.now() };
}

/** Session ids count up from 1; the lock's key is half of that number's width. */
function lockOf(id: string): number {
  return Number(BigInt.asIntN(32, BigInt(id)));
}

/** Workers of the account that were heard of in the last moments. */
export async function workersOf(database: Database, account: string): Promise<number> {
  const [row] = await database.query(
    `SELECT count(*) AS workers FROM songbatch.sessions
     WHERE account = $1 AND role = 'worker' AND seen > now() - make_interval(secs => $2)`,
    [account, silentFor / 1000],
  );
  return Number(row?.['workers']);
}

export type LifeSign =
  /** It is certain that the session sends nothing any more. */
  | 'over'
  | 'alive'
  /** Its connection stands, and nothing is heard from it: it was told to end. */
  | 'silent';

/** Whether a session may still send something. One that is silent for too long is ended. */
export async function lifeSignOf(database: Database, id: string): Promise<LifeSign> {
  return database.transaction(async (query) => {
    const [lock] = await query('SELECT pg_try_advisory_xact_lock($1, $2::integer) AS is_free', [
      lockClass,
      lockOf(id),
    ]);
    if (lock?.['is_free'] === true) return 'over';
    const ended = await query(
      `SELECT pg_terminate_backend(l.pid) FROM songbatch.sessions s
       JOIN pg_locks l ON l.locktype = 'advisory' AND l.classid = $2::oid AND l.objid = $3::oid
       WHERE s.id = $1 AND s.seen < now() - make_interval(secs => $4)`,
      [id, lockClass, BigInt.asUintN(32, BigInt(id)).toString(), silentFor / 1000],
    );
    return ended.length > 0 ? 'silent' : 'alive';
  });
}

/** Rows of sessions that are long over, which nobody will ask about. */
export async function forgetSessions(database: Database): Promise<void> {
  await database.query(
    `DELETE FROM songbatch.sessions s WHERE seen < now() - interval '1 day'
     AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory'
                     AND l.classid = $1::oid AND l.objid = (s.id & 4294967295)::oid)`,
    [lockClass],
  );
}
