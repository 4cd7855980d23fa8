import { describe, expect, test } from 'vitest';
import { importPeer } from '../../src/queue/bullmq.ts';
import { isOutage, sitOut } from '../../src/queue/outage.ts';
import { serverOf, type QueueAddress } from '../../src/queue/queue-address.ts';
import { QueueError } from '../../src/queue/queue-error.ts';
import { readOrder } from '../../src/queue/song-queue.ts';
import { seldom } from '../../src/queue/trouble.ts';

describe('an address', () => {
  test.each<[QueueAddress['kind'], string, string]>([
    ['postgres', 'postgres://me:secret@db.example:5433/songs', 'PostgreSQL at db.example:5433'],
    ['postgres', 'postgresql://db.example/songs?sslmode=require', 'PostgreSQL at db.example:5432'],
    ['postgres', 'postgres:///songs?host=/run/postgresql', 'PostgreSQL at /run/postgresql'],
    ['postgres', 'postgres://me@[::1]/songs', 'PostgreSQL at [::1]:5432'],
    ['redis', 'redis://:secret@cache.example', 'Redis at cache.example:6379'],
    ['redis', 'rediss://me:secret@cache.example:6380/2', 'Redis at cache.example:6380'],
  ])('in %s, %s, is shown without user and password', (kind, url, shown) => {
    expect(serverOf({ kind, url })).toBe(shown);
  });

  test('that is no URL is not repeated: it may hold a password', () => {
    const told = () => serverOf({ kind: 'postgres', url: 'postgres://me:se#cr:et@db/songs' });
    expect(told).toThrow(QueueError);
    expect(told).not.toThrow(/cr:et/);
  });
});

test('a package that is not installed is named, with what installs it', async () => {
  const missing = importPeer('songbatch-has-no-such-peer', 'redis');
  await expect(missing).rejects.toMatchObject({
    name: 'QueueError',
    message: 'the package songbatch-has-no-such-peer is not installed',
    hint: 'npm install bullmq@6 ioredis@5',
  });
});

test('what somebody else has put into the queue is no order', () => {
  const order = { batch: 'b', job: '7' };
  expect(readOrder({ ...order, more: 1 })).toEqual(order);
  expect(
    [undefined, null, 'b-7', {}, { batch: 'b' }, { batch: 'b', job: 7 }].map(readOrder),
  ).toEqual(Array.from({ length: 6 }));
});

describe('a server that is away', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), {
    code: 'ECONNREFUSED',
  });

  test.each([
    refused,
    // A name with two addresses.
    new AggregateError([refused, refused]),
    Object.assign(new Error('the database system is starting up'), { code: '57P03' }),
    Object.assign(new Error('sorry, too many clients already'), { code: '53300' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Reached the max retries per request limit (which is 3). Refer to ...'),
    new Error('LOADING Redis is loading the dataset in memory'),
  ])('is known by %s', (error) => {
    expect(isOutage(error)).toBe(true);
  });

  test.each([
    new TypeError('undefined is not a function'),
    Object.assign(new Error('permission denied for table job'), { code: '42501' }),
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    'ECONNREFUSED',
  ])('is not what says %s', (error) => {
    expect(isOutage(error)).toBe(false);
  });

  test('is asked again', async () => {
    let turns = 0;
    const answer = await sitOut('PostgreSQL', () =>
      ++turns < 2 ? Promise.reject(refused) : Promise.resolve(turns),
    );
    expect(answer).toBe(2);
  });

  test('is not asked again where it has answered', async () => {
    let turns = 0;
    const denied = () => {
      turns++;
      return Promise.reject(new Error('permission denied'));
    };
    await expect(sitOut('PostgreSQL', denied)).rejects.toThrow('permission denied');
    expect(turns).toBe(1);
  });
});

test('the same trouble is told once a minute', () => {
  const told: string[] = [];
  let now = 0;
  const tell = seldom(
    (message) => told.push(`${message} at ${now}`),
    () => now,
  );
  for (now = 0; now < 130_000; now += 1000) tell('refused');
  tell('no such table');
  tell('no such table');
  expect(told).toEqual([
    'refused at 0',
    'refused at 60000',
    'refused at 120000',
    'no such table at 130000',
  ]);
});
