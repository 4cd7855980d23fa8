import { once } from 'node:events';
import { request } from 'node:http';

import { describe, expect, it, test } from 'vitest';
import { WebSocket } from 'ws';
import fc from '../fast-check.ts';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  always,
  call,
  detail,
  ended,
  everyFaultIsTested,
  first,
  held,
  type Output,
  start,
  temporaryFolder,
  until,
} from './rig.ts';
import { connect, connected, isOver, key, socketUrl, twoTasks } from './socket-client.ts';

const preparation = [
  'task_accept',
  'task_preprocess_start',
  'task_preprocess_end',
  'task_assign',
  'task_start',
  'task_error',
];
const execution = ['task_output', 'task_output', 'task_output', 'task_output_full'];
const conclusion = ['task_error_full', 'task_end', 'task_postprocess_start'];
const afterStart = [...execution, ...conclusion, 'task_postprocess_end'];

describe('a WebSocket', () => {
  it('welcomes, and then tells the life of a task in order, though it takes no time', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(queued.socketaccesstoken);
    expect(client.frames).toEqual([connected]);
    engine.release();
    await until(sandbox, queued.taskid, (status) => status === 'task_start');
    await client.until((types) => types.length === preparation.length);
    engine.release();
    await client.until(isOver);
    expect(client.types()).toEqual([...preparation, ...afterStart]);
    const { taskid: id, socketaccesstoken: tasktoken } = queued;
    for (const message of client.news()) expect(message).toMatchObject({ id, tasktoken });
    expect(client.news().filter(({ id }) => id === running.taskid)).toEqual([]);
  });

  it('has messages of the documented form', async () => {
    const { sandbox, engine, running } = await twoTasks();
    const { port } = new URL(sandbox.url);
    const client = await connect(sandbox, { headers: { host: `localhost:${port}` } });
    const { socketaccesstoken: tasktoken, taskid: id } = running;
    await client.register(tasktoken);
    engine.release();
    await client.until(isOver);
    const about = (type: string) => client.news().filter((message) => message.type === type);
    expect(first(about('task_end'))).toEqual({
      type: 'task_end',
      id,
      tasktoken,
      message: null,
      result: true,
    });
    expect(about('task_output').map(({ message }) => message)).toMatchObject([
      { percentage: '10', stepCurrent: '1', elapsedTime: '0s', remainingTime: '1s' },
      { percentage: '40', stepCurrent: '4', elapsedTime: '1s', remainingTime: '1s' },
      { percentage: '70', stepCurrent: '7', elapsedTime: '1s', remainingTime: '0s' },
    ]);
    expect(first(about('task_output')).message).toEqual({
      type: 'progressGenerate',
      task: 'Generate',
      percentage: '10',
      stepCurrent: '1',
      stepTotal: '10',
      speed: '6.67',
      speedType: 'it/s',
      elapsedTime: '0s',
      remainingTime: '1s',
    });
    expect(first(about('task_output_full')).message).toEqual({
      raw: expect.stringContaining('100%|██████████| 10/10') as string,
    });
    // The outputs have the address by which this client came, and are Detail's but for that.
    const outputs = first(about('task_postprocess_end')).message as readonly Output[];
    const { url } = first(outputs);
    expect(url).toMatch(new RegExp(`^http://localhost:${port}/files/`));
    const told = (await detail(sandbox, id)).outputs;
    expect(outputs).toEqual([
      { ...first(told), url: first(told).url.replace('127.0.0.1', 'localhost') },
    ]);
    expect((await fetch(first(told).url)).status).toBe(200);
  });

  it('tells several tasks on one connection, and one task on several', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    const [both, one] = [await connect(sandbox), await connect(sandbox)];
    // Twice is as good as once.
    await both.register(
      running.socketaccesstoken,
      queued.socketaccesstoken,
      running.socketaccesstoken,
    );
    await one.register(running.socketaccesstoken);
    engine.release();
    await until(sandbox, queued.taskid, (status) => status === 'task_start');
    engine.release();
    await both.until(
      (types) => types.filter((type) => type === 'task_postprocess_end').length === 2,
    );
    await one.until(isOver);
    const ofRunning = both.news().filter(({ id }) => id === running.taskid);
    expect(ofRunning.map(({ type }) => type)).toEqual(afterStart);
    expect(one.news()).toEqual(ofRunning);
  });

  it('tells nothing twice, and of a task that has ended nothing', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    await call(sandbox, 'Task/Cancel', { taskid: queued.taskid });
    const client = await connect(sandbox);
    await client.register(running.socketaccesstoken, queued.socketaccesstoken);
    expect(client.frames).toEqual([connected]);
    engine.release();
    await client.until(isOver);
    await client.register(running.socketaccesstoken);
    expect(client.types()).toEqual(afterStart);
  });

  it('goes on telling a client that comes again', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    const before = await connect(sandbox);
    await before.register(running.socketaccesstoken, queued.socketaccesstoken);
    before.socket.terminate();
    await before.closed;
    const again = await connect(sandbox);
    await again.register(queued.socketaccesstoken);
    engine.release();
    await until(sandbox, queued.taskid, (status) => status === 'task_start');
    engine.release();
    await again.until(isOver);
    expect(again.types()).toEqual([...preparation, ...afterStart]);
    expect(before.news()).toEqual([]);
  });

  it('tells of a cancelled and of a killed task', async () => {
    const { sandbox, running, queued } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(running.socketaccesstoken, queued.socketaccesstoken);
    await call(sandbox, 'Task/Cancel', { taskid: queued.taskid });
    await call(sandbox, 'Task/Kill', { taskid: running.taskid });
    await client.until((types) => types.length === 2);
    expect(client.news()).toMatchObject([
      { type: 'task_cancel', id: queued.taskid, message: null },
      { type: 'task_cancel', id: running.taskid, message: null },
    ]);
  });

  it('tells of a failure as of a success, with the words of stderr and no outputs', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(queued.socketaccesstoken);
    sandbox.setFaults(always('task.fail'));
    engine.release();
    await ended(sandbox, running.taskid);
    await client.until(isOver);
    expect(client.types()).toEqual([
      ...preparation,
      'task_error',
      ...conclusion,
      'task_postprocess_end',
    ]);
    const words = 'a fault was asked for (task.fail)';
    expect(client.news().at(6)).toMatchObject({ type: 'task_error', message: words });
    const log = client.news().find(({ type }) => type === 'task_error_full');
    expect(log?.message).toEqual({ raw: expect.stringMatching(/YuE\na fault was/) as string });
    expect(client.news().at(-1)?.message).toEqual([]);
  });

  it('has only a line of stderr for a task that breaks down', async () => {
    const { sandbox, engine, queued } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(queued.socketaccesstoken);
    sandbox.setFaults(always('task.error'));
    engine.release();
    await until(sandbox, queued.taskid, (status) => status === 'task_error');
    await client.settle();
    expect(client.types()).toEqual([...preparation.slice(0, -2), 'task_error']);
  });

  it('asks for no key, and is counted', async () => {
    const sandbox = await start({ key: 'right', secret: 'hush' });
    const client = await connect(sandbox, { url: `${socketUrl(sandbox)}/` });
    expect(client.frames).toEqual([connected]);
    expect(sandbox.books().requests).toEqual({ socket: 1 });
  });

  it('tells of tasks that an earlier server left unfinished', async () => {
    const folder = temporaryFolder();
    const { sandbox, running, queued } = await twoTasks({ folder });
    await call(sandbox, 'Task/Cancel', { taskid: queued.taskid });
    await sandbox.close();
    const engine = held();
    const next = await start({ ...engine, folder });
    const client = await connect(next);
    await client.register(running.socketaccesstoken, queued.socketaccesstoken);
    await until(next, running.taskid, (status) => status === 'task_start');
    engine.release();
    await client.until(isOver);
    expect(client.types().slice(-afterStart.length)).toEqual(afterStart);
    expect(client.types()).not.toContain('task_cancel');
  });
});

