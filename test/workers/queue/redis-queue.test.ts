import { afterAll, beforeAll } from 'vitest';
import { startRedis, type RedisServer } from '../servers/redis.ts';
import { describeOutages, describeQueue } from './queue-contract.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const address = () => ({ kind: 'redis', url: server.url }) as const;

describeQueue(address);
describeOutages(address, () => ({
  kill: server.kill,
  restart: async () => {
    await server.kill();
    await server.restart();
  },
}));
