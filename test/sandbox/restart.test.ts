import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  call,
  detail,
  ended,
  first,
  instant,
  lyrics,
  post,
  runPath,
  sing,
  start,
  temporaryFolder,
  until,
} from './rig.ts';

const never = () => new Promise<never>(() => undefined);

describe('a sandbox with a folder', () => {
  it('knows its tasks after a restart, and their songs have the same paths', async () => {
    const folder = temporaryFolder();
    const before = await start({ folder });
    const task = await sing(before, { seed: 5 });
    const bytes = await (await fetch(first(task.outputs).url)).text();
    const books = before.books();
    await before.close();

    const after = await start({ folder });
    const again = await detail(after, task['id'] ?? '');
    expect({ ...again, outputs: [] }).toEqual({ ...task, outputs: [] });
    const { url } = first(again.outputs);
    expect(new URL(url).pathname).toBe(new URL(first(task.outputs).url).pathname);
    expect(new URL(url).port).toBe(new URL(after.url).port);
    expect(await (await fetch(url)).text()).toBe(bytes);
    expect(after.books()).toMatchObject({ ...books, requests: {} });
    expect(Number((await call(after, runPath, { prompt: lyrics })).taskid)).toBeGreaterThan(
      Number(task['id']),
    );
  });

  it('queues again what had not ended, and keeps what was cancelled, deleted or failed', async () => {
    const folder = temporaryFolder();
    const fails = () => Promise.reject(new Error('no'));
    const first0 = await start({
      folder,
      render: (song) => (song.seed === 'bad' ? fails() : instant(song)),
    });
    const failed = await sing(first0, { seed: 'bad' });
    const deleted = await sing(first0, { seed: 'deleted' });
    await call(first0, 'Task/InputOutputDelete', { tasktoken: deleted['socketaccesstoken'] });
    await first0.close();

    const second = await start({ folder, render: never, workers: 1 });
    const running = (await call(second, runPath, { prompt: lyrics })).taskid;
    await until(second, running, (status) => status === 'task_start');
    const queued = (await call(second, runPath, { prompt: lyrics })).taskid;
    const cancelled = (await call(second, runPath, { prompt: lyrics })).taskid;
    await call(second, 'Task/Cancel', { taskid: cancelled });
    await second.close();

    const third = await start({ folder });
    for (const id of [running, queued])
      expect(await ended(third, id)).toMatchObject({ pexit: '0' });
    expect((await detail(third, cancelled))['status']).toBe('task_cancel');
    expect(await detail(third, failed['id'] ?? '')).toMatchObject({ pexit: '1', debugerror: 'no' });
    expect(await detail(third, deleted['id'] ?? '')).toMatchObject({ pexit: '0', outputs: [] });
  });

  it('keeps what was uploaded', async () => {
    const folder = temporaryFolder();
    const before = await start({ folder });
    const form = new FormData();
    form.append('file', new Blob(['la la']), 'a.wav');
    const { url } = first((await post(before, 'File/Upload', form)).answer.list);
    await before.close();
    const after = await start({ folder });
    const moved = new URL(new URL(url).pathname, after.url);
    expect(await (await fetch(moved)).text()).toBe('la la');
  });

  it('drops a torn last line, wherever it was torn', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'journal.jsonl');
    const before = await start({ folder, render: never });
    await call(before, runPath, { prompt: lyrics, seed: 1 });
    const whole = readFileSync(path);
    await call(before, runPath, { prompt: lyrics, seed: 2 });
    const more = readFileSync(path);
    await before.close();
    for (const length of [
      whole.length,
      whole.length + 1,
      (whole.length + more.length) >> 1,
      more.length - 1,
    ]) {
      writeFileSync(path, more.subarray(0, length));
      const sandbox = await startSandbox({ folder, render: never });
      expect(sandbox.books().created).toBe(1);
      await sandbox.close();
      expect(readFileSync(path)).toEqual(whole);
    }
    // Torn in the very first line, too: nothing had been kept yet.
    writeFileSync(path, more.subarray(0, 10));
    const sandbox = await start({ folder, render: never });
    expect(sandbox.books().created).toBe(0);
  });

  it.each([
    ['{"task":{"id":"1"}}\n', /line 2: this is not an entry/],
    ['{"task"\n{}\n', /line 2: this is not JSON/],
  ])('refuses a damaged journal and leaves it as it was: %j', async (damage, message) => {
    const folder = temporaryFolder();
    await (await start({ folder })).close();
    const path = join(folder, 'journal.jsonl');
    appendFileSync(path, damage);
    const text = readFileSync(path, 'utf8');
    await expect(startSandbox({ folder })).rejects.toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it.each(['my notes', 'my notes\n'])('refuses a file that is not its own: %j', async (text) => {
    const folder = temporaryFolder();
    const path = join(folder, 'journal.jsonl');
    writeFileSync(path, text);
    await expect(startSandbox({ folder })).rejects.toThrow(/not a journal of this version/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('never writes an API key down', async () => {
    const folder = temporaryFolder();
    const sandbox = await start({ folder, key: 'very-secret-key' });
    await post(sandbox, runPath, { prompt: lyrics }, { 'x-api-key': 'very-secret-key' });
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).not.toContain('very-secret-key');
  });
});

describe('the lock of a folder', () => {
  it('keeps a second sandbox out, until the first is closed', async () => {
    const folder = temporaryFolder();
    const one = await start({ folder });
    await expect(startSandbox({ folder })).rejects.toThrow(
      `another sandbox (process ${process.pid}) keeps its books in ${folder}`,
    );
    await one.close();
    await start({ folder });
  });

  it.each(['999999999', String(process.pid), 'nonsense'])(
    'that a crash left behind is taken over: %s',
    async (pid) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'lock'), `${pid}\n`);
      await start({ folder });
    },
  );

  it('of a process that lives is respected', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock'), `${process.ppid}\n`);
    await expect(startSandbox({ folder })).rejects.toThrow(`process ${process.ppid}`);
  });
});
