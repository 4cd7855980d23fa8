import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from './servers/postgres.ts';

test('what PostgreSQL has committed is there after a crash', async () => {
  const server = await startPostgres();
  onTestFinished(server.stop);
  const url = await server.createDatabase();

  await query(url, 'CREATE TABLE songs (title text)');
  await query(url, `INSERT INTO songs VALUES ('one')`);
  await server.restart('immediate');

  expect(await query(url, 'SELECT * FROM songs')).toEqual([{ title: 'one' }]);
});

test('servers die with the process that started them', async () => {
  const program = fileURLToPath(new URL('servers/left-behind.child.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ports: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    ports.push(Number(new URL(line).port));
    if (ports.length === 2) break;
  }
  expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);

  child.kill('SIGKILL');

  await expect.poll(() => Promise.all(ports.map(isOpen))).toEqual([false, false]);
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<object>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
