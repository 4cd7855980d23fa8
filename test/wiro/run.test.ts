import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunAnswer } from '../../src/job/song-api.ts';
import { createWiroClient, type WiroOptions } from '../../src/wiro/client.ts';
import { exchange } from '../../src/wiro/exchange.ts';
import {
  hangUp,
  json,
  no,
  scriptedServer,
  silence,
  text,
  truncated,
  type Reply,
} from './scripted-server.ts';

const model = 'wiro/text-to-song-with-reference-yue';
const parameters = { prompt: '[verse]\nhello', genre: ['Pop'], seed: '42' };

async function runOnce(
  baseUrl: string,
  options: Partial<WiroOptions> = {},
  signal?: AbortSignal,
): Promise<RunAnswer> {
  const api = createWiroClient({
    baseUrl,
    key: 'the-key',
    requestsPerSecond: 1000,
    ...options,
  });
  try {
    return await api.run(model, parameters, signal);
  } finally {
    await api.close();
  }
}

test('posts the parameters as JSON to the path of the model, with the key', async () => {
  await using server = await scriptedServer(
    json({ result: true, errors: [], taskid: '2221', socketaccesstoken: 'tok' }),
  );
  expect(await runOnce(server.baseUrl)).toEqual({
    kind: 'accepted',
    taskId: '2221',
    token: 'tok',
  });
  expect(server.seen).toHaveLength(1);
  expect(server.seen[0]).toMatchObject({
    method: 'POST',
    path: `/v1/Run/${model}`,
    headers: { 'x-api-key': 'the-key', 'content-type': 'application/json' },
  });
  expect(server.seen[0]?.headers).not.toHaveProperty('x-signature');
  expect(server.questions()).toEqual([parameters]);
});

const refusals: [name: string, reply: Reply, code: number, message: string][] = [
  ['a task limit', no(96, 'you can run up to 5 tasks'), 96, 'you can run up to 5 tasks'],
  ['an empty balance', no(97, 'no balance'), 97, 'no balance'],
  ['a no without a reason', json({ result: false }), 0, 'the API gave no reason'],
  ['a code that comes as text', json({ result: false, errors: [{ code: '96' }] }), 96, 'the API'],
  ['HTTP 401 in plain text', text('Unauthorized', 401), 401, 'Unauthorized'],
  [
    'HTTP 401 with code 0',
    no(0, 'Project authorization is not valid.', 401),
    401,
    'Project authorization is not valid.',
  ],
  ['HTTP 400 with an envelope', no(0, 'Request parameters are invalid.', 400), 0, 'Request'],
  ['HTTP 404 with an envelope', no(0, 'Error parsing url.', 404), 0, 'Error parsing url.'],
  ['HTTP 429 of a proxy', text('<h1>slow down</h1>', 429), 429, 'slow down'],
];

test.each(refusals)('takes %s for a refusal', async (_name, reply, code, message) => {
  await using server = await scriptedServer(reply);
  const answer = await runOnce(server.baseUrl);
  expect(answer).toMatchObject({ kind: 'refused', code });
  expect('message' in answer && answer.message).toContain(message);
  expect(server.seen).toHaveLength(1);
});

const doubts: [name: string, reply: Reply][] = [
  ['a connection that breaks', hangUp],
  ['a 502 of HTML', text('<html>Bad gateway</html>', 502)],
  ['a 500 with an envelope', no(0, 'server fault', 500)],
  ['a page of HTML under 200', text('<html>hello</html>', 200)],
  ['an answer cut short', truncated('{"result": true, "taskid": "1"')],
  ['JSON cut short under the right length', text('{"result": true, "taskid":', 200)],
  ['an empty answer', text('', 200)],
  ['an answer without a result', json({ taskid: '2221' })],
  ['an acceptance under HTTP 500', json({ result: true, taskid: '1' }, 500)],
  ['an accepted Run without a task', json({ result: true, errors: [] })],
  ['a redirect', text('', 307, { location: '/v1/elsewhere' })],
  ['a 404 of HTML', text('<html>not here</html>', 404)],
];

test.each(doubts)('is in doubt after %s, and never sends twice', async (_name, reply) => {
  await using server = await scriptedServer(reply, json({ result: true, taskid: 'second' }));
  expect(await runOnce(server.baseUrl)).toMatchObject({ kind: 'unknown' });
  expect(server.seen).toHaveLength(1);
});

test('is in doubt when no answer comes in time, and never sends twice', async () => {
  await using server = await scriptedServer(silence);
  expect(await runOnce(server.baseUrl, { headersTimeout: 300 })).toMatchObject({ kind: 'unknown' });
  expect(server.seen).toHaveLength(1);
});

test('is in doubt when an answer stops in the middle', async () => {
  await using server = await scriptedServer((response) => response.write('{"result": true'));
  expect(await runOnce(server.baseUrl, { bodyTimeout: 300 })).toMatchObject({ kind: 'unknown' });
  expect(server.seen).toHaveLength(1);
});

test('takes a task id that is a number, and does without a token', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: 2221 }));
  expect(await runOnce(server.baseUrl)).toEqual({ kind: 'accepted', taskId: '2221', token: '' });
});

test('is in doubt when a kept connection breaks under the second Run', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: '1' }), hangUp);
  const api = createWiroClient({ baseUrl: server.baseUrl, key: 'k', requestsPerSecond: 1000 });
  expect(await api.run(model, parameters)).toMatchObject({ kind: 'accepted' });
  expect(await api.run(model, parameters)).toMatchObject({ kind: 'unknown' });
  expect(server.seen).toHaveLength(2);
  await api.close();
});

