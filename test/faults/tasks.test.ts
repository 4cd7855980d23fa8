/** Tasks that end badly: each failure has its name, and is tried again where nothing was billed. */
import { describe, expect, test } from 'vitest';
import { tinySong } from '../cli/rig.ts';
import type { RawTask } from './faulty-batch.ts';
import {
  expectWhole,
  inEverySituation,
  isTaskCall,
  meet,
  metadataOf,
  refusal,
  rewriteTasks,
} from './faulty-batch.ts';

/** As the API tells of a task that failed: nothing made, nothing billed. */
const failed = { status: 'task_postprocess_end', pexit: '0', outputs: [], totalcost: '0' };

const rows = [
  { name: 'task_error', reason: 'task-error', end: { ...failed, status: 'task_error' } },
  { name: 'pexit "1"', reason: 'exit-code', end: { ...failed, pexit: '1' } },
  { name: 'pexit 137', only: 'while running', reason: 'exit-code', end: { ...failed, pexit: 137 } },
  { name: 'no outputs', reason: 'no-outputs', end: failed },
  { name: 'task_cancel', reason: 'cancelled', end: { ...failed, status: 'task_cancel' } },
];

const isSeed2 = ({ parameters }: RawTask) => parameters['seed'] === '2';

describe.concurrent('a task that ends with', () => {
  test.for(inEverySituation(rows))(
    '$name is made again, $situation',
    async ({ situation, reason, end }, { onTestFinished }) => {
      let victim: string | undefined;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        target: isTaskCall,
        fault: () =>
          rewriteTasks((task) => {
            if (isSeed2(task)) victim ??= task.id;
            return task.id === victim ? { ...task, ...end } : task;
          }),
      });
      expect(batch.last.code).toBe(0);
      expect(batch.world.server.books()).toMatchObject({ created: 4, duplicates: 1 });
      expectWhole(batch);
      expect(metadataOf(batch.world).jobs[1]?.attempts).toMatchObject([
        { failure: { reason } },
        { taskId: expect.any(String) as string },
      ]);
    },
  );

  test.for(inEverySituation(rows.slice(0, 2)))(
    '$name every time fails its job after retry.attempts, and no other, $situation',
    async ({ situation, reason, end }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { more: 'retry: { attempts: 2 }' },
        target: isTaskCall,
        fault: () => rewriteTasks((task) => (isSeed2(task) ? { ...task, ...end } : task)),
      });
      expect(batch.last.code).toBe(1);
      expect(batch.last.stdout).toContain('2 done · 1 failed');
      expect(batch.world.server.books().created).toBe(4);
      const [, job] = metadataOf(batch.world).jobs;
      expect(job?.attempts).toMatchObject([{ failure: { reason } }, { failure: { reason } }]);
      expect((await batch.again()).code).toBe(1);
      expect(batch.world.server.books().created).toBe(4);
    },
  );

  test.for(inEverySituation([{ only: 'while running' }]))(
    'a bill all the same is not made again: it was paid for, $situation',
    async ({ situation }, { onTestFinished }) => {
      const end = { ...failed, pexit: '1', totalcost: '0.02' };
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        target: isTaskCall,
        fault: () => rewriteTasks((task) => (isSeed2(task) ? { ...task, ...end } : task)),
      });
      expect(batch.last.code).toBe(1);
      expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
      expect(metadataOf(batch.world).jobs[1]).toMatchObject({ status: 'failed', costUsd: '0.02' });
    },
  );
});

describe.concurrent('a task that never ends', () => {
  test.for(inEverySituation([{}]))(
    'is killed on the server after limits.taskTimeout and made again, $situation',
    async ({ situation }, { onTestFinished }) => {
      let stuck = 0;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        workers: 4,
        manifest: { more: 'limits: { taskTimeout: 1s }' },
        render: (song) => (song.seed === '2' && stuck++ === 0 ? forever() : tinySong(song)),
        target: isTaskCall,
        fault: () => 'pass',
      });
      expect(batch.last.code).toBe(0);
      const { statuses, created } = batch.world.server.books();
      expect({ statuses, created }).toEqual({
        statuses: { task_postprocess_end: 3, task_cancel: 1 },
        created: 4,
      });
      expectWhole(batch);
      expect(metadataOf(batch.world).jobs[1]?.attempts[0]?.failure?.reason).toBe('timeout');
    },
  );

  test('and cannot be stopped is not bought again while it may still end', async ({
    onTestFinished,
  }) => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const refused = {
      status: 200,
      body: '{"result":false,"errors":[{"code":1,"message":"Task could not be killed: busy"}]}',
    };
    let isStuck = true;
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      workers: 4,
      manifest: { more: 'limits: { taskTimeout: 1s }' },
      render: async (song) => {
        if (song.seed === '2') await released;
        return tinySong(song);
      },
      target: isTaskCall,
      fault: (_, path) => (isStuck && /Kill|Cancel/.test(path) ? refused : 'pass'),
    });
    expect(batch.last.code).toBe(3);
    expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
    isStuck = false;
    release(undefined);
    const last = await batch.again();
    expect(last.code).toBe(0);
    expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
    expectWhole({ ...batch, last });
  });

  test('and that nobody knows any more is reported, not bought again', async ({
    onTestFinished,
  }) => {
    const unknown = refusal(1, 'There is no task yet.');
    let isForgotten = false;
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      workers: 4,
      manifest: { more: 'limits: { taskTimeout: 1s }' },
      flags: ['--deadline', '1s'],
      render: (song) => (song.seed === '2' ? forever() : tinySong(song)),
      target: isTaskCall,
      fault: (_, path) => {
        if (!isForgotten) return path === '/Task/List' ? 'pass' : { status: 403, body: '' };
        return path === '/Task/List' ? rewriteTasks(() => undefined) : unknown;
      },
    });
    expect(batch.last.code).toBe(3);
    isForgotten = true;
    const last = await batch.again('--deadline', '30s');
    expect(last.code).toBe(1);
    expect(batch.world.server.books().created).toBe(3);
    expect(metadataOf(batch.world).jobs[1]?.attempts[0]?.failure?.reason).toBe('task-unknown');
  });

  test('cannot be asked to stop either while the API is down: it is left for the next run', async ({
    onTestFinished,
  }) => {
    let isDown = true;
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      workers: 4,
      manifest: { more: 'limits: { taskTimeout: 1s }' },
      render: (song) => (song.seed === '2' ? forever() : tinySong(song)),
      target: (path) => path === '/Task/Kill',
      fault: () => (isDown ? { status: 403, body: 'no' } : 'pass'),
    });
    expect(batch.last.stderr).not.toContain('bug');
    expect(batch.last.code).toBe(3);
    expect(batch.world.server.books().created).toBe(3);
    isDown = false;
    expect((await batch.again()).code).toBe(1);
  });
});

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