describe('what is no registration', () => {
  it('is passed over, whatever it is', async () => {
    const { sandbox, engine, running, queued } = await twoTasks();
    const client = await connect(sandbox);
    const { socketaccesstoken: tasktoken } = running;
    const junk = [
      '',
      '{',
      'null',
      '[]',
      '{"type":"task_info"}',
      '{"type":"task_info","tasktoken":7}',
      '{"type":"task_info","tasktoken":"unknown"}',
      JSON.stringify({ type: 'agent_info', tasktoken }),
      JSON.stringify({ type: 'task_info', taskid: running.taskid }),
      JSON.stringify([{ type: 'task_info', tasktoken }]),
      ...fc.sample(fc.oneof(fc.string(), fc.json()), { numRuns: 200, seed: 1 }),
    ];
    for (const text of junk) client.socket.send(text);
    client.socket.send(Buffer.from(JSON.stringify({ type: 'task_info', tasktoken })));
    await client.settle();
    engine.release();
    await ended(sandbox, running.taskid);
    await client.settle();
    expect(client.frames).toEqual([connected]);
    // The connection is as good as before.
    await client.register(queued.socketaccesstoken);
    await until(sandbox, queued.taskid, (status) => status === 'task_start');
    engine.release();
    await client.until(isOver);
  });

  test.each([
    ['/v1/more', '13', 404],
    ['/', '13', 404],
    ['/v1', '1', 400],
  ])('upgrading %s to version %s is answered %d', async (path, version, status) => {
    const sandbox = await start();
    const asked = request(new URL(path, sandbox.url), {
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': version,
        'sec-websocket-key': key,
      },
    });
    asked.end();
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(status);
  });

  it('is an offer of HTTP/2: the request is answered as it came', async () => {
    const sandbox = await start();
    const asked = request(`${sandbox.url}/Task/List`, {
      method: 'POST',
      headers: { 'x-api-key': 'k', connection: 'upgrade', upgrade: 'h2c' },
    });
    asked.end('{}');
    const [response] = (await once(asked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
  });
});

describe('faults', () => {
  /** What a client hears of a task that was registered before the fault was set. */
  async function heard(fault: Parameters<typeof always>[0]) {
    const { sandbox, engine, running } = await twoTasks();
    const client = await connect(sandbox);
    await client.register(running.socketaccesstoken);
    sandbox.setFaults(always(fault));
    engine.release();
    expect((await ended(sandbox, running.taskid)).outputs).toHaveLength(1);
    return { sandbox, client };
  }
  const strikes = (sandbox: Sandbox) => Object.values(sandbox.books().faults);

  test('socket.refuse answers 503', async () => {
    const sandbox = await start({ faults: always('socket.refuse') });
    await expect(once(new WebSocket(socketUrl(sandbox)), 'open')).rejects.toThrow('503');
    expect(sandbox.books().requests).toEqual({ socket: 1 });
    sandbox.setFaults({ rates: {} });
    expect((await connect(sandbox)).frames).toEqual([connected]);
  });

  test('socket.drop cuts the connection when something is to be said', async () => {
    const { sandbox, client } = await heard('socket.drop');
    expect(await client.closed).toBe(1006);
    expect(client.frames).toEqual([connected]);
    expect(strikes(sandbox)).toEqual([1]);
  });

  test('socket.mute says nothing', async () => {
    const { sandbox, client } = await heard('socket.mute');
    await client.settle();
    expect(client.frames).toEqual([connected]);
    expect(strikes(sandbox)).toEqual([afterStart.length]);
  });

  test('socket.garbage says what is not JSON', async () => {
    const { sandbox, client } = await heard('socket.garbage');
    await client.settle();
    const said = client.frames.slice(1);
    expect(said).toHaveLength(afterStart.length);
    for (const text of said) expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(strikes(sandbox)).toEqual([afterStart.length]);
  });

  test('socket.binary sends bytes before what it says', async () => {
    const { client } = await heard('socket.binary');
    await client.settle();
    expect(client.types()).toEqual(afterStart);
    const kinds = client.frames.slice(1).map((frame) => (frame.startsWith('<') ? 'bytes' : 'text'));
    expect(kinds).toEqual(afterStart.flatMap(() => ['bytes', 'text']));
  });

  it('leaves out no message but those that it strikes', async () => {
    const { sandbox, engine, queued } = await twoTasks();
    const [client, witness] = [await connect(sandbox), await connect(sandbox)];
    await client.register(queued.socketaccesstoken);
    sandbox.setFaults({ seed: 3, rates: { 'socket.mute': 0.5 } });
    engine.release();
    await until(sandbox, queued.taskid, (status) => status === 'task_start');
    sandbox.setFaults({ rates: {} });
    await witness.register(queued.socketaccesstoken);
    engine.release();
    await client.until(isOver);
    await witness.until(isOver);
    const muted = sandbox.books().faults['socket.mute'] ?? 0;
    expect(muted).toBeGreaterThan(0);
    expect(client.types()).toHaveLength(preparation.length - muted + afterStart.length);
    expect(client.types().slice(-afterStart.length)).toEqual(witness.types());
  });
});

everyFaultIsTested(/^socket\./);
