import { once } from 'node:events';
import { request as ask, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callbackUrl } from '../../src/job/callback.ts';
import { createWebhookHints } from '../../src/wiro/webhook.ts';
import { until } from '../cli/rig.ts';

interface Answer {
  readonly status: number | undefined;
  readonly allow: string | undefined;
}

interface Scene {
  readonly port: number;
  /** Tokens of tasks that were said to have ended. */
  readonly heard: readonly string[];
  readonly follow: (token: string) => () => void;
  /** What Wiro would call. */
  readonly call: (path: string, body?: string | Buffer, method?: string) => Promise<Answer>;
}

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
const hook = 'https://ci.example.com/hooks/songs?team=7';
const pathOf = (token: string) => `/hooks/songs?team=7&songbatch=${token}`;
/** What Task/Detail would tell; nobody reads it. */
const honestBody = JSON.stringify({ result: true, tasklist: [{ id: '1', status: 'task_cancel' }] });

async function createScene(patience?: number): Promise<Scene> {
  const hints = await createWebhookHints({
    host: '127.0.0.1',
    port: 0,
    ...(patience !== undefined && { patience }),
  });
  onTestFinished(() => hints.close());
  const heard: string[] = [];
  return {
    port: hints.port,
    heard,
    follow: (token) =>
      hints.follow({ callbackUrl: callbackUrl(hook, token) }, () => heard.push(token)),
    call: (path, body = honestBody, method = 'POST') => call(hints.port, path, body, method),
  };
}

async function call(
  port: number,
  path: string,
  body: string | Buffer,
  method: string,
): Promise<Answer> {
  const headers: OutgoingHttpHeaders = { 'content-length': Buffer.byteLength(body) };
  const outgoing = ask({ host: '127.0.0.1', port, path, method, headers, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode, allow: answer.headers.allow };
}

/** A caller who writes byte by byte what he likes. */
async function dial(port: number): Promise<Socket & { readonly said: () => string }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => (said += text));
  // Being cut off is what some tests are about.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return Object.assign(socket, { said: () => said });
}

