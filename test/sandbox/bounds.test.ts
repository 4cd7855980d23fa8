/** What no client can make the server take on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { expect, it } from 'vitest';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  call,
  type Envelope,
  later,
  lyrics,
  post,
  runPath,
  start,
  temporaryFolder,
} from './rig.ts';

const noRoom = (why: string) => ({
  result: false,
  errors: [{ code: 0, message: `The sandbox has no room left: ${why}. Start another one.` }],
});

async function upload(sandbox: Sandbox, bytes: number): Promise<Envelope> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'a.wav');
  return (await post(sandbox, 'File/Upload', form)).answer;
}

it('the books take no more tasks than they hold, also after a restart', async () => {
  const folder = temporaryFolder();
  const bounds = { tasks: 2 };
  const before = await start({ folder, bounds });
  const run = (sandbox: Sandbox) => call(sandbox, runPath, { prompt: lyrics });
  expect((await run(before)).result).toBe(true);
  expect((await run(before)).result).toBe(true);
  expect(await run(before)).toEqual(noRoom('its books hold 2 tasks'));
  await before.close();
  const after = await start({ folder, bounds });
  expect(await run(after)).toEqual(noRoom('its books hold 2 tasks'));
  expect(after.books().created).toBe(2);
});

it('uploads take no more bytes of the disk than they may, also after a restart', async () => {
  const folder = temporaryFolder();
  const bounds = { uploadBytes: 1000 };
  const before = await start({ folder, bounds });
  expect((await upload(before, 600)).result).toBe(true);
  expect(await upload(before, 401)).toEqual(noRoom('uploads may take 1000 bytes in all'));
  await before.close();
  const after = await start({ folder, bounds });
  expect(await upload(after, 401)).toEqual(noRoom('uploads may take 1000 bytes in all'));
  expect((await upload(after, 400)).result).toBe(true);
});

it('uploads at the same time are held to it together', async () => {
  const sandbox = await start({ bounds: { uploadBytes: 1000 } });
  const answers = await Promise.all(Array.from({ length: 8 }, () => upload(sandbox, 400)));
  expect(answers.filter(({ result }) => result)).toHaveLength(2);
});

it('uploads that have expired make room', async () => {
  let time = 1_800_000_000_000;
  const sandbox = await start({ keep: 1000, now: () => time, bounds: { uploadBytes: 1000 } });
  expect((await upload(sandbox, 1000)).result).toBe(true);
  expect((await upload(sandbox, 1)).result).toBe(false);
  time += 1000;
  expect((await upload(sandbox, 1000)).result).toBe(true);
});

it('the books take no more uploads than they hold', async () => {
  const sandbox = await start({ bounds: { uploads: 2 } });
  expect((await upload(sandbox, 1)).result).toBe(true);
  expect((await upload(sandbox, 1)).result).toBe(true);
  expect(await upload(sandbox, 1)).toEqual(noRoom('it has had 2 uploads'));
});

it('connections beyond the bound are closed, and the others go on', async () => {
  const sandbox = await start({ bounds: { connections: 3 } });
  const { hostname, port } = new URL(sandbox.url);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname).resume();
    socket.on('error', () => undefined);
    later(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    return socket;
  };
  const kept = [await open(), await open(), await open()];
  const refused = await open();
  await once(refused, 'close');
  expect(kept.map(({ readyState }) => readyState)).toEqual(['open', 'open', 'open']);
  const [oldest] = kept;
  oldest?.write(
    'POST /v1/Task/List HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-length: 2\r\n\r\n{}',
  );
  const [answer] = (await once(oldest ?? refused, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
});
