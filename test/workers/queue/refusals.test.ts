import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { QueueError } from '../../../src/queue/queue-error.ts';
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import { workOn } from '../../../src/queue/queue-worker.ts';
import { openSchedules } from '../../../src/queue/schedules.ts';
import { openQueue } from '../../../src/queue/song-queue.ts';
import { openDatabase } from '../../../src/state/postgres/database.ts';
import { prepareLayout } from '../../../src/state/postgres/layout.ts';
import { createDatabase, query } from '../servers/postgres.ts';
import { startRedis, type RedisServer } from '../servers/redis.ts';
import { freePort } from '../servers/server-process.ts';

/** Each way to a queue says the same. */
async function refusal(address: QueueAddress): Promise<{ message: string; hint: string }> {
  const words = { concurrency: 1, handle: () => Promise.resolve('done' as const) };
  const ways = [
    () => openQueue(address, 'songs'),
    () => workOn(address, 'songs', { ...words, onTrouble: () => undefined }),
    () => openSchedules(address, 'account'),
  ];
  const refusals = await Promise.all(
    ways.map(async (way) => {
      try {
        await way();
      } catch (error) {
        if (!(error instanceof QueueError)) throw error;
        return { message: error.message, hint: error.hint ?? '' };
      }
      throw new Error('it was opened');
    }),
  );
  const [first] = refusals;
  if (!first) throw new Error('there is no way');
  expect(refusals).toEqual(ways.map(() => first));
  return first;
}

describe('PostgreSQL', () => {
  test('that is not there is named without its password', async () => {
    const port = await freePort();
    const url = `postgres://somebody:secret@127.0.0.1:${port}/songs`;
    expect(await refusal({ kind: 'postgres', url })).toEqual({
      message: `PostgreSQL at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
      hint: 'see that it runs, and that the address and the user are right',
    });
  });

  test('that has no such user says so', async () => {
    const url = new URL(inject('postgres'));
    url.username = 'nobody';
    url.password = 'secret';
    const { message } = await refusal({ kind: 'postgres', url: url.href });
    expect(message).toMatch(/^PostgreSQL at [\d.:]+ cannot be used: role "nobody" does not exist$/);
  });

  test('that lets the user do nothing says what it has to', async () => {
    const database = await createDatabase(inject('postgres'));
    const user = `runner_${randomBytes(6).toString('hex')}`;
    const name = new URL(database).pathname.slice(1);
    await query(database, `CREATE ROLE ${user} LOGIN`);
    await query(database, `REVOKE ALL ON DATABASE ${name} FROM public`);
    await query(database, `GRANT CONNECT ON DATABASE ${name} TO ${user}`);
    const url = new URL(database);
    url.username = user;
    const address = { kind: 'postgres', url: url.href } as const;
    const denied = { message: expect.stringContaining('permission denied for database') as string };
    expect(await refusal(address)).toMatchObject({
      ...denied,
      hint: expect.stringContaining('GRANT CREATE, TEMPORARY ON DATABASE') as string,
    });
    const state = await openDatabase(url.href, { shownAs: 'the database' });
    onTestFinished(state.close);
    await expect(prepareLayout(state)).rejects.toMatchObject({ name: 'StateError', ...denied });

    await query(database, `GRANT CREATE ON DATABASE ${name} TO ${user}`);
    await prepareLayout(state);
    const queue = await openQueue(address, 'songs');
    onTestFinished(queue.close);
    await expect(queue.add([{ batch: 'b', job: '1' }])).rejects.toThrow(QueueError);
    await query(database, `GRANT TEMPORARY ON DATABASE ${name} TO ${user}`);
    await queue.add([{ batch: 'b', job: '1' }]);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
  });

  test('whose URL has options of its own is used with them', async () => {
    const url = new URL(await createDatabase(inject('postgres')));
    url.searchParams.set('options', '-c statement_timeout=20000');
    const queue = await openQueue({ kind: 'postgres', url: url.href }, 'songs');
    onTestFinished(queue.close);
    await queue.add([{ batch: 'b', job: '1' }]);
    expect(await queue.counts()).toEqual({ waiting: 1, active: 0, delayed: 0 });
  });
});

describe('Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    // As Debian has it.
    server = await startRedis({ appendonly: 'no', appendfsync: 'everysec' });
  });
  afterAll(() => server.stop());
  const place = () => `Redis at ${new URL(server.url).host}`;

  test('that forgets what it has acknowledged is refused, with what to change', async () => {
    expect(await refusal({ kind: 'redis', url: server.url })).toEqual({
      message: `${place()} may lose what it has acknowledged: appendonly is no and must be yes, appendfsync is everysec and must be always`,
      hint: 'in redis.conf: appendonly yes, appendfsync always; then restart it',
    });
  });

  test('that throws out what it has no room for is refused', async () => {
    const evicting = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
    onTestFinished(evicting.stop);
    expect(await refusal({ kind: 'redis', url: evicting.url })).toEqual({
      message: `Redis at ${new URL(evicting.url).host} may lose what it has acknowledged: maxmemory-policy is allkeys-lru and must be noeviction`,
      hint: 'in redis.conf: maxmemory-policy noeviction; then restart it',
    });
  });

  test('that does not say is refused', async () => {
    const silent = await startRedis({ user: 'default on nopass ~* &* +@all -config' });
    onTestFinished(silent.stop);
    const { message, hint } = await refusal({ kind: 'redis', url: silent.url });
    expect(message).toMatch(
      /^Redis at [\d.:]+ does not say whether it keeps what it has acknowledged: NOPERM/,
    );
    expect(hint).toMatch(/^let this user ask .* or leave --queue away/);
  });

  test('whose password is wrong is named without it', async () => {
    const locked = await startRedis({ requirepass: 'right' });
    onTestFinished(locked.stop);
    const { host } = new URL(locked.url);
    const { message } = await refusal({ kind: 'redis', url: `redis://:wrong@${host}` });
    expect(message).toMatch(/^Redis at [\d.:]+ cannot be used: WRONGPASS/);
    expect(message).not.toMatch(/wrong@|right/);
  });

  test('that is not there is named', async () => {
    const port = await freePort();
    expect(await refusal({ kind: 'redis', url: `redis://:secret@127.0.0.1:${port}` })).toEqual({
      message: `Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
      hint: 'start it, or name another with --queue',
    });
  });
});
