import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/batch/config.ts';
import type { PushChoice, PushFlags } from '../../src/batch/push-choice.ts';
import {
  choosePush,
  readListenAddress,
  readWebhook,
  socketUrlOf,
} from '../../src/batch/push-choice.ts';
import { UsageError } from '../../src/batch/usage-error.ts';
import { socketServer } from '../wiro/socket-server.ts';
import type { World, WorldOptions } from './rig.ts';
import { createWorld, freePort, manifestText, tinySong, until } from './rig.ts';

/** A world whose tasks run until they are released. */
async function createHeldWorld(
  options: WorldOptions,
): Promise<World & { readonly release: () => void }> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const world = await createWorld({
    workers: 8,
    render: async (song) => {
      await promise;
      return tinySong(song);
    },
    ...options,
  });
  world.write('m.yaml', manifestText({ seeds: 3 }));
  return {
    ...world,
    release: () => {
      resolve(undefined);
    },
  };
}

async function scriptedSocket() {
  const server = await socketServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** What the Runs carried, as the task list echoes it. */
async function callbackUrls({ server }: World): Promise<string[]> {
  const response = await fetch(`${server.url}/Task/List`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'test-key' },
    body: '{}',
  });
  const { tasklist } = (await response.json()) as {
    readonly tasklist: readonly { readonly parameters: { readonly callbackUrl?: string } }[];
  };
  return tasklist.map(({ parameters }) => parameters.callbackUrl ?? '');
}

describe('the socket', () => {
  test('is told of every task in flight, and taken leave of when they have ended', async () => {
    const socket = await scriptedSocket();
    const world = await createHeldWorld({ environment: { WIRO_SOCKET_URL: socket.url } });
    const run = world.start('run', 'm.yaml');
    await until(() => socket.callers[0]?.tokens.length === 3);
    expect(new Set(socket.callers[0]?.tokens).size).toBe(3);
    // Nonsense is no reason to believe anything.
    for (const token of socket.callers[0]?.tokens ?? []) {
      socket.callers[0]?.tell('task_postprocess_end', token, [{ url: 'http://127.0.0.1:1/x' }]);
      socket.callers[0]?.webSocket.send('nonsense');
    }
    world.release();
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    await until(() => socket.callers[0]?.goodbye() === 1000);
    expect(socket.callers[0]?.others).toEqual([]);
    for (const token of socket.callers[0]?.tokens ?? []) expect(stderr).not.toContain(token);
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });

  test('that never answers holds nobody up, nor the end of the process', async () => {
    const socket = await scriptedSocket();
    socket.answer('silence');
    const world = await createHeldWorld({ environment: { WIRO_SOCKET_URL: socket.url } });
    const run = world.start('run', 'm.yaml');
    await until(() => socket.upgrades() === 1);
    world.release();
    expect((await run.ended).code).toBe(0);
    expect(socket.upgrades()).toBe(1);
  });

  test('that cannot be reached is said once', async () => {
    const socket = await scriptedSocket();
    socket.answer({ status: 403 });
    const world = await createHeldWorld({ environment: { WIRO_SOCKET_URL: socket.url } });
    const run = world.start('run', 'm.yaml');
    await until(() => run.stderr().includes('cannot be reached'));
    world.release();
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(stderr.match(/cannot be reached/g)).toHaveLength(1);
    expect(stderr).toContain(`! ${socket.url} cannot be reached`);
  });

  test.each([
    ['by the environment', { WIRO_SOCKET_URL: 'none' }, ''],
    ['by the configuration', {}, 'socketUrl: off'],
  ])('can be turned off %s', async (_, environment, configuration) => {
    const intruders: string[] = [];
    const world = await createHeldWorld({
      environment,
      meddle: (path, _nth, { headers }) => {
        if (headers.upgrade !== undefined) intruders.push(path);
        return 'pass';
      },
    });
    world.write('.songbatchrc.yaml', configuration);
    world.release();
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(intruders).toEqual([]);
  });

  test('is beside the API that is asked, unless something else is said', async () => {
    const asked: string[] = [];
    const world = await createHeldWorld({
      meddle: (path, _nth, { headers }) => {
        if (headers.upgrade !== undefined) asked.push(path);
        return 'pass';
      },
    });
    const run = world.start('run', 'm.yaml');
    await until(() => asked.length > 0);
    world.release();
    expect((await run.ended).code).toBe(0);
    expect(new Set(asked)).toEqual(new Set(['']));
  });

  test.each([
    ['https://api.wiro.ai/v1', 'wss://socket.wiro.ai/v1'],
    ['https://api.wiro.ai/v1/', 'wss://socket.wiro.ai/v1'],
    ['http://127.0.0.1:4710/v1', 'ws://127.0.0.1:4710/v1'],
    ['https://proxy.example.com/wiro/v1/', 'wss://proxy.example.com/wiro/v1'],
  ])('of %s is %s', (base, socket) => {
    expect(socketUrlOf(new URL(base)).href).toBe(socket);
  });
});

