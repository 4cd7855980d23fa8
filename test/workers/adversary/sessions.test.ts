/** Lives that look alike, and connections that die without a word. */
import { hostname } from 'node:os';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { endSilentSessions, lifeSignOf, openSession } from '../../../src/state/postgres/session.ts';
import { openBooks, openDatabaseAt, type Books } from './books.ts';
import { startLossyProxy } from './lossy-proxy.ts';

/** A process that was stopped an hour ago: its connection stands, and it says nothing. */
async function stopped({ url, account }: Books): Promise<{ id: string; hasEnded: () => boolean }> {
  const client = new pg.Client({ connectionString: url });
  let hasEnded = false;
  client.on('error', () => undefined).on('end', () => (hasEnded = true));
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO songbatch.sessions (account, role, host, pid, backend, tasks, seen)
     VALUES ($1, 'worker', $2, 1, pg_backend_pid(), 1, now() - interval '1 hour') RETURNING id`,
    [account, hostname()],
  );
  const id = rows[0]?.id ?? '';
  await client.query('SELECT pg_advisory_lock(29550, $1::integer)', [id]);
  return { id, hasEnded: () => hasEnded };
}

test('Of two databases on one server each ends its own sessions only', async () => {
  const [one, other] = [await openBooks(), await openBooks()];
  const [mine, theirs] = [await stopped(one), await stopped(other)];
  expect(mine.id).toBe(theirs.id);
  expect(await lifeSignOf(one.database, mine.id)).toBe('silent');
  await expect.poll(mine.hasEnded).toBe(true);
  // The server itself must have been there for a moment.
  await expect.poll(() => lifeSignOf(one.database, mine.id)).toBe('over');
  expect(theirs.hasEnded()).toBe(false);
});

test('A process that stands still does not listen for ever', async () => {
  const books = await openBooks();
  const session = await stopped(books);
  await endSilentSessions(books.database);
  await expect.poll(session.hasEnded).toBe(true);
});

test('A connection that died without a word is given up, and another begun', async () => {
  const books = await openBooks();
  const proxy = await startLossyProxy(books.url);
  const troubles: string[] = [];
  const place = { account: books.account, role: 'worker', tasks: 1 } as const;
  const session = await openSession(await openDatabaseAt(proxy.url), place, (what) => {
    troubles.push(what);
  });
  onTestFinished(session.close);
  const first = session.id();
  proxy.goSilent();
  await expect.poll(session.isAlive).toBe(false);
  await expect.poll(session.isAlive).toBe(true);
  expect(session.id()).not.toBe(first);
  expect(troubles).toEqual(['is lost (Query read timeout)', 'stands again']);
});
