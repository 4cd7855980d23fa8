/**
 * What a client that was written for Wiro does in a day, against the embedded server.
 */
import { expect, it, vi } from 'vitest';

import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { instant, lyrics, start } from '../sandbox/rig.ts';
import { ForeignClient, stateOf } from './foreign-client.ts';

const model = 'wiro/text-to-song-with-reference-YuE';
const account = { key: 'the-key', secret: 'the-secret' };

async function open(options: SandboxOptions = {}) {
  const sandbox = await start({ ...account, ...options });
  return { sandbox, client: new ForeignClient(sandbox.url, account.key, account.secret) };
}

/** Nothing leaves the queue. */
const asleep = { speed: 0.001 };
/** Everything is begun, and nothing comes to an end. */
const endless = { faults: { rates: { 'task.hang': 1 } } };

it('runs a model, waits for its end and downloads what came out', async () => {
  const { client } = await open();
  const parameters = { prompt: lyrics, genre: ['Pop', 'rock'], mood: 'happy', seed: '7' };
  const { taskid, socketaccesstoken: tasktoken } = await client.run(model, parameters);

  const task = await client.wait({ tasktoken });
  expect(stateOf(task)).toBe('completed');
  expect(task).toMatchObject({ id: taskid, parameters, totalcost: '0.001755000000' });
  expect(await client.task({ taskid })).toEqual(task);

  const [output] = task.outputs;
  const song = await fetch(output?.url ?? '');
  expect(song.headers.get('content-type')).toBe(output?.contenttype);
  expect((await song.bytes()).length).toBe(Number(output?.size));
});

it('pages through its tasks with numbers as strings, and by a part of the name', async () => {
  const { client } = await open();
  const ids: string[] = [];
  for (let seed = 0; seed < 5; seed++) {
    ids.unshift((await client.run(model, { prompt: lyrics, seed: String(seed) })).taskid);
  }
  const seen: string[] = [];
  for (;;) {
    const page = await client.list(seen.length, 2, 'reference-yue');
    seen.push(...page.tasklist.map(({ id }) => id));
    if (seen.length >= Number.parseInt(page.total, 10)) break;
  }
  expect(seen).toEqual(ids);
  expect((await client.list(0, 20)).tasklist.map(({ id }) => id)).toEqual(ids);
  expect(await client.list(0, 20, 'another')).toMatchObject({ total: '0', tasklist: [] });
});

it('cancels a task in the queue by its id, and by its token through its id', async () => {
  const { client } = await open(asleep);
  const { taskid } = await client.run(model, { prompt: lyrics });
  const { socketaccesstoken: tasktoken } = await client.run(model, { prompt: lyrics });
  expect(await client.task({ taskid })).toMatchObject({ status: 'task_queue', pexit: '' });
  for (const reference of [{ taskid }, { tasktoken }]) {
    await client.cancel(reference);
    expect(stateOf(await client.wait(reference))).toBe('cancelled');
  }
  await expect(client.cancel({ taskid })).rejects.toThrow(
    'HTTP 200: 1 Task is not in a cancellable state.',
  );
});

it('kills a running task by its id and by its token', async () => {
  const { client, sandbox } = await open(endless);
  const { taskid } = await client.run(model, { prompt: lyrics });
  const { socketaccesstoken: tasktoken } = await client.run(model, { prompt: lyrics });
  await vi.waitUntil(() => sandbox.books().statuses.task_start === 2, { timeout: 60_000 });
  // Whoever reads "0" here takes a running task for a success.
  expect(await client.task({ taskid })).toMatchObject({ status: 'task_start', pexit: '' });
  for (const reference of [{ taskid }, { tasktoken }]) {
    expect((await client.kill(reference)).tasklist.map(stateOf)).toEqual(['cancelled']);
    expect(stateOf(await client.wait(reference))).toBe('cancelled');
  }
  await expect(client.kill({ tasktoken })).rejects.toThrow(
    'HTTP 200: 1 Task could not be killed: ',
  );
});

it('uploads a song and has it sung after', async () => {
  const references: string[] = [];
  const { client } = await open({
    render: (song) => {
      references.push(song.reference);
      return instant(song);
    },
  });
  const file = await client.upload(new Blob(['RIFF....WAVE and so on']), 'my song.wav');
  expect(file).toMatchObject({ contenttype: 'audio/wav', size: '22' });
  expect(await (await fetch(file.url)).text()).toBe('RIFF....WAVE and so on');

  const { taskid } = await client.run(model, { prompt: lyrics, inputAudioUrl: file.url });
  expect(stateOf(await client.wait({ taskid }))).toBe('completed');
  expect(references).toEqual([expect.stringMatching(/^sha256:/)]);
});

it('reads what a model takes, and runs it with that', async () => {
  const { client } = await open();
  const described = await client.model(model);
  const { cleanslugowner, cleanslugproject, cps, approximatelycost } = described;
  expect(`${cleanslugowner}/${cleanslugproject}`).toBe(model.toLowerCase());
  expect(described.categories).toContain('text-to-song');
  expect([cps, approximatelycost].map(Number).every((price) => price > 0)).toBe(true);

  const items = (described.parameters ?? []).flatMap((group) => group.items);
  expect(items.filter((item) => item.required).map(({ id }) => id)).toEqual(['prompt']);
  const chosen = new Map<string, string | readonly string[]>();
  for (const { id, type, options } of items) {
    const last = options?.at(-1)?.value;
    if (last !== undefined) chosen.set(id, type === 'multiselect' ? [last] : last);
  }
  expect(chosen.size).toBe(6);
  const parameters = { ...Object.fromEntries(chosen), prompt: lyrics };
  const { taskid } = await client.run(`${cleanslugowner}/${cleanslugproject}`, parameters);
  expect(await client.wait({ taskid })).toMatchObject({ pexit: '0', parameters });
});

it.each([
  ['task.fail', { status: 'task_postprocess_end', pexit: '1' }],
  ['task.error', { status: 'task_error', pexit: '1' }],
] as const)('sees a task that failed (%s), and nothing charged', async (fault, fields) => {
  const { client } = await open({ faults: { rates: { [fault]: 1 } } });
  const { socketaccesstoken: tasktoken } = await client.run(model, { prompt: lyrics });
  const task = await client.wait({ tasktoken });
  expect(stateOf(task)).toBe('failed');
  expect(task).toMatchObject({ ...fields, outputs: [], totalcost: '0' });
  expect(task.debugerror).not.toBe('');
});

it('is told what it did wrong', async () => {
  const { client, sandbox } = await open();
  await expect(client.run(model, {})).rejects.toThrow('200: 0 Request parameter [prompt] required');
  await expect(client.run('wiro/other', { prompt: lyrics })).rejects.toThrow(
    'HTTP 200: 1 slug-owner-project-not-exist',
  );
  await expect(client.task({ taskid: '1' })).rejects.toThrow('HTTP 200: 1 There is no task yet.');
  for (const stranger of [
    new ForeignClient(sandbox.url, account.key),
    new ForeignClient(sandbox.url, account.key, 'another-secret'),
    new ForeignClient(sandbox.url, 'another-key', account.secret),
  ]) {
    await expect(stranger.run(model, { prompt: lyrics })).rejects.toThrow('HTTP 401: ');
  }
  expect(sandbox.books().created).toBe(0);
});
