/**
 * The life of a worker, as others see it: a connection that holds a lock in its session's name. When the process
 * dies, however it dies, the server sees the connection end and the lock is free: then, and not before, others
 * may settle what the session left in doubt. A process that is stopped keeps its connection; when nothing has been
 * heard from it for a while others end the connection from outside (`end`), and when the process goes on it finds
 * that it is not alive any more.
 *
 * A Run is sent only while `isAlive`: the connection stands, and it answered within the last moments by a clock
 * that nobody sets. A process that slept through its own end therefore does not send what others have looked for.
 *
 * A connection also breaks without its process: PostgreSQL restarts, somebody ends it. Runs that were on their way may
 * still arrive then. So the process begins another session, its `heir`, and as long as that lives the one before is
 * not over, until no Run from before it can be on its way any more. It is given the time to do so.
 */
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Client } from 'pg';
import { StateError } from '../state-error.ts';
import { text } from '../stored-value.ts';
import type { Database } from './database.ts';

export interface SessionPlace {
  readonly account: string;
  readonly role: 'worker' | 'coordinator';
  /** Orders that it takes at once, at most. */
  readonly tasks: number;
  /** By which it dates what others go by; milliseconds since 1970. Absent where it dates nothing. */
  readonly now?: () => number;
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
  /** `listener` is called with the batch whenever something has changed in it, mostly; with `` after a break: in any. */
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
/** Of silence: nothing is sent any more, also by who has not noticed yet that its connection is gone. */
const aliveFor = 4000;
/** Of silence: others end the session. Longer than the former, and than a request takes to leave. */
const silentFor = 8000;
/** Between a clock and the server's. Others would take tasks for overdue, and wait for moments long past. */
const mostOff = 5000;
/** For an answer of the server. A connection that died without a word is given up after it. */
const patience = 10_000;
/** Without a connection, since the last beat or the server's start: the process may be about to come back. */
const mayComeBackFor = 4000;
/** For so long an heir stands for the sessions before it: longer than a Run is waited for. */
const heirFor = 120_000;

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
  /** What has become of the connection: lost, or there again. */
  onTrouble: (message: string) => void,
): Promise<Session> {
  let id = '';
  const all: string[] = [];
  let client: Client | undefined;
  let answeredAt = { elapsed: -Infinity, date: -Infinity };
  let fleet: Fleet = { workers: 1, callers: 1, tasks: place.tasks };
  let isCalling = true;
  let isClosed = false;
  let isTold = false;
  const held = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<(batch: string) => void>();

  const tell = (batch: string) => {
    for (const listener of listeners) listener(batch);
  };

  async function begin(): Promise<void> {
    const connection = await database.connect(patience);
    const asked = moment();
    connection.on('end', () => {
      if (client === connection) client = undefined;
    });
    connection.on('notification', ({ payload }) => {
      tell(payload ?? '');
    });
    try {
      if (place.now) await compareClocks(connection, place.now, database.shownAs);
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
      if (id !== '') {
        await connection.query('UPDATE songbatch.sessions SET heir = $2 WHERE id = $1', [
          id,
          begun,
        ]);
      }
      await connection.query('LISTEN songbatch');
      id = begun;
      all.push(id);
      client = connection;
      // As old as the row says that it is.
      answeredAt = asked;
      if (isTold) onTrouble('stands again');
      isTold = false;
      // Nobody knows what was said in between.
      tell('');
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
           FROM songbatch.sessions WHERE account = $2 AND heir IS NULL AND seen > now() - make_interval(secs => $3)`,
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
    } catch (error) {
      const lost = client;
      client = undefined;
      await lost?.end().catch(() => undefined);
      const why = error instanceof Error ? error.message : String(error);
      if (!isTold) onTrouble(`is lost (${why})`);
      isTold = true;
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
      // Its rows go with it: nobody need count, or wait for, a worker that has said goodbye.
      await last
        ?.query('DELETE FROM songbatch.sessions WHERE id = ANY($1)', [all])
        .catch(() => undefined);
      await last?.end().catch(() => undefined);
    },
  };
}

/** Throws `StateError` where they differ. */
async function compareClocks(client: Client, now: () => number, shownAs: string): Promise<void> {
  const asked = now();
  const { rows } = await client.query<{ readonly at: string }>(
    'SELECT round(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at',
  );
  const answered = now();
  const server = Number(rows[0]?.at);
  // Nobody knows at which moment in between it looked.
  const off = Math.max(asked - server, server - answered);
  if (off <= mostOff) return;
  throw new StateError(
    'unreadable',
    shownAs,
    `the clock of this machine is ${Math.round(off / 1000)} s ${asked > server ? 'ahead of' : 'behind'} the one of ${shownAs}: set all clocks by NTP, and start again`,
  );
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
     WHERE account = $1 AND role = 'worker' AND heir IS NULL AND seen > now() - make_interval(secs => $2)`,
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

/** Of a session `s`: its connection still stands. The same numbers may be locked in another database. */
const isConnected = `EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.pid = s.backend
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = ${lockClass}::oid AND l.objid = (s.id & 4294967295)::oid)`;

/** Whether a session, or its heir, may still send something. One that is silent for too long is ended. */
export async function lifeSignOf(database: Database, id: string): Promise<LifeSign> {
  return database.transaction(async (query) => {
    const [latest] = await query(
      `WITH RECURSIVE line AS (
         SELECT id, heir, seen FROM songbatch.sessions WHERE id = $1
         UNION ALL
         SELECT s.id, s.heir, s.seen FROM line JOIN songbatch.sessions s ON s.id = line.heir
         WHERE s.since > now() - make_interval(secs => $2)
       )
       SELECT id, greatest(seen, pg_postmaster_start_time()) > now() - make_interval(secs => $3) AS may_come_back
       FROM line ORDER BY id DESC LIMIT 1`,
      [id, heirFor / 1000, mayComeBackFor / 1000],
    );
    // It has said goodbye.
    if (!latest) return 'over';
    const lock = lockOf(text(latest['id']));
    const [taken] = await query('SELECT pg_try_advisory_xact_lock($1, $2::integer) AS is_free', [
      lockClass,
      lock,
    ]);
    if (taken?.['is_free'] === true) return latest['may_come_back'] === true ? 'alive' : 'over';
    const ended = await query(
      `SELECT pg_terminate_backend(s.backend) FROM songbatch.sessions s
       WHERE s.id = $1 AND s.seen < now() - make_interval(secs => $2) AND ${isConnected}`,
      [latest['id'], silentFor / 1000],
    );
    return ended.length > 0 ? 'silent' : 'alive';
  });
}

/**
 * Ends the connections of processes that have stood still for a minute: for one that listens and does not read the
 * server must keep what it has not read, of every batch. Rows that nobody will ask about go after a day.
 */
export async function endSilentSessions(database: Database): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(s.backend) FROM songbatch.sessions s
     WHERE s.seen < now() - interval '1 minute' AND ${isConnected}`,
  );
  await database.query(
    `DELETE FROM songbatch.sessions s WHERE seen < now() - interval '1 day' AND NOT ${isConnected}`,
  );
}
