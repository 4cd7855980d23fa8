import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { json, scriptedServer } from '../wiro/scripted-server.ts';
import { createWorld, until } from './rig.ts';
import { serve } from './serve.ts';

interface Accepted {
  readonly taskid: string;
  readonly socketaccesstoken: string;
}

async function call(url: string, body: object): Promise<Accepted> {
  const headers = { 'x-api-key': 'k' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as Accepted;
}

test('songbatch sandbox tells of tasks by WebSocket and webhook, and ends with a socket open', async () => {
  const receiver = await scriptedServer(json({}));
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  // Nothing ends by itself.
  const url = await serve('--speed', '0.001', '--webhook-host', '127.0.0.1');
  const { taskid, socketaccesstoken: tasktoken } = await call(
    `${url}/Run/wiro/text-to-song-with-reference-yue`,
    { prompt: '[verse]\nla', callbackUrl: `${receiver.baseUrl}/hook` },
  );
  const socket = new WebSocket(url.replace('http', 'ws'));
  const frames: string[] = [];
  socket.on('message', (frame: Buffer) => frames.push(frame.toString()));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'task_info', tasktoken }));
  socket.ping();
  await once(socket, 'pong');
  await call(`${url}/Task/Cancel`, { taskid });
  await until(() => frames.length === 2 && receiver.seen.length === 1);
  expect(frames[1]).toContain('"type":"task_cancel"');
  expect(receiver.seen[0]?.path).toBe('/v1/hook');
});

test('--webhook-host that is no host is exit 2, and nothing is served', async () => {
  const world = await createWorld();
  const { code, stdout, stderr } = await world.songbatch('sandbox', '--webhook-host', 'runner:80');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('"runner:80" is not a host that can be called');
  expect(stderr).not.toMatch(/^\s+at /m);
});
