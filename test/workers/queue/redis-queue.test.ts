import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startRedis, type RedisServer } from '../servers/redis.ts';
import { describeOutages, describeQueue } from './queue-contract.ts';
import { createScene, holding, orders } from './rig.ts';

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

test('an order that comes again to who works on it is worked on once', async () => {
  const { queue, work } = await createScene(address(), onTestFinished);
  const { handle, started, inHand, release } = holding();
  await queue.add(orders(1, 3));
  await work({ concurrency: 6, handle });
  await expect.poll(inHand).toBe(3);

  // Longer than a lock: nobody can say any more that the orders are his.
  await server.kill();
  await delay(6000);
  await server.restart();
  await delay(9000);
  while (inHand() > 0) release();

  await expect.poll(queue.counts).toEqual({ waiting: 0, active: 0, delayed: 0 });
  expect(started).toEqual(['1', '2', '3']);
});