describe('a call', () => {
  test('for a task that is followed is a hint, as often as it comes, and for no other', async () => {
    const scene = await createScene();
    scene.follow(a);
    const leave = scene.follow(b);
    expect(await scene.call(pathOf(a))).toMatchObject({ status: 200 });
    expect(await scene.call(pathOf(b), '')).toMatchObject({ status: 200 });
    expect(await scene.call(pathOf(a), 'no JSON, and nobody minds')).toMatchObject({ status: 200 });
    leave();
    // Nobody waits for it any more, and whoever calls need not call again.
    expect(await scene.call(pathOf(b))).toMatchObject({ status: 200 });
    expect(await scene.call(pathOf(c))).toMatchObject({ status: 404 });
    expect(scene.heard).toEqual([a, b, a]);
  });

  test('may come by any path and host that somebody forwards', async () => {
    const scene = await createScene();
    scene.follow(a);
    for (const path of [`/?songbatch=${a}`, `//x/../y?songbatch=${a}&more=1`]) {
      expect(await scene.call(path)).toMatchObject({ status: 200 });
    }
    expect(await scene.call(`http://ci.example.com/x?songbatch=${a}`)).toMatchObject({
      status: 200,
    });
    expect(scene.heard).toEqual([a, a, a]);
  });

  test.each([
    ['for nobody', pathOf(b)],
    ['without a token', '/hooks/songs'],
    ['with a piece of one', `/?songbatch=${a.slice(1)}`],
    ['with more than one', `/?songbatch=${a}${a}`],
    ['to a path that is none', '*'],
  ])('%s is not found', async (_, path) => {
    const scene = await createScene();
    scene.follow(a);
    expect(await scene.call(path)).toMatchObject({ status: 404 });
    expect(scene.heard).toEqual([]);
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('by %s is none', async (method) => {
    const scene = await createScene();
    scene.follow(a);
    expect(await scene.call(pathOf(a), '', method)).toEqual({ status: 405, allow: 'POST' });
    expect(scene.heard).toEqual([]);
  });

  test('that is quicker than the answer of its Run is remembered', async () => {
    const scene = await createScene();
    expect(await scene.call(pathOf(a))).toMatchObject({ status: 404 });
    expect(await scene.call(pathOf(b))).toMatchObject({ status: 404 });
    scene.follow(a);
    const leave = scene.follow(b);
    // Not before the caller knows how to leave.
    expect(scene.heard).toEqual([]);
    leave();
    await until(() => scene.heard.length > 0);
    scene.follow(a);
    await new Promise(setImmediate);
    expect(scene.heard).toEqual([a]);
  });

  test('for nobody is remembered while a thousand others come, and no longer', async () => {
    const scene = await createScene();
    const tokenOf = (index: number) => index.toString(16).padStart(32, '0');
    const socket = await dial(scene.port);
    const post = (token: string) =>
      socket.write(`POST ${pathOf(token)} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
    for (let index = 0; index < 1001; index++) post(tokenOf(index));
    await until(() => socket.said().split('404 Not Found').length === 1002);
    for (const index of [0, 1, 1000]) scene.follow(tokenOf(index));
    await until(() => scene.heard.length === 2);
    await new Promise(setImmediate);
    expect(scene.heard).toEqual([tokenOf(1), tokenOf(1000)]);
  });
});

describe('a task whose Run carried no callback URL of ours', () => {
  test.each([{}, { callbackUrl: '' }, { callbackUrl: 'https://example.com/mine' }])(
    '%j is not followed',
    async (task) => {
      const hints = await createWebhookHints({ host: '127.0.0.1', port: 0 });
      onTestFinished(() => hints.close());
      const leave = hints.follow(task, () => {
        throw new Error('nobody called');
      });
      expect((await call(hints.port, '/mine', '', 'POST')).status).toBe(404);
      leave();
    },
  );
});

describe('callers who are slow, loud or broken', () => {
  const head = (more: string) => `POST ${pathOf(a)} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;

  test('the answer does not wait for the body', async () => {
    const scene = await createScene();
    scene.follow(a);
    const socket = await dial(scene.port);
    socket.write(head('content-length: 1000\r\n'));
    await until(() => socket.said().startsWith('HTTP/1.1 200 OK'));
    expect(scene.heard).toEqual([a]);
    // The connection is good for another call once the body is there.
    socket.write(Buffer.alloc(1000, 'x'));
    socket.write(head('content-length: 0\r\n'));
    await until(() => scene.heard.length === 2);
  });

  test('a body of a megabyte is taken, a longer one is cut off', async () => {
    const scene = await createScene();
    scene.follow(a);
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    expect(await scene.call(pathOf(a), megabyte)).toMatchObject({ status: 200 });
    const socket = await dial(scene.port);
    let isCut = false;
    socket.on('close', () => (isCut = true));
    socket.write(head('transfer-encoding: chunked\r\n'));
    const chunk = Buffer.concat([
      Buffer.from('10000\r\n'),
      Buffer.alloc(65_536),
      Buffer.from('\r\n'),
    ]);
    await until(() => {
      if (!isCut) socket.write(chunk);
      return isCut;
    });
    expect(scene.heard).toEqual([a, a]);
  });

  test.each([
    ['a request line that never ends', 'POST /'],
    ['a head that never ends', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['a body that never ends', head('content-length: 1000\r\n')],
    ['no word at all', ''],
  ])('%s is not waited for', async (_, words) => {
    const scene = await createScene(100);
    const socket = await dial(scene.port);
    let isCut = false;
    socket.on('close', () => (isCut = true));
    socket.write(words);
    await until(() => {
      // A byte now and then keeps no connection.
      if (!isCut && words !== '') socket.write('x');
      return isCut;
    });
  });

  test.each([
    ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
    ['a head of 100 kB', `POST / HTTP/1.1\r\nx: ${'x'.repeat(1e5)}\r\n\r\n`],
    [
      'an upgrade',
      'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
  ])('%s harms nobody', async (_, words) => {
    const scene = await createScene();
    scene.follow(a);
    const socket = await dial(scene.port);
    socket.write(words, 'latin1');
    await until(() => /^HTTP\/1\.1 4\d\d /.test(socket.said()));
    expect(await scene.call(pathOf(a))).toMatchObject({ status: 200 });
  });
});

test('a port that is taken is an error at once', async () => {
  const { port } = await createScene();
  await expect(createWebhookHints({ host: '127.0.0.1', port })).rejects.toThrow(/EADDRINUSE/);
});

test('close cuts off whoever is still calling, and frees the port', async () => {
  const hints = await createWebhookHints({ host: '127.0.0.1', port: 0 });
  const socket = await dial(hints.port);
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n');
  await until(() => socket.said() !== '');
  const halfway = await dial(hints.port);
  halfway.write('POST / HTTP/1.1\r\nhost:');
  // Later than those, and served: they are known to the server.
  await call(hints.port, '/', '', 'POST');
  await hints.close();
  await until(() => socket.destroyed && halfway.destroyed);
  const again = await createWebhookHints({ host: '127.0.0.1', port: hints.port });
  await again.close();
});
