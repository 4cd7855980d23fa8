import { expect, test } from 'vitest';
import { createWorld, freePort, manifestText, until } from './rig.ts';

/** Tasks of a second: there is time to follow them. */
const speed = 36;

test('a run listens to the socket of the server that it asks', async () => {
  const world = await createWorld({ speed, workers: 8 });
  world.write('m.yaml', manifestText({ seeds: 8 }));
  const { code, stderr } = await world.songbatch('run', 'm.yaml');
  expect(code).toBe(0);
  expect(stderr).not.toContain('!');
  // Eight tasks at once share a connection.
  expect(world.server.books().requests['socket']).toBe(1);
});

test('the embedded server of a run has its socket, too', async () => {
  const world = await createWorld({ environment: { WIRO_SOCKET_URL: 'ws://127.0.0.1:1' } });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  world.write('songbatch.config.yaml', 'sandbox: { speed: 10 }');
  const { code, stderr } = await world.songbatch('run', 'm.yaml', '--sandbox');
  expect(code).toBe(0);
  expect(stderr).not.toContain('!');
});

test('every call of the webhook is taken, and called for no second time', async () => {
  const world = await createWorld({ speed, workers: 8, environment: { WIRO_SOCKET_URL: 'none' } });
  world.write('m.yaml', manifestText({ seeds: 8 }));
  const port = await freePort();
  const hook = ['--webhook', `http://127.0.0.1:${port}/songs`, '--webhook-listen', String(port)];
  expect((await world.songbatch('run', 'm.yaml', ...hook)).code).toBe(0);
  await until(() => world.server.books().webhooks.delivered === 8);
  expect(world.server.books()).toMatchObject({
    duplicates: 0,
    webhooks: { delivered: 8, failed: 0 },
  });
});

test('a socket on which everything goes wrong costs nothing but time', async () => {
  const rates = {
    'socket.refuse': 0.3,
    'socket.drop': 0.1,
    'socket.mute': 0.3,
    'socket.binary': 0.3,
    'socket.garbage': 0.3,
  };
  const world = await createWorld({ speed, workers: 8, faults: { rates } });
  world.write('m.yaml', manifestText({ seeds: 8 }));
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  expect(world.server.books()).toMatchObject({ created: 8, duplicates: 0 });
});
