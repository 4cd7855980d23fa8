import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';

import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import type { RenderedSong } from '../../src/sandbox/engine/pool.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { call, ended, first, later, start, until } from './rig.ts';
import {
  type Accepted,
  connect,
  connected,
  isOver,
  key,
  run,
  socketUrl,
  twoTasks,
} from './socket-client.ts';

describe('bounds', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A client that takes part in the handshake and in nothing after it. */
  async function lifeless(sandbox: Sandbox): Promise<Socket> {
    const { hostname, port } = new URL(sandbox.url);
    const socket = connectTcp(Number(port), hostname);
    later(() => {
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.write(
      `GET /v1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await once(socket, 'data');
    return socket;
  }

  test('a message of more than 64 KB closes the connection', async () => {
    const sandbox = await start();
    const client = await connect(sandbox);
    client.socket.send('x'.repeat(64 * 1024));
    await client.settle();
    client.socket.send('x'.repeat(64 * 1024 + 1));
    expect(await client.closed).toBe(1009);
  });

  test('more than 1000 tasks that have not ended close the connection', async () => {
    const { sandbox, running, queued } = await twoTasks();
    const tokens = [running.socketaccesstoken, queued.socketaccesstoken];
    while (tokens.length < 1002) tokens.push((await run(sandbox)).socketaccesstoken);
    const client = await connect(sandbox);
    await client.register(...tokens.slice(0, 1000), ...tokens.slice(0, 1000));
    await call(sandbox, 'Task/Kill', { taskid: running.taskid });
    await client.register(...tokens.slice(0, 1001));
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    client.socket.send(JSON.stringify({ type: 'task_info', tasktoken: tokens[1001] }));
    expect(await client.closed).toBe(1008);
  });

  test('more than 500 clients find no place, until one leaves', async () => {
    const sandbox = await start();
    const clients = await Promise.all(Array.from({ length: 500 }, () => connect(sandbox)));
    const refusal = once(new WebSocket(socketUrl(sandbox)), 'open');
    await expect(refusal).rejects.toThrow('503');
    first(clients).socket.close();
    await first(clients).closed;
    expect((await connect(sandbox)).frames).toEqual([connected]);
  });

  test('a client that does not read is cut, and holds nobody up', async () => {
    const words = 'x'.repeat(1e6);
    const fails: (() => void)[] = [];
    const render = () =>
      new Promise<RenderedSong>((_, reject) => {
        fails.push(() => {
          reject(new Error(words));
        });
      });
    const sandbox = await start({ render, workers: 20 });
    const tasks: Accepted[] = [];
    while (tasks.length < 20) tasks.push(await run(sandbox));
    for (const { taskid } of tasks) await until(sandbox, taskid, (s) => s === 'task_start');
    const [stuck, reading] = [await connect(sandbox), await connect(sandbox)];
    await stuck.register(...tasks.map((task) => task.socketaccesstoken));
    await reading.register(first(tasks).socketaccesstoken);
    stuck.socket.pause();
    for (const fail of fails) fail();
    await reading.until(isOver);
    for (const { taskid } of tasks) await ended(sandbox, taskid);
    stuck.socket.resume();
    expect(await stuck.closed).toBe(1006);
    expect(stuck.types().length).toBeLessThan(tasks.length * reading.types().length);
  });

  test('a client that sends pings and does not read is cut', async () => {
    const stuck = await lifeless(await start());
    stuck.pause();
    // Masked with zeros; as long as a ping may be.
    const ping = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    const write = () =>
      new Promise<boolean>((resolve) => {
        stuck.write(pings, (error) => {
          resolve(!error);
        });
      });
    let written = 0;
    while (written < 1e9 && (await write())) written += pings.length;
    expect(written).toBeLessThan(1e9);
  });

  test('a client that answers no ping is cut by the next one', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const sandbox = await start();
    const alive = await connect(sandbox);
    const dead = await lifeless(sandbox);
    const cut = once(dead, 'close');
    dead.resume();
    vi.advanceTimersByTime(30_000);
    await alive.settle();
    vi.advanceTimersByTime(30_000);
    await cut;
    await alive.settle();
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('closes with the server: with a goodbye, and without waiting for an answer', async () => {
    const { sandbox, running } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(running.socketaccesstoken);
    const stuck = await lifeless(sandbox);
    stuck.resume();
    const cut = once(stuck, 'close');
    await sandbox.close();
    expect(await client.closed).toBe(1001);
    await cut;
    expect(client.frames).toEqual([connected]);
  });
});
