/** What a queue and its workers do, wherever the queue lives. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test } from 'vitest';
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import type { Handled } from '../../../src/queue/queue-worker.ts';
import { createScene, holding, mostInHand, orders, taken } from './rig.ts';

const empty = { waiting: 0, active: 0, delayed: 0 };

/** @param address asked when a test begins */
export function describeQueue(address: () => QueueAddress): void {
  describe.concurrent('a queue', () => {
    test('hands out each order once, however often it is added', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, started, inHand, release } = holding();

      await queue.add(orders(1, 2500));
      await queue.add(orders(1, 2500));
      expect(await queue.counts()).toEqual({ ...empty, waiting: 2500 });
      await work({ concurrency: 40, handle });
      await expect.poll(inHand).toBe(40);
      await queue.add(orders(1, 40));
      expect(await queue.counts()).toEqual({ ...empty, waiting: 2460, active: 40 });
      const releasing = setInterval(() => {
        while (inHand() > 0) release();
      }, 1);
      onTestFinished(() => {
        clearInterval(releasing);
      });

      await expect.poll(queue.counts).toEqual(empty);
      // Those that are handed out at the same time may be in any order.
      expect(started.toSorted()).toEqual(
        orders(1, 2500)
          .map(({ job }) => job)
          .toSorted(),
      );
    });

    test('takes an order again that is done', async ({ expect, onTestFinished }) => {
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, started, release, inHand } = holding();
      await work({ concurrency: 1, handle });

      for (const turn of [1, 2, 3]) {
        await queue.add(orders(1, 1));
        await expect.poll(inHand).toBe(1);
        expect(started.length).toBe(turn);
        release();
        await expect.poll(queue.counts).toEqual(empty);
      }
    });

    test('hands an order out again as often as its handler wants, before those that are new', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, work } = await createScene(address(), onTestFinished);
      const started: string[] = [];
      const handle = async ({ job }: { readonly job: string }): Promise<Handled> => {
        started.push(job);
        await delay(20);
        return job === '1' && started.length < 6 ? { again: 1 } : 'done';
      };
      await queue.add(orders(1, 6));

      await work({ concurrency: 1, handle });

      await expect.poll(queue.counts).toEqual(empty);
      expect(started.filter((job) => job === '1').length).toBeGreaterThan(2);
      expect(started.lastIndexOf('1')).toBeLessThan(started.indexOf('6'));
      expect(new Set(started).size).toBe(6);
    });

    test('lets those who order take turns', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, work } = await createScene(address(), onTestFinished);
      const started: string[] = [];
      const inTurns = (batch: string) =>
        orders(1, 4).map((order, index) => ({ ...order, batch, turn: Math.floor(index / 2) }));
      await queue.add(inTurns('1'));
      await queue.add(inTurns('2'));

      await work({
        concurrency: 1,
        handle: ({ batch }) => {
          started.push(batch);
          return Promise.resolve('done');
        },
      });

      await expect.poll(queue.counts).toEqual(empty);
      expect(started).toEqual(['1', '1', '2', '2', '1', '1', '2', '2']);
    });

    test('hands an order out again whose handler has thrown, and tells of it', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, work } = await createScene(address(), onTestFinished);
      let turns = 0;
      const handle = (): Promise<Handled> => {
        if (++turns === 1) throw new Error('no such table: jobs');
        return Promise.resolve('done');
      };
      await queue.add(orders(1, 1));

      const { troubles } = await work({ concurrency: 2, handle });

      await expect.poll(queue.counts).toEqual(empty);
      expect(turns).toBe(2);
      expect(troubles).toEqual(['no such table: jobs']);
    });

    test('lets a worker have more at once, and less as they end', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, started, inHand, release } = holding();
      await queue.add(orders(1, 8));
      const { setConcurrency } = await work({ concurrency: 1, handle });
      await expect.poll(inHand).toBe(1);

      setConcurrency(3);
      await expect.poll(inHand).toBe(3);
      setConcurrency(1);
      release();
      release();
      release();

      for (let job = 4; job <= 8; job++) {
        await expect.poll(() => [started.length, inHand()]).toEqual([job, 1]);
        release();
      }
      await expect.poll(queue.counts).toEqual(empty);
    });

    test('closes a worker when its handlers have ended', async ({ expect, onTestFinished }) => {
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, started, inHand, release } = holding();
      await queue.add(orders(1, 5));
      const worker = await work({ concurrency: 2, handle });
      await expect.poll(inHand).toBe(2);

      let closed = false;
      const closing = worker.close().then(() => (closed = true));
      release({ again: 0 });
      await expect.poll(queue.counts).toEqual({ waiting: 3, active: 1, delayed: 1 });
      expect(closed).toBe(false);
      release();
      await closing;

      expect(started).toEqual(['1', '2']);
      expect(await queue.counts()).toEqual({ waiting: 3, active: 0, delayed: 1 });
    });

    test('keeps the limit over three processes, to the one', async ({ expect, onTestFinished }) => {
      const { queue, startChild } = await createScene(address(), onTestFinished);
      await queue.setGlobalConcurrency(7);
      await queue.add(orders(1, 200));

      const children = [1, 2, 3].map(() => startChild({ concurrency: 6, hold: 25 }));

      await expect.poll(queue.counts).toEqual(empty);
      await expect.poll(() => taken(children).length).toBe(200);
      expect(new Set(taken(children)).size).toBe(200);
      expect(mostInHand(children)).toBe(7);
    });

    test("hands a dead worker's orders to another, before those that are new", async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, startChild, work } = await createScene(address(), onTestFinished);
      await queue.setGlobalConcurrency(3);
      await queue.add(orders(1, 20));
      const child = startChild({ concurrency: 3, hold: 1e9 });
      await expect.poll(() => taken([child]).length).toBe(3);
      const { handle, started, inHand } = holding();
      await work({ concurrency: 3, handle });

      child.process.kill('SIGKILL');
      await once(child.process, 'exit');
      await expect.poll(inHand).toBe(3);

      expect(started.toSorted()).toEqual(taken([child]).toSorted());
      expect((await queue.counts()).active).toBe(3);
    });

    test('does without a worker that was stopped, and with it when it goes on', async (context) => {
      const { expect, onTestFinished } = context;
      const { queue, startChild, work } = await createScene(address(), onTestFinished);
      await queue.setGlobalConcurrency(2);
      await queue.add(orders(1, 6));
      const child = startChild({ concurrency: 2, hold: 2000 });
      await expect.poll(() => taken([child]).length).toBe(2);

      child.process.kill('SIGSTOP');
      const { handle, started, inHand, release } = holding();
      const worker = await work({ concurrency: 2, handle });
      await expect.poll(inHand).toBe(2);
      expect(started.toSorted()).toEqual(taken([child]).toSorted());

      // Its handlers end, which is nobody's business any more, and it takes what is free.
      child.process.kill('SIGCONT');
      await expect.poll(() => child.said.filter(({ kind }) => kind === 'ends').length).toBe(2);
      expect((await queue.counts()).active).toBe(2);
      worker.setConcurrency(1);
      release();
      release();
      const releasing = setInterval(release, 10);
      onTestFinished(() => {
        clearInterval(releasing);
      });

      await expect.poll(queue.counts).toEqual(empty);
      expect(new Set([...started, ...taken([child])]).size).toBe(6);
      expect(child.said.filter(({ kind }) => kind === 'trouble')).toEqual([]);
    });
  });
}