describe('the webhook', () => {
  test('marks every submission by a token of its own, and takes the calls of its tasks', async () => {
    const world = await createHeldWorld({ environment: { WIRO_SOCKET_URL: 'none' } });
    const port = await freePort();
    const hook = 'http://hooks.example.com/songs?team=7';
    const listen = ['--webhook-listen', String(port)];
    const run = world.start('run', 'm.yaml', '--webhook', hook, ...listen);
    await until(() => world.server.books().created === 3);
    const urls = await callbackUrls(world);
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) {
      expect(url).toMatch(/^http:\/\/hooks\.example\.com\/songs\?team=7&songbatch=[0-9a-f]{32}$/);
      const { search } = new URL(url);
      // Not known before the answer of its Run is on disk.
      await expect
        .poll(async () => {
          const body = '{"status":"task_cancel"}';
          const answer = await fetch(`http://127.0.0.1:${port}/x${search}`, {
            method: 'POST',
            body,
          });
          return answer.status;
        })
        .toBe(200);
    }
    world.release();
    expect((await run.ended).code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });

  test('may be somebody else’s: Runs carry it and nobody listens here', async () => {
    const world = await createHeldWorld({});
    world.write('songbatch.config.yaml', 'webhook: { url: "https://ci.example.com/hook" }');
    world.release();
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    for (const url of await callbackUrls(world)) {
      expect(url).toMatch(/^https:\/\/ci\.example\.com\/hook\?songbatch=[0-9a-f]{32}$/);
    }
    const entry = readFileSync(join(world.folder, 'out/metadata.json'), 'utf8');
    expect(entry).not.toContain('ci.example.com');
  });

  test('of the configuration is turned off by none, and by cancel', async () => {
    const world = await createHeldWorld({});
    const port = await freePort();
    // Taken by another run.
    const other = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    world.write(
      'songbatch.config.yaml',
      `webhook: { url: "https://ci.example.com/hook", listen: "${port}" }`,
    );
    world.release();
    const taken = await world.songbatch('run', 'm.yaml');
    expect(taken.code).toBe(2);
    expect(taken.stderr).toMatch(/cannot listen for the webhook: .*EADDRINUSE/);
    expect(taken.stderr).toContain('--webhook-listen');
    expect(world.server.books().created).toBe(0);
    expect((await world.songbatch('cancel', 'm.yaml')).code).toBe(0);
    expect((await world.songbatch('run', 'm.yaml', '--webhook', 'none')).code).toBe(0);
    expect(await callbackUrls(world)).toEqual(['', '', '']);
  });
});

