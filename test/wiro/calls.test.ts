/** What each call asks and what it makes of the answer, beyond what the run itself needs. */
import { expect, test } from 'vitest';
import { apiReasonOf, type ApiReason } from '../../src/job/api-fault.ts';
import type { WiroClient } from '../../src/wiro/client.ts';
import { clientOf, faultOf, model } from './client-rig.ts';
import { fakeClock } from './fake-clock.ts';
import { json, no, scriptedServer, silence, text, type Reply } from './scripted-server.ts';

const running = { id: '7', status: 'task_start', socketaccesstoken: 'tok' };

test('finds a task by its token, and takes no other for it', async () => {
  await using server = await scriptedServer(
    json({ result: true, tasklist: [{ ...running, socketaccesstoken: 'other' }] }),
    json({ result: true, tasklist: [running] }),
    no(1, 'There is no task yet.'),
  );
  await using api = clientOf(server);
  expect(await api.taskByToken('tok')).toMatchObject({ id: '7', token: 'tok' });
  expect(await api.taskByToken('tok')).toBeUndefined();
  expect(server.questions()).toEqual(Array(3).fill({ tasktoken: 'tok' }));
  expect(server.seen[0]?.path).toBe('/v1/Task/Detail');
});

test('kills a task by its token', async () => {
  await using server = await scriptedServer(
    json({ result: true, tasklist: [] }),
    no(1, 'Task could not be killed: it has ended'),
  );
  await using api = clientOf(server);
  expect(await api.killByToken('tok')).toEqual({ kind: 'stopped' });
  expect(await api.killByToken('tok')).toMatchObject({ kind: 'refused', code: 1 });
  expect(server.seen[0]?.path).toBe('/v1/Task/Kill');
  expect(server.questions()[0]).toEqual({ socketaccesstoken: 'tok' });
});

test('deletes the files of a task, and tells when the API will not', async () => {
  const words = 'Task must be completed or cancelled before deleting files';
  await using server = await scriptedServer(json({ result: true, errors: [] }), no(0, words));
  await using api = clientOf(server);
  expect(await api.deleteFiles('tok')).toEqual({ kind: 'deleted' });
  expect(await api.deleteFiles('tok')).toEqual({ kind: 'refused', code: 0, message: words });
  expect(server.seen[0]?.path).toBe('/v1/Task/InputOutputDelete');
  expect(server.questions()[0]).toEqual({ tasktoken: 'tok' });
});

test('describes a model, and knows one that is not there', async () => {
  await using server = await scriptedServer(
    json({ result: true, tool: [{ title: 'Songs', parameters: null, cps: '0.000585' }] }),
    no(1, 'slug-owner-project-not-exist'),
    json({ result: true, tool: [] }),
  );
  await using api = clientOf(server);
  expect(await api.model(model)).toMatchObject({ model, title: 'Songs', perSecond: 585_000_000n });
  expect(await api.model(model)).toBeUndefined();
  expect(await api.model(model)).toBeUndefined();
  expect(server.seen[0]?.path).toBe('/v1/Tool/Detail');
  expect(server.questions()[0]).toEqual({
    slugowner: 'wiro',
    slugproject: 'text-to-song-with-reference-yue',
  });
});

test('does not take a model that may not be used for one that is not there', async () => {
  await using server = await scriptedServer(no(1, 'tool-not-accessible'));
  await using api = clientOf(server);
  const fault = await faultOf(api.model(model));
  expect(fault).toMatchObject({ kind: 'refused', reason: 'not-found', code: 1 });
  expect(fault.message).toContain('tool-not-accessible');
});

/** Every call but `run`. */
const reads: [name: string, call: (api: WiroClient, signal?: AbortSignal) => Promise<unknown>][] = [
  ['task', (api, signal) => api.task('7', signal)],
  ['taskByToken', (api, signal) => api.taskByToken('tok', signal)],
  ['tasks', (api, signal) => api.tasks(model, { start: 0, limit: 100 }, signal)],
  ['cancel', (api, signal) => api.cancel('7', signal)],
  ['kill', (api, signal) => api.kill('7', signal)],
  ['killByToken', (api, signal) => api.killByToken('tok', signal)],
  ['deleteFiles', (api, signal) => api.deleteFiles('tok', signal)],
  ['price', (api, signal) => api.price(model, signal)],
  ['model', (api, signal) => api.model(model, signal)],
];

