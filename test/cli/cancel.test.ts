import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createWorld, manifestText, until } from './rig.ts';

const statusesOf = (books: { readonly statuses: Readonly<Partial<Record<string, number>>> }) =>
  books.statuses;

describe('songbatch cancel', () => {
  test('cancels what is queued, kills what runs, and buys none of it again until it is told to', async () => {
    // One worker: one task runs, the others are queued.
    const world = await createWorld({ speed: 5, workers: 1 });
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const { child, ended } = world.start('run', 'm.yaml');
    await until(() => world.server.books().created === 3);
    child.kill('SIGINT');
    await ended;

    const cancel = await world.songbatch('cancel', 'm.yaml');
    expect(cancel.code).toBe(0);
    expect(cancel.stderr.match(/cancelled by you/g)?.length).toBeGreaterThanOrEqual(3);
    expect(statusesOf(world.server.books())).toEqual({ task_cancel: 3 });

    const run = await world.songbatch('run', 'm.yaml');
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('0 done · 3 failed · 0 submissions');

    const retryFailed = await world.songbatch('retry', 'm.yaml');
    expect(retryFailed.stdout).toContain('0 of 3 failed jobs are wanted again');
    const retry = await world.songbatch('retry', 'm.yaml', '--cancelled', '--only', 'seed=2');
    expect(retry.stdout).toContain('1 of 1 failed jobs are wanted again');
    const { stdout } = await world.songbatch('plan', 'm.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ selected: { waiting: 1, failed: 2 } });
  });

  test('keeps the song of a task that was quicker', async () => {
    // Cancel and Kill are answered only after the task has ended.
    const slowly = {
      status: 200,
      body: '{"result":false,"errors":[{"code":1,"message":"Task could not be killed"}]}',
    };
    const world = await createWorld({
      speed: 60,
      meddle: (path) => (/Cancel|Kill/.test(path) ? slowly : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { child, ended } = world.start('run', 'm.yaml');
    await until(() => world.server.books().created === 1);
    child.kill('SIGINT');
    await ended;
    const cancel = await world.songbatch('cancel', 'm.yaml');
    expect(cancel.code).toBe(0);
    expect(cancel.stdout).toContain('1 done');
    expect(existsSync(join(world.folder, 'out/vocal/1.wav'))).toBe(true);
  });

  test('leaves songs alone that nobody has listened to', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2, more: 'checks: { minSeconds: 5 }' }));
    await world.songbatch('run', 'm.yaml', '--no-measure');
    const cancel = await world.songbatch('cancel', 'm.yaml');
    expect(cancel.code).toBe(0);
    expect(cancel.stdout).toMatch(/^2 done · 0 submissions/);
    expect(cancel.stderr).not.toContain('measured');
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('2 failed');
  });

  test('settles a submission in doubt before it cancels its task', async () => {
    const world = await createWorld({
      speed: 5,
      meddle: (path, nth) => (path.startsWith('/Run/') && nth === 1 ? 'lose-answer' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { child, ended } = world.start('run', 'm.yaml');
    await until(() => world.server.books().created === 1);
    child.kill('SIGKILL');
    await ended;
    const cancel = await world.songbatch('cancel', 'm.yaml', '--settle-grace', '1s');
    expect(cancel.code).toBe(0);
    expect(statusesOf(world.server.books())).toEqual({ task_cancel: 1 });
  });
});

describe('Ctrl-C', () => {
  test('with --on-interrupt drain waits for what is in flight', async () => {
    const world = await createWorld({ speed: 60, workers: 4 });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const words = ['run', 'm.yaml', '--tasks', '3', '--on-interrupt', 'drain'];
    const { child, ended } = world.start(...words);
    await until(() => world.server.books().created === 3);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(143);
    expect(stdout).toContain('3 done · 3 waiting');
  });

  test('with --on-interrupt cancel stops what is in flight', async () => {
    const world = await createWorld({ speed: 5 });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const words = ['run', 'm.yaml', '--tasks', '3', '--on-interrupt', 'cancel'];
    const { child, ended } = world.start(...words);
    await until(() => world.server.books().created === 3);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('0 done · 3 failed · 3 waiting');
    expect(statusesOf(world.server.books())).toEqual({ task_cancel: 3 });
  });

  test('takes back what still waits for the rate limit: nothing is bought after it', async () => {
    const world = await createWorld({ speed: 5 });
    const more = 'limits: { tasks: 10, requests: 1/s }';
    world.write('m.yaml', manifestText({ seeds: 10, more }));
    const { child, ended } = world.start('run', 'm.yaml');
    await until(() => world.server.books().created === 2);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    // One more may have been on its way.
    expect(world.server.books().created).toBeLessThanOrEqual(3);
    expect(stdout).not.toContain('in doubt');
  });

  test('twice ends it at once, and nothing is lost', async () => {
    const world = await createWorld({ speed: 30 });
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const { child, ended, stderr } = world.start('run', 'm.yaml', '--on-interrupt', 'drain');
    await until(() => world.server.books().created === 3);
    child.kill('SIGINT');
    await until(() => stderr().includes('waiting for tasks in flight'));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const again = await world.songbatch('run', 'm.yaml');
    expect(again.stdout).toContain('3 done');
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });

  test('SIGHUP waits for what is in flight and exits with 3', async () => {
    const world = await createWorld({ speed: 60, workers: 4 });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const { child, ended } = world.start('run', 'm.yaml', '--tasks', '3');
    await until(() => world.server.books().created === 3);
    child.kill('SIGHUP');
    const { code, stdout } = await ended;
    expect(code).toBe(3);
    expect(stdout).toContain('3 done · 3 waiting');
  });
});

describe('songbatch retry', () => {
  test('looks again at a task whose song could not be had, and buys nothing', async () => {
    const world = await createWorld({ faults: { rates: { 'download.404': 1 } } });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const first = await world.songbatch('run', 'm.yaml');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('the song cannot be downloaded');
    // The same command does not try what was paid for and cannot be had.
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('2 failed · 0 submissions');

    world.server.setFaults({ rates: {} });
    const retry = await world.songbatch('retry', 'm.yaml');
    expect(retry.stdout).toContain('2 of 2 failed jobs are wanted again');
    const last = await world.songbatch('run', 'm.yaml');
    expect(last.code).toBe(0);
    expect(last.stdout).toContain('2 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
    expect(last.stdout).toContain(`$0.0351 spent`);
  });

  test('grants failed jobs as many attempts as before', async () => {
    const world = await createWorld({ faults: { rates: { 'task.fail': 1 } } });
    world.write('m.yaml', manifestText({ seeds: 1, more: 'retry: { attempts: 2 }' }));
    await world.songbatch('run', 'm.yaml');
    expect(world.server.books().created).toBe(2);
    await world.songbatch('retry', 'm.yaml', '--failed');
    await world.songbatch('run', 'm.yaml');
    expect(world.server.books().created).toBe(4);
    await world.songbatch('run', 'm.yaml');
    expect(world.server.books().created).toBe(4);
  });
});
