import { afterAll, beforeAll, describe, inject } from 'vitest';
import { createDatabase } from '../servers/postgres.ts';
import { startRedis, type RedisServer } from '../servers/redis.ts';
import { describeSchedules } from './schedules-contract.ts';

describe('in PostgreSQL:', () => {
  describeSchedules(async () => ({
    kind: 'postgres',
    url: await createDatabase(inject('postgres')),
  }));
});

describe('in Redis:', () => {
  let server: RedisServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describeSchedules(() =>
    Promise.resolve({ kind: 'redis', url: `${server.url}/${databases++}` } as const),
  );
});
