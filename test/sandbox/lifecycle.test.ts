import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { stages } from '../../src/sandbox/lifecycle.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { call, detail, ended, first, held, lyrics, runPath, start, until } from './rig.ts';

async function run(sandbox: Sandbox, seed = 1): Promise<string> {
  return (await call(sandbox, runPath, { prompt: lyrics, seed })).taskid;
}

describe('the life of a task', () => {
  it('shows each stage in the documented order', async () => {
    // Preparation then lasts a quarter of a second: long enough to be seen by any poll.
    const sandbox = await start({ speed: 8 });
    const id = await run(sandbox);
    const seen: string[] = [];
    await until(sandbox, id, (status) => {
      if (seen.at(-1) !== status) seen.push(status);
      return status === 'task_postprocess_end';
    });
    const order = seen.map((status) => stages.findIndex((stage) => stage === status));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(seen).toEqual(expect.arrayContaining(['task_preprocess_start', 'task_postprocess_end']));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('executes while the song is rendered, however long that takes', async () => {
    const engine = held();
    const sandbox = await start(engine);
    const id = await run(sandbox);
    const task = await until(sandbox, id, (status) => status === 'task_start');
    expect(task).toMatchObject({
      endtime: '0',
      postprocessendtime: '0',
      outputs: [],
      totalcost: '0',
    });
    engine.release();
    expect(await ended(sandbox, id)).toMatchObject({ pexit: '0', elapsedseconds: '1.5000' });
  });

  it('executes no more tasks at once than there are workers, in order', async () => {
    const engine = held();
    const sandbox = await start({ ...engine, workers: 2 });
    const ids = [await run(sandbox, 1), await run(sandbox, 2), await run(sandbox, 3)];
    await until(sandbox, ids[1] ?? '', (status) => status === 'task_start');
    expect(sandbox.books().statuses).toEqual({ task_start: 2, task_queue: 1 });
    expect((await detail(sandbox, ids[2] ?? ''))['status']).toBe('task_queue');
    engine.release();
    await until(sandbox, ids[2] ?? '', (status) => status === 'task_start');
    engine.release();
    await ended(sandbox, ids[2] ?? '');
    expect(sandbox.books().statuses).toEqual({ task_postprocess_end: 3 });
  });

  it('takes about as long as the real thing, divided by the speed', async () => {
    const sandbox = await start({ speed: 50 });
    const begun = performance.now();
    await ended(sandbox, await run(sandbox));
    // 1 s in the queue, 3.5 s of preparation, 3 s of execution, 1.5 s to conclude.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(9000 / 50);
  });
});

describe('Task/Cancel', () => {
  it('takes a task out of the queue, which is never executed or billed', async () => {
    const engine = held();
    const sandbox = await start({ ...engine, workers: 1 });
    const running = await run(sandbox, 1);
    await until(sandbox, running, (status) => status === 'task_start');
    const queued = await run(sandbox, 2);
    const next = await run(sandbox, 3);
    const answer = await call(sandbox, 'Task/Cancel', { taskid: queued });
    expect(answer).toMatchObject({ result: true, errors: [] });
    const task = first(answer.tasklist);
    expect(task).toMatchObject({
      id: queued,
      status: 'task_cancel',
      totalcost: '0',
      outputs: [],
    });
    expect(Number(task['canceltime'])).toBeGreaterThan(0);
    engine.release();
    await until(sandbox, next, (status) => status === 'task_start');
    engine.release();
    await ended(sandbox, next);
    expect(engine.asked()).toBe(2);
    expect(await detail(sandbox, queued)).toMatchObject({ status: 'task_cancel', starttime: '0' });
  });

  it('finds the task by its token as well', async () => {
    const sandbox = await start({ speed: 1 });
    const { taskid, socketaccesstoken } = await call(sandbox, runPath, { prompt: lyrics });
    const answer = await call(sandbox, 'Task/Cancel', { tasktoken: socketaccesstoken });
    expect(first(answer.tasklist)).toMatchObject({ id: taskid, status: 'task_cancel' });
  });

  it('refuses a task that runs, has ended, or does not exist', async () => {
    const engine = held();
    const sandbox = await start(engine);
    const id = await run(sandbox);
    await until(sandbox, id, (status) => status === 'task_start');
    const no = {
      result: false,
      errors: [{ code: 1, message: 'Task is not in a cancellable state.' }],
    };
    expect(await call(sandbox, 'Task/Cancel', { taskid: id })).toEqual(no);
    engine.release();
    await ended(sandbox, id);
    expect(await call(sandbox, 'Task/Cancel', { taskid: id })).toEqual(no);
    expect((await call(sandbox, 'Task/Cancel', { taskid: '9' })).errors[0]?.message).toBe(
      'There is no task yet.',
    );
    expect((await call(sandbox, 'Task/Cancel', {})).errors[0]?.message).toBe(
      'Request parameter [taskid] required',
    );
  });
});

describe('Task/Kill', () => {
  it.each([
    ['taskid', 'taskid'],
    ['tasktoken', 'socketaccesstoken'],
    ['socketaccesstoken', 'socketaccesstoken'],
  ] as const)('ends a running task by %s, unbilled', async (name, field) => {
    const engine = held();
    const sandbox = await start({ ...engine, workers: 1 });
    const accepted = await call(sandbox, runPath, { prompt: lyrics });
    const next = await run(sandbox, 2);
    await until(sandbox, accepted.taskid, (status) => status === 'task_start');
    const answer = await call(sandbox, 'Task/Kill', { [name]: accepted[field] });
    expect(first(answer.tasklist)).toMatchObject({ id: accepted.taskid, status: 'task_cancel' });
    // The worker is free for the next one, and the song that comes too late changes nothing.
    await until(sandbox, next, (status) => status === 'task_start');
    engine.release();
    await ended(sandbox, next);
    expect(await detail(sandbox, accepted.taskid)).toMatchObject({
      status: 'task_cancel',
      totalcost: '0',
      outputs: [],
    });
    expect(sandbox.books()).toMatchObject({
      statuses: { task_cancel: 1, task_postprocess_end: 1 },
    });
  });

  it('refuses a task that is queued or has ended', async () => {
    const engine = held();
    const sandbox = await start({ ...engine, workers: 1 });
    const running = await run(sandbox, 1);
    await until(sandbox, running, (status) => status === 'task_start');
    const queued = await run(sandbox, 2);
    const message = async (taskid: string): Promise<string | undefined> =>
      (await call(sandbox, 'Task/Kill', { taskid })).errors[0]?.message;
    expect(await message(queued)).toBe('Task could not be killed: it is still in the queue.');
    await call(sandbox, 'Task/Kill', { taskid: running });
    expect(await message(running)).toBe('Task could not be killed: it has ended.');
    expect(await message('9')).toBe('There is no task yet.');
  });
});

describe('close', () => {
  it('ends at once, with connections open and tasks running', async () => {
    const engine = held();
    const sandbox = await start(engine);
    await until(sandbox, await run(sandbox), (status) => status === 'task_start');
    await sandbox.close();
    await sandbox.close();
    await expect(fetch(sandbox.url)).rejects.toThrow();
    engine.release();
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const module = new URL('../../src/sandbox/sandbox.ts', import.meta.url).href;
    const script = `
      const { startSandbox } = await import(${JSON.stringify(module)});
      const sandbox = await startSandbox({ speed: 1e6 });
      const call = async (path, body) => (await fetch(sandbox.url + '/' + path, {
        method: 'POST', headers: { 'x-api-key': 'k' }, body: JSON.stringify(body) })).json();
      const { taskid } = await call(${JSON.stringify(runPath)}, { prompt: 'la' });
      while (!sandbox.books().statuses.task_postprocess_end) await new Promise((r) => setTimeout(r, 5));
      for (let i = 0; i < 5; i++) await call(${JSON.stringify(runPath)}, { prompt: 'la', seed: i });
      const { billed } = sandbox.books();
      await sandbox.close();
      console.log(Number(billed) > 0 ? 'sung' : 'failed');`;
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect({ stdout, stderr }).toEqual({ stdout: 'sung\n', stderr: '' });
  });
});