test.each(reads)('%s is denied by HTTP 401, with the words of the API', async (_name, call) => {
  await using server = await scriptedServer(no(0, 'Project authorization is not founded.', 401));
  await using api = clientOf(server);
  const fault = await faultOf(call(api));
  expect(fault).toMatchObject({ kind: 'denied', reason: 'denied', code: 0 });
  expect(fault.message).toContain('Project authorization is not founded.');
  expect(server.seen).toHaveLength(1);
});

test('run is refused by HTTP 401, whatever code comes with it', async () => {
  await using server = await scriptedServer(no(0, 'Project authorization is not founded.', 401));
  await using api = clientOf(server);
  expect(await api.run(model, {})).toEqual({
    kind: 'refused',
    code: 401,
    message: 'Project authorization is not founded.',
  });
  expect(apiReasonOf(401)).toBe('denied');
});

test.each(reads)('%s is broken off by its signal while nobody answers', async (_name, call) => {
  const stop = new AbortController();
  await using server = await scriptedServer((response, request) => {
    stop.abort(new Error('enough'));
    silence(response, request);
  });
  await using api = clientOf(server);
  await expect(call(api, stop.signal)).rejects.toThrow('enough');
  expect(server.seen).toHaveLength(1);
});

test.each(reads)('%s asks again after a fault', async (_name, call) => {
  await using server = await scriptedServer(
    text('<html>', 502),
    json({ result: true, tasklist: [running], tool: [{}] }),
  );
  await using api = clientOf(server);
  await call(api);
  expect(server.seen).toHaveLength(2);
});

test.each([
  [0, 'general'],
  [1, 'not-found'],
  [96, 'concurrency-limit'],
  [97, 'insufficient-balance'],
  [98, 'sign-in-required'],
  [99, 'bearer-token'],
  [12, 'general'],
] satisfies [number, ApiReason][])('names the reason behind code %i', async (code, reason) => {
  await using server = await scriptedServer(no(code, 'words of the server'));
  await using api = clientOf(server);
  const fault = await faultOf(api.price(model));
  expect(fault).toMatchObject({ code, reason });
  expect(fault.message).toContain('words of the server');
  expect(apiReasonOf(code)).toBe(reason);
});

test('all calls share one pool of as many connections as requests may be in flight', async () => {
  const sockets = new Set<number | undefined>();
  const answer: Reply = (response, request) => {
    sockets.add(response.socket?.remotePort);
    json({ result: true, taskid: '7', tasklist: [running], tool: [{}] })(response, request);
  };
  await using server = await scriptedServer(answer);
  await using api = clientOf(server, fakeClock(), { requestsInFlight: 2 });
  const rounds = [1, 2, 3].flatMap(() => [
    ...reads.map(([, call]) => call(api)),
    api.run(model, {}),
  ]);
  await Promise.all(rounds);
  expect(server.seen).toHaveLength(rounds.length);
  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('a closed client ends its reads, waits for the Run that is under way, and sends no more', async () => {
  let answerRun: (() => void) | undefined;
  await using server = await scriptedServer((response, request) => {
    if (!request.path.includes('/Run/')) return;
    answerRun = () => {
      json({ result: true, taskid: '1', socketaccesstoken: 't' })(response, request);
    };
  });
  const api = clientOf(server);
  const read = faultOf(api.task('7'));
  const run = api.run(model, {});
  while (server.seen.length < 2) await new Promise(setImmediate);

  let isClosed = false;
  const closed = api.close().then(() => {
    isClosed = true;
  });
  const late = await api.run(model, {});
  expect(late).toMatchObject({ kind: 'not-sent' });
  expect(isClosed).toBe(false);
  answerRun?.();
  expect(await run).toEqual({ kind: 'accepted', taskId: '1', token: 't' });
  await closed;
  expect(await read).toMatchObject({ reason: 'closed', kind: 'unreachable' });
  expect(await faultOf(api.task('7'))).toMatchObject({ reason: 'closed' });
  expect(server.seen).toHaveLength(2);
});

test('a closed client does not wait until it may try again', async () => {
  await using server = await scriptedServer(text('', 503, { 'retry-after': '60' }));
  const started = Promise.withResolvers<undefined>();
  const clock = fakeClock();
  const api = clientOf(server, clock, {
    clock: {
      ...clock,
      sleep: (_milliseconds, signal) =>
        new Promise((_resolve, reject) => {
          started.resolve(undefined);
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    },
  });
  const read = faultOf(api.task('7'));
  await started.promise;
  await api.close();
  expect(await read).toMatchObject({ reason: 'closed' });
});
