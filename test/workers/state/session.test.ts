/** Whether a process may still send something, as others find out: on it hangs whether a song is bought twice. */
import { beforeAll, expect, inject, test } from 'vitest';
import { accountOf } from '../../../src/state/postgres/accounts.ts';
import { openDatabase, type Database } from '../../../src/state/postgres/database.ts';
import { prepareLayout } from '../../../src/state/postgres/layout.ts';
import { lifeSignOf, openSession, type Session } from '../../../src/state/postgres/session.ts';
import { createDatabase } from '../servers/postgres.ts';

let database: Database;
let account: string;

beforeAll(async () => {
  const url = await createDatabase(inject('postgres'));
  database = await openDatabase(url, { shownAs: 'the database' });
  await prepareLayout(database);
  account = await accountOf(database, 'https://api.example.com/v1', 'key');
  return database.close;
});

async function begin(): Promise<{ session: Session; troubles: string[] }> {
  const troubles: string[] = [];
  const place = { account, role: 'worker', tasks: 1 } as const;
  const session = await openSession(database, place, (why) => troubles.push(why));
  return { session, troubles };
}

/** Ends its connection, as a restart of the server or an operator does. */
async function breakOff(session: Session): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(backend) FROM songbatch.sessions WHERE id = $1`,
    [session.id()],
  );
}

test('a session is alive until it has said goodbye', async () => {
  const { session } = await begin();
  const id = session.id();
  expect(session.isAlive()).toBe(true);
  expect(await lifeSignOf(database, id)).toBe('alive');

  await session.close();

  expect(session.isAlive()).toBe(false);
  expect(await lifeSignOf(database, id)).toBe('over');
});

test('one whose connection broke is not over while its process may come back, nor when it has', async () => {
  const { session } = await begin();
  const first = session.id();

  await breakOff(session);
  expect(await lifeSignOf(database, first)).toBe('alive');
  await expect.poll(session.isAlive).toBe(false);
  await expect.poll(session.isAlive).toBe(true);
  const second = session.id();
  expect(second).not.toBe(first);
  // It is the heir that counts from here on, and the worker counts once.
  await database.query(
    "UPDATE songbatch.sessions SET seen = now() - interval '1 hour' WHERE id = $1",
    [first],
  );
  expect(await lifeSignOf(database, first)).toBe('alive');
  await expect.poll(() => session.others().workers).toBe(1);

  await session.close();
  expect(await lifeSignOf(database, first)).toBe('over');
  expect(await lifeSignOf(database, second)).toBe('over');
});

test('an heir stands for what was before it no longer than a Run can be on its way', async () => {
  const { session } = await begin();
  const first = session.id();
  await breakOff(session);
  await expect.poll(session.id).not.toBe(first);
  const age = "interval '121 s'";
  await database.query(
    `UPDATE songbatch.sessions SET since = since - ${age}, seen = seen - ${age} WHERE id = $1`,
    [first],
  );
  await database.query(`UPDATE songbatch.sessions SET since = since - ${age} WHERE id = $1`, [
    session.id(),
  ]);

  // The server itself must have been there for a moment.
  await expect.poll(() => lifeSignOf(database, first)).toBe('over');
  expect(await lifeSignOf(database, session.id())).toBe('alive');
  await session.close();
});

test('a process of which nothing is heard is told to end, and is over then', async () => {
  const { session } = await begin();
  const id = session.id();
  const silence = "UPDATE songbatch.sessions SET seen = now() - interval '9 s' WHERE id = $1";
  await expect
    .poll(async () => {
      await database.query(silence, [id]);
      return lifeSignOf(database, id);
    })
    .toBe('silent');
  await expect.poll(session.isAlive).toBe(false);
  await session.close();
});