test('is certain that nothing was sent when no connection comes about', async () => {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');

  const answer = await runOnce(`http://127.0.0.1:${port}/v1`);
  expect(answer).toMatchObject({ kind: 'not-sent' });
  expect('message' in answer && answer.message).toContain('ECONNREFUSED');
});

test('is certain that nothing was sent when the TLS handshake fails', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: '1' }));
  const answer = await runOnce(server.baseUrl.replace('http:', 'https:'));
  expect(answer).toMatchObject({ kind: 'not-sent' });
  expect(server.seen).toHaveLength(0);
});

test('sends nothing when it is cancelled before its turn', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: '1' }));
  const answer = await runOnce(server.baseUrl, {}, AbortSignal.abort());
  expect(answer).toMatchObject({ kind: 'not-sent' });
  expect(server.seen).toHaveLength(0);
});

test('sends nothing when it is cancelled while the rate limit holds it back', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: '1' }));
  const api = createWiroClient({ baseUrl: server.baseUrl, key: 'k', requestsPerSecond: 0.001 });
  await api.run(model, parameters);
  const stop = new AbortController();
  const held = api.run(model, parameters, stop.signal);
  stop.abort();
  expect(await held).toMatchObject({ kind: 'not-sent' });
  expect(server.seen).toHaveLength(1);
  await api.close();
});

test('does not wait for a connection that hangs when it is cancelled', async () => {
  // Accepts the connection, but never says a word of TLS.
  const mute = createTcpServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const api = createWiroClient({
    baseUrl: `https://127.0.0.1:${port}`,
    key: 'k',
    requestsPerSecond: 1000,
  });
  const stop = new AbortController();
  const connected = once(mute, 'connection');
  const held = api.run(model, parameters, stop.signal);
  const [socket] = (await connected) as [Socket];
  stop.abort();
  expect(await held).toMatchObject({ kind: 'not-sent' });
  socket.destroy();
  mute.close();
  await api.close();
});

test('is in doubt when it is cancelled after it was sent', async () => {
  const stop = new AbortController();
  await using server = await scriptedServer(() => {
    stop.abort();
  });
  expect(await runOnce(server.baseUrl, {}, stop.signal)).toMatchObject({ kind: 'unknown' });
  expect(server.seen).toHaveLength(1);
});

/** An HTTP client that does with a request whatever the test says. */
function clientThat(dispatch: (handler: Dispatcher.DispatchHandler) => void): Dispatcher {
  const client: Pick<Dispatcher, 'dispatch'> = {
    dispatch: (_options, handler) => {
      dispatch(handler);
      return true;
    },
  };
  return client as Dispatcher;
}

function controllerWith(abort: (reason: Error) => void): Dispatcher.DispatchController {
  const ignore = () => undefined;
  return { aborted: false, paused: false, reason: null, abort, pause: ignore, resume: ignore };
}

test('refuses to let the HTTP client send one request a second time', async () => {
  const abort = vi.fn<(reason: Error) => void>();
  const controller = controllerWith(abort);
  const eager = clientThat((handler) => {
    handler.onRequestStart?.(controller, {});
    expect(abort).not.toHaveBeenCalled();
    handler.onRequestStart?.(controller, {});
    expect(abort).toHaveBeenCalledOnce();
    handler.onResponseError?.(controller, new Error('aborted'));
  });
  const outcome = await exchange(eager, { path: '/', headers: {}, body: '{}' });
  expect(outcome.kind).toBe('lost');
});

test('stops a request that was cancelled in the queue when its turn comes', async () => {
  const stop = new AbortController();
  const abort = vi.fn<(reason: Error) => void>();
  const slow = clientThat((handler) => {
    stop.abort();
    handler.onRequestStart?.(controllerWith(abort), {});
  });
  const outcome = await exchange(slow, { path: '/', headers: {}, body: '{}' }, stop.signal);
  expect(outcome.kind).toBe('not-sent');
  expect(abort).toHaveBeenCalledOnce();
});

test('gives up on an answer that trickles in for minutes', async () => {
  const elapsed = vi.spyOn(performance, 'now');
  onTestFinished(() => {
    elapsed.mockRestore();
  });
  const abort = vi.fn<(reason: Error) => void>();
  const controller = controllerWith(abort);
  const trickling = clientThat((handler) => {
    handler.onRequestStart?.(controller, {});
    elapsed.mockReturnValue(1000);
    handler.onResponseStart?.(controller, 200, {}, 'OK');
    elapsed.mockReturnValue(300_000);
    handler.onResponseData?.(controller, Buffer.from('{'));
    expect(abort).not.toHaveBeenCalled();
    elapsed.mockReturnValue(302_000);
    handler.onResponseData?.(controller, Buffer.from(' '));
    expect(abort).toHaveBeenCalledOnce();
    handler.onResponseError?.(controller, new Error('aborted'));
  });
  const outcome = await exchange(trickling, { path: '/', headers: {}, body: '{}' });
  expect(outcome.kind).toBe('lost');
});

test('gives up on an answer that has no end', async () => {
  await using server = await scriptedServer((response) => {
    response.writeHead(200);
    const flood = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024)));
    };
    response.on('drain', flood);
    flood();
  });
  const answer = await runOnce(server.baseUrl);
  expect(answer).toMatchObject({ kind: 'unknown' });
  expect('message' in answer && answer.message).toContain('longer than');
});
