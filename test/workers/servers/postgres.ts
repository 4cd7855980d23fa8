/** A PostgreSQL for tests: Debian's, on loopback, with a cluster of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, globSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, serverProcess } from './server-process.ts';

export interface PostgresServer {
  /** Of its first database, as a user who may do everything. */
  readonly url: string;
  /** A crash, until `restart`. */
  readonly kill: () => Promise<void>;
  /** On the same port. `immediate` is a crash: no goodbye to anybody, recovery at the start. */
  readonly restart: (how: 'fast' | 'immediate') => Promise<void>;
  /** The URL of a new, empty database. */
  readonly createDatabase: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * @param settings over those below, by their names in `postgresql.conf`: `{ fsync: 'on' }`
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-postgres-'));
  const user = process.getuid?.() === 0 ? serverUser() : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;

  const inForce = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    max_connections: '200',
    // What the server has written outlives it, which is all that tests end. The machine does not crash.
    fsync: 'off',
    ...settings,
  };
  const server = serverProcess({
    program: program('postgres'),
    words: [
      '-D',
      data,
      ...Object.entries(inForce).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    user,
    folder,
    abort: 'SIGQUIT',
    ask: () => query(url, 'SELECT 1'),
  });
  try {
    await promisify(execFile)(
      program('initdb'),
      ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
      { cwd: folder, ...user },
    );
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }

  return {
    url,
    kill: () => server.end('SIGQUIT'),
    restart: async (how) => {
      await server.end(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await server.start();
    },
    createDatabase: () => createDatabase(url),
    stop: server.remove,
  };
}

/** The URL of a new, empty database, of the server that has the one at `url`. */
export async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(url, `CREATE DATABASE ${name}`);
  return new URL(name, url).href;
}

/** One statement, on a connection of its own. */
export async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks makes the query fail as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Debian keeps them outside of PATH, one folder for each version. */
function program(name: string): string {
  const [newest] = globSync(`/usr/lib/postgresql/*/bin/${name}`).sort((a, b) =>
    b.localeCompare(a, 'en', { numeric: true }),
  );
  return newest ?? name;
}

/** PostgreSQL refuses to run as root; Debian's package makes this user for it. */
export function serverUser() {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
