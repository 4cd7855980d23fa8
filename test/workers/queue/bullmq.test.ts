import { expect, inject, onTestFinished, test } from 'vitest';
import { loadBullMQ } from '../../../src/queue/bullmq.ts';
import { reachServer, untilDone } from '../../../src/queue/connection.ts';

test('BullMQ has all that is used of it', async () => {
  const address = { kind: 'postgres', url: inject('postgres') } as const;
  const { Queue, Worker, DelayedError } = await loadBullMQ(address);
  const { options, backend } = await reachServer(address, 'queue');
  const queue = new Queue('shape', options, backend);
  const worker = new Worker(
    'shape',
    () => Promise.resolve(),
    {
      ...options,
      concurrency: 1,
      autorun: false,
      lockDuration: 5000,
      stalledInterval: 5000,
      maxStalledCount: 1,
      runRetryDelay: 1000,
    },
    backend,
  );
  onTestFinished(async () => {
    await worker.close();
    await queue.close();
  });
  const added = await queue.addBulk([
    { name: 'song', data: {}, opts: { ...untilDone, jobId: 'b-1' } },
  ]);
  const [job] = added as readonly object[];

  expect(new DelayedError().name).toBe('DelayedError');
  expect(functionsOf(queue)).toEqual(
    expect.arrayContaining([
      'waitUntilReady',
      'addBulk',
      'setGlobalConcurrency',
      'getJobCounts',
      'upsertJobScheduler',
      'getJobScheduler',
      'getJobSchedulers',
      'removeJobScheduler',
      'getBackend',
      'on',
      'close',
      'disconnect',
    ]),
  );
  const ofWorker = ['waitUntilReady', 'run', 'pause', 'resume', 'getBackend', 'on', 'close'];
  expect(functionsOf(worker)).toEqual(expect.arrayContaining([...ofWorker, 'disconnect']));
  expect(worker.concurrency).toBe(1);
  expect(functionsOf(worker.getBackend())).toEqual(
    expect.arrayContaining(['moveToActive', 'waitForJob', 'isMaxed', 'changePriority']),
  );
  expect(functionsOf(job ?? {})).toEqual(
    expect.arrayContaining(['changePriority', 'moveToDelayed']),
  );
  expect(job).toMatchObject({ id: 'b-1', data: {} });
});

/** The names of its methods, inherited ones too. */
function functionsOf(value: object): string[] {
  const names: string[] = [];
  for (let at: object = value; at !== Object.prototype;) {
    const own = Object.entries(Object.getOwnPropertyDescriptors(at));
    names.push(...own.flatMap(([name, { value: of }]) => (typeof of === 'function' ? name : [])));
    at = Object.getPrototypeOf(at) as object;
  }
  return names;
}
