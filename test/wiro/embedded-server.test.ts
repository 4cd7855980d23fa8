/** The client and the embedded server speak the same API: every call, over a real socket. */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parameterNames } from '../../src/manifest/parameters.ts';
import { createWiroClient, type WiroClient } from '../../src/wiro/client.ts';
import { lyrics, later, start, temporaryFolder } from '../sandbox/rig.ts';
import { faultOf, model } from './client-rig.ts';

const key = 'key-0123456789abcdef';
const secret = 'secret-fedcba9876543210';

function clientOf(url: string, credentials: { key: string; secret?: string }): WiroClient {
  const api = createWiroClient({ baseUrl: url, requestsPerSecond: 1000, ...credentials });
  later(api.close);
  return api;
}

async function buy(api: WiroClient): Promise<{ taskId: string; token: string }> {
  const answer = await api.run(model, { prompt: lyrics });
  if (answer.kind !== 'accepted') throw new Error(`not accepted: ${answer.message}`);
  return answer;
}

async function ended(api: WiroClient, token: string): Promise<string> {
  for (;;) {
    const state = (await api.taskByToken(token))?.state;
    if (state?.kind === 'succeeded') return state.outputs[0]?.url ?? '';
    if (state?.kind === 'failed') return '';
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function started(api: WiroClient, taskId: string): Promise<void> {
  while ((await api.task(taskId))?.state.kind === 'queued') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a task is bought, found by id and by token, listed, and its files are deleted', async () => {
  const sandbox = await start({ key, secret });
  const api = clientOf(sandbox.url, { key, secret });
  const { taskId, token } = await buy(api);
  const url = await ended(api, token);
  expect((await fetch(url)).status).toBe(200);
  expect(await api.task(taskId)).toMatchObject({ id: taskId, token });
  expect(await api.tasks(model, { start: 0, limit: 10 })).toMatchObject({
    total: 1,
    tasks: [{ id: taskId, token }],
  });

  expect(await api.deleteFiles(token)).toEqual({ kind: 'deleted' });
  expect(await api.deleteFiles(token)).toEqual({ kind: 'deleted' });
  expect((await fetch(url)).ok).toBe(false);
  expect(await api.task(taskId)).toBeDefined();
});

test('tasks are stopped: queued ones by id, running ones by id or token', async () => {
  const sandbox = await start({ key, speed: 1, workers: 1 });
  const api = clientOf(sandbox.url, { key });
  const [first, second, third] = [await buy(api), await buy(api), await buy(api)];
  expect(await api.cancel(third.taskId)).toEqual({ kind: 'stopped' });
  expect(await api.cancel(third.taskId)).toMatchObject({ kind: 'refused', code: 1 });
  expect(await api.deleteFiles(first.token)).toMatchObject({ kind: 'refused' });
  await started(api, first.taskId);
  expect(await api.killByToken(first.token)).toEqual({ kind: 'stopped' });
  await started(api, second.taskId);
  expect(await api.kill(second.taskId)).toEqual({ kind: 'stopped' });
  expect(await api.killByToken(second.token)).toMatchObject({ kind: 'refused', code: 1 });
  for (const { token } of [first, second, third]) {
    expect((await api.taskByToken(token))?.state).toMatchObject({ reason: 'cancelled' });
  }
});

test('the model is described, with every parameter that a manifest can set', async () => {
  const sandbox = await start();
  const api = clientOf(sandbox.url, { key });
  const tool = await api.model(model);
  expect(tool?.parameters.map(({ id }) => id).sort()).toEqual([...parameterNames].sort());
  expect(tool?.parameters.find(({ id }) => id === 'genre')?.options).toContain('Pop');
  expect(tool?.perTask).toBe((await api.price(model)).perTask);
  expect(await api.model('wiro/no-such-model')).toBeUndefined();
});

test('a song is uploaded, and is there as it was', async () => {
  const sandbox = await start();
  const api = clientOf(sandbox.url, { key });
  const content = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(2_000_000, 'la')]);
  const file = join(temporaryFolder(), 'voice.mp3');
  writeFileSync(file, content);
  const sha256 = hash('sha256', content);
  const url = await api.upload({ file, sha256, bytes: content.length });
  const served = await fetch(url);
  expect(served.headers.get('content-type')).toBe('audio/mpeg');
  expect(hash('sha256', await served.bytes())).toBe(sha256);
});

test('what is not there is told apart from what may not be had', async () => {
  const sandbox = await start({ key, secret });
  const api = clientOf(sandbox.url, { key, secret });
  expect(await api.task('404')).toBeUndefined();
  expect(await api.taskByToken('no-such-token')).toBeUndefined();
  expect(await api.deleteFiles('no-such-token')).toMatchObject({ kind: 'refused' });
  expect(await api.run('wiro/no-such-model', { prompt: lyrics })).toMatchObject({ code: 1 });

  const stranger = clientOf(sandbox.url, { key, secret: 'another-secret' });
  expect(await faultOf(stranger.task('1'))).toMatchObject({ kind: 'denied' });
  expect(await stranger.run(model, { prompt: lyrics })).toMatchObject({ code: 401 });
});
