/** Engines that cannot be used: what is wrong is said, and nothing stays behind. */
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { freePort } from '../../cli/rig.ts';
import { createFleet } from '../fleet.ts';
import { startPgBouncer } from '../servers/pgbouncer.ts';
import { createDatabase } from '../servers/postgres.ts';

async function ask(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

test('A user without rights is told which he needs, and his password is not shown', async (context) => {
  const url = new URL(await createDatabase(inject('postgres')));
  await ask(url.href, "CREATE ROLE guest LOGIN PASSWORD 'open-sesame'");
  url.username = 'guest';
  url.password = 'open-sesame';
  const fleet = await createFleet({ engine: url.href, onFinished: context.onTestFinished });
  const { code, stderr } = await fleet.songbatch('worker');
  expect(code).toBe(2);
  expect(stderr).toContain('GRANT CREATE, TEMPORARY ON DATABASE');
  expect(stderr).not.toMatch(/open-sesame|this is a bug/);
});

test('A database that only reads is refused', async (context) => {
  const engine = await createDatabase(inject('postgres'));
  const name = new URL(engine).pathname.slice(1);
  await ask(engine, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  const fleet = await createFleet({ engine, onFinished: context.onTestFinished });
  expect(await fleet.songbatch('worker')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('it only reads: is it a standby?') as string,
  });
});

// Through one that pools transactions the lock that says who lives is free for others while its owner lives.
test.for(['transaction', 'session'] as const)(
  'A pooler in front of PostgreSQL is refused (pool_mode = %s)',
  async (mode, context) => {
    const pooler = await startPgBouncer(await createDatabase(inject('postgres')), mode);
    context.onTestFinished(pooler.stop);
    const fleet = await createFleet({ engine: pooler.url, onFinished: context.onTestFinished });
    expect(await fleet.songbatch('worker')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name the server itself') as string,
    });
  },
);

test('A worker whose queue is not there ends, and is counted by nobody', async (context) => {
  const queue = `redis://127.0.0.1:${await freePort()}`;
  const fleet = await createFleet({ queue, onFinished: context.onTestFinished });
  expect(await fleet.songbatch('worker')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('ECONNREFUSED') as string,
  });
  expect(await fleet.ask('SELECT id FROM songbatch.sessions')).toEqual([]);
});
