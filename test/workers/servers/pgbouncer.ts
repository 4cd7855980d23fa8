/** A pooler between tests and their PostgreSQL: Debian's PgBouncer, on loopback. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query, serverUser } from './postgres.ts';
import { freePort, serverProcess } from './server-process.ts';

export interface PgBouncer {
  /** Of the same database, through it. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export async function startPgBouncer(
  database: string,
  mode: 'session' | 'transaction',
): Promise<PgBouncer> {
  const { hostname, port: behind, pathname, username } = new URL(database);
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-pgbouncer-'));
  const user = process.getuid?.() === 0 ? serverUser() : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${behind} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits, statement_timeout, idle_in_transaction_session_timeout
`,
  );
  const url = `postgres://${username}@127.0.0.1:${port}${pathname}`;
  const server = serverProcess({
    program: program(),
    words: [file],
    user,
    folder,
    abort: 'SIGKILL',
    ask: () => query(url, 'SELECT 1'),
  });
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return { url, stop: server.remove };
}

/** Debian keeps it outside of some users' PATH. */
function program(): string {
  return execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v pgbouncer'], {
    encoding: 'utf8',
  }).trim();
}