export interface Server {
  /** A crash, until `restart`. */
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** One after another: each has the server for itself. */
export function describeOutages(address: () => QueueAddress, server: () => Server): void {
  describe('a queue whose server is away', () => {
    test('goes on with all that it had', async ({ expect, onTestFinished }) => {
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, started, inHand, release } = holding();
      await queue.add(orders(1, 20));
      const { troubles } = await work({ concurrency: 4, handle });
      await expect.poll(inHand).toBe(4);

      await server().kill();
      const adding = queue.add(orders(21, 25));
      release();
      release({ again: 0 });
      await expect.poll(() => troubles.length).toBeGreaterThan(0);
      await server().restart();

      await adding;
      const releasing = setInterval(release, 5);
      onTestFinished(() => {
        clearInterval(releasing);
      });
      await expect.poll(queue.counts).toEqual(empty);
      expect(new Set(started).size).toBe(25);
    });

    test('crashes again and again', async ({ expect, onTestFinished }) => {
      const { queue, work } = await createScene(address(), onTestFinished);
      const started = new Set<string>();
      await queue.setGlobalConcurrency(5);
      await work({
        concurrency: 10,
        handle: async ({ job }) => {
          started.add(job);
          await delay(10);
          return 'done';
        },
      });

      for (let round = 0; round < 3; round++) {
        await queue.add(orders(round * 100 + 1, round * 100 + 100));
        await server().restart();
      }

      await expect.poll(queue.counts).toEqual(empty);
      expect(started.size).toBe(300);
    });

    test('can be left', async ({ expect, onTestFinished }) => {
      const { queue, work } = await createScene(address(), onTestFinished);
      const { handle, inHand, release } = holding();
      await queue.add(orders(1, 3));
      const worker = await work({ concurrency: 2, handle });
      await expect.poll(inHand).toBe(2);

      await server().kill();
      const closing = worker.close();
      release();
      release({ again: 0 });
      await closing;
      await queue.close();

      await server().restart();
      const { queue: later } = await createScene(address(), onTestFinished);
      expect(await later.counts()).toEqual(empty);
    });
  });
}
