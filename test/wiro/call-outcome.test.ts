/** Every request to the API is told once, with what became of it. */
import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.ts';
import { clientOf, faultOf, model } from './client-rig.ts';
import { hangUp, json, no, scriptedServer, silence, text, type Reply } from './scripted-server.ts';

const list = json({ result: true, errors: [], total: '0', tasklist: [] });
const accepted = json({ result: true, taskid: '7', socketaccesstoken: 't' });

async function toldBy(...replies: Reply[]) {
  const server = await scriptedServer(...replies);
  const told: string[] = [];
  const onCall = (call: string, outcome: string) => told.push(`${call} ${outcome}`);
  const api = clientOf(server, fakeClock(), { onCall });
  const close = async () => {
    await api.close();
    await server[Symbol.asyncDispose]();
  };
  return { api, told, [Symbol.asyncDispose]: close };
}

test.each<[outcome: string, reply: Reply]>([
  ['ok', accepted],
  ['concurrency-limit', no(96, 'you can run up to 5 tasks')],
  ['insufficient-balance', no(97, 'pay')],
  ['sign-in-required', no(98, 'sign in')],
  ['general', no(0, 'a parameter is missing')],
  ['denied', no(0, 'who are you', 401)],
  ['too-many-requests', text('', 429)],
  ['unusable', no(0, 'server fault', 500)],
  ['unusable', text('<html>', 200)],
  ['unusable', json({ result: true })],
  ['lost', hangUp],
])('a Run: %s', async (outcome, reply) => {
  await using its = await toldBy(reply);
  await its.api.run(model, {});
  expect(its.told).toEqual([`Run ${outcome}`]);
});

test.each<[outcome: string, reply: Reply]>([
  ['too-many-requests', text('', 429)],
  ['unusable', text('<html>', 502)],
  ['unusable', json({ result: true })],
  ['lost', hangUp],
])('a read that is repeated: %s, then ok', async (outcome, reply) => {
  await using its = await toldBy(reply, list);
  await its.api.tasks(model, { start: 0, limit: 10 });
  expect(its.told).toEqual([`Task/List ${outcome}`, 'Task/List ok']);
});

test.each<[outcome: string, reply: Reply]>([
  ['denied', no(0, 'who are you', 401)],
  ['not-found', no(1, 'no such task')],
  ['not-the-api', text('moved', 302)],
])('a read that is not: %s', async (outcome, reply) => {
  await using its = await toldBy(reply);
  await faultOf(its.api.tasks(model, { start: 0, limit: 10 }));
  expect(its.told).toEqual([`Task/List ${outcome}`]);
});

test('where nobody listens, nothing was sent', async () => {
  const told: string[] = [];
  await using api = clientOf({ baseUrl: 'http://127.0.0.1:1/v1' }, fakeClock(), {
    onCall: (call, outcome) => told.push(`${call} ${outcome}`),
  });
  expect(await api.run(model, {})).toMatchObject({ kind: 'not-sent' });
  expect(told).toEqual(['Run not-sent']);
});

test('what is taken back is not told', async () => {
  await using its = await toldBy(silence);
  const stop = new AbortController();
  const reading = its.api.task('7', stop.signal);
  stop.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(await its.api.run(model, {}, stop.signal)).toMatchObject({ kind: 'not-sent' });
  expect(its.told).toEqual([]);
});