describe('what cannot be meant is exit 2, before anything is bought', () => {
  test.each<[string, string[], RegExp]>([
    ['a webhook with a password', ['--webhook', 'https://me:hunter2@x.org'], /without user/],
    ['a listener without a webhook', ['--webhook-listen', '8787'], /no use without --webhook/],
    [
      'an address that is not of this machine',
      ['--webhook', 'https://ci.example.com', '--webhook-listen', '192.0.2.1:8787'],
      /EADDRNOTAVAIL/,
    ],
  ])('%s', async (_, words, message) => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', ...words);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('hint: ');
    expect(stderr).not.toContain('hunter2');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(world.server.books().created).toBe(0);
  });

  test('a listener without a webhook in the configuration', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    world.write('songbatch.config.yaml', 'webhook: { listen: "8787" }');
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(stderr).toContain('songbatch.config.yaml:1:12 error: the key "url" is missing');
    expect(code).toBe(2);
  });

  const url = 'https://ci.example.com';
  test.each<[string, PushFlags, Config]>([
    ['', {}, { socketUrl: 'https://socket.wiro.ai/v1' }],
    ['https://socket.wiro.ai/v1', {}, {}],
    ['wss://me:hunter2@socket.wiro.ai/v1', {}, {}],
    ['no', {}, {}],
    ['', {}, { webhook: { url: 'https://me:hunter2@ci.example.com' } }],
    ['', {}, { webhook: { url, listen: 'localhost' } }],
    ['', { webhook: 'none', webhookListen: { host: '::', port: 1 } }, { webhook: { url } }],
  ])('WIRO_SOCKET_URL=%s with %j and %j', (set, flags, config) => {
    const choose = () => choosePush(false, flags, config, { WIRO_SOCKET_URL: set });
    expect(choose).toThrow(UsageError);
    expect(choose).not.toThrow(/hunter2/);
  });

  test.each(['ci.example.com', 'file:///etc/passwd', '', 'https://x.org/#part'])(
    '--webhook "%s"',
    (text) => {
      expect(() => readWebhook(text)).toThrow(/--webhook is not an http/);
    },
  );

  test.each(['localhost', '', ':0', '0.0.0.0:', '[::1]:65536', '::1:80', 'a b:80', '1e3'])(
    '--webhook-listen "%s"',
    (text) => {
      expect(() => readListenAddress(text)).toThrow(/--webhook-listen is not an address/);
    },
  );
});

describe('who has the last word', () => {
  const config = { socketUrl: 'none', webhook: { url: 'https://a.example.com', listen: '1' } };
  const listen = { host: '127.0.0.1', port: 1 };

  test.each<[string, boolean, PushFlags, Config, string, PushChoice]>([
    ['nothing is said', false, {}, {}, '', { socket: 'default' }],
    [
      'the configuration',
      false,
      {},
      config,
      '',
      {
        socket: 'off',
        webhook: { url: 'https://a.example.com', listen },
      },
    ],
    [
      'flags and environment',
      false,
      {
        webhook: 'http://B.example.com/?x',
        webhookListen: { host: '::', port: 2 },
      },
      config,
      'ws://127.0.0.1:1/v1',
      {
        socket: new URL('ws://127.0.0.1:1/v1'),
        webhook: { url: 'http://B.example.com/?x', listen: { host: '::', port: 2 } },
      },
    ],
    ['none', false, { webhook: 'none' }, config, 'off', { socket: 'off' }],
    [
      'the embedded server, which has a socket of its own',
      true,
      {},
      {},
      'wss://socket.wiro.ai/v1',
      {
        socket: 'default',
      },
    ],
    ['and goes without it when told to', true, {}, {}, 'none', { socket: 'off' }],
  ])('%s', (_, useSandbox, flags, file, set, choice) => {
    expect(choosePush(useSandbox, flags, file, { WIRO_SOCKET_URL: set })).toEqual(choice);
  });
});

test.each([
  ['8787', { host: '127.0.0.1', port: 8787 }],
  [':8787', { host: '127.0.0.1', port: 8787 }],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
  ['hooks.local:65535', { host: 'hooks.local', port: 65_535 }],
  ['[::]:8787', { host: '::', port: 8787 }],
])('--webhook-listen %s is %j', (text, address) => {
  expect(readListenAddress(text)).toEqual(address);
});
