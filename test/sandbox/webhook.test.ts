import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it, test, vi } from 'vitest';

import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import {
  hangUp,
  json,
  type Reply,
  type ScriptedServer,
  scriptedServer,
  silence,
  text,
} from '../wiro/scripted-server.ts';
import {
  always,
  call,
  ended,
  type Envelope,
  everyFaultIsTested,
  first,
  held,
  later,
  lyrics,
  runPath,
  start,
  temporaryFolder,
  until,
} from './rig.ts';

const ok = json({ received: true });

/** Where webhooks are to go; answers as it is told, by default that all is well. */
async function receiver(...replies: Reply[]): Promise<ScriptedServer & { readonly hook: string }> {
  const server = await scriptedServer(...(replies.length === 0 ? [ok] : replies));
  later(async () => {
    await server[Symbol.asyncDispose]();
  });
  return Object.assign(server, { hook: `${server.baseUrl}/hook?songbatch=${'a'.repeat(32)}` });
}

async function run(sandbox: Sandbox, callbackUrl: unknown, seed = 1): Promise<string> {
  return (await call(sandbox, runPath, { prompt: lyrics, callbackUrl, seed })).taskid;
}

type Count = Partial<Record<'delivered' | 'failed' | 'refused', number>>;

/** Resolves when so much has become of webhooks. */
async function counted(sandbox: Sandbox, count: Count): Promise<void> {
  const wanted = { delivered: 0, failed: 0, refused: 0, ...count };
  const sum = ({ delivered, failed, refused }: typeof wanted) => delivered + failed + refused;
  while (sum(sandbox.books().webhooks) < sum(wanted)) await delay(2);
  expect(sandbox.books().webhooks).toEqual(wanted);
}

function statusesOf({ questions }: ScriptedServer): unknown[] {
  return (questions() as Envelope[]).map(({ tasklist }) => first(tasklist)['status']);
}

describe('a webhook', () => {
  it('brings what Task/Detail answers, without credentials', async () => {
    const { hook, seen } = await receiver();
    const sandbox = await start();
    const taskid = await run(sandbox, hook);
    await counted(sandbox, { delivered: 1 });
    const { method, path, headers, body } = first(seen);
    expect({ method, path }).toEqual({
      method: 'POST',
      path: new URL(hook).pathname + new URL(hook).search,
    });
    expect(headers['content-type']).toBe('application/json');
    expect(Object.keys(headers)).not.toContain('x-api-key');
    const told = JSON.parse(body.toString()) as Envelope;
    expect(told).toEqual(await call(sandbox, 'Task/Detail', { taskid }));
    expect(first(told.tasklist)).toMatchObject({ id: taskid, callbackurl: hook, pexit: '0' });
  });

  it('comes of every end', async () => {
    const target = await receiver();
    const engine = held();
    const sandbox = await start({ ...engine, workers: 1 });
    const running = await run(sandbox, target.hook);
    await until(sandbox, running, (status) => status === 'task_start');
    const queued = await run(sandbox, target.hook, 2);
    await call(sandbox, 'Task/Cancel', { taskid: queued });
    await counted(sandbox, { delivered: 1 });
    await call(sandbox, 'Task/Kill', { taskid: running });
    await counted(sandbox, { delivered: 2 });
    for (const fault of ['task.fail', 'task.error', 'task.cancel', 'task.noOutputs'] as const) {
      sandbox.setFaults(always(fault));
      const { delivered } = sandbox.books().webhooks;
      await run(sandbox, target.hook);
      await counted(sandbox, { delivered: delivered + 1 });
    }
    expect(statusesOf(target)).toEqual([
      'task_cancel',
      'task_cancel',
      'task_postprocess_end',
      'task_error',
      'task_cancel',
      'task_postprocess_end',
    ]);
  });

  test.each([
    ['a sentence', 'You can provide a callback URL; Wiro will send a POST request to it.'],
    ['nothing', ''],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'ftp://127.0.0.1/'],
  ])('to %s is taken by Run and never called', async (_, callbackUrl) => {
    const sandbox = await start();
    const taskid = await run(sandbox, callbackUrl);
    expect(await ended(sandbox, taskid)).toMatchObject({ pexit: '0', callbackurl: callbackUrl });
    await delay(20);
    expect(sandbox.books().webhooks).toEqual({ delivered: 0, failed: 0, refused: 0 });
  });

  it('of a task that an earlier server left comes when it ends, of one that had ended never', async () => {
    const target = await receiver();
    const folder = temporaryFolder();
    const engine = held();
    const sandbox = await start({ ...engine, workers: 1, folder });
    const running = await run(sandbox, target.hook);
    await call(sandbox, 'Task/Cancel', { taskid: await run(sandbox, target.hook, 2) });
    await counted(sandbox, { delivered: 1 });
    await sandbox.close();
    const next = await start({ folder });
    await counted(next, { delivered: 1 });
    const last = target.questions().at(-1) as Envelope;
    expect(first(last.tasklist)).toMatchObject({ id: running, status: 'task_postprocess_end' });
    expect(target.seen).toHaveLength(2);
  });
});

describe('a receiver', () => {
  it.each<[string, Reply]>([
    ['hangs up', hangUp],
    ['has trouble', text('Internal server error', 500)],
    ['answers with anything but 200', text('', 204)],
  ])('that %s is called again, up to three times', async (_, reply) => {
    const patient = await receiver(reply, reply, ok);
    const sandbox = await start();
    await run(sandbox, patient.hook);
    await counted(sandbox, { delivered: 1 });
    expect(patient.seen).toHaveLength(3);

    const hopeless = await receiver(reply);
    await run(sandbox, hopeless.hook);
    await counted(sandbox, { delivered: 1, failed: 1 });
    expect(hopeless.seen).toHaveLength(3);
  });

  it('that is not there is given up', async () => {
    const gone = await receiver();
    await gone[Symbol.asyncDispose]();
    const sandbox = await start();
    await run(sandbox, gone.hook);
    await counted(sandbox, { failed: 1 });
  });

  it('that sends elsewhere is not followed', async () => {
    const elsewhere = await receiver();
    const target = await receiver(text('', 307, { location: elsewhere.hook }));
    const sandbox = await start();
    await run(sandbox, target.hook);
    await counted(sandbox, { failed: 1 });
    expect(elsewhere.seen).toEqual([]);
  });

  it('that talks without end is heard and cut off', async () => {
    let cut = false;
    const target = await receiver((response) => {
      response.writeHead(200);
      const talk = () => {
        while (!cut && response.write('x'.repeat(16_384)));
      };
      response.on('drain', talk);
      response.on('close', () => (cut = true));
      talk();
    });
    const sandbox = await start();
    await run(sandbox, target.hook);
    await counted(sandbox, { delivered: 1 });
    await expect.poll(() => cut).toBe(true);
  });

  it('that says nothing is waited for 10 s', async () => {
    const target = await receiver(silence, silence, ok);
    const clock = vi.spyOn(AbortSignal, 'timeout');
    later(() => {
      clock.mockRestore();
    });
    const patience: AbortController[] = [];
    clock.mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      const timer = new AbortController();
      patience.push(timer);
      return timer.signal;
    });
    const sandbox = await start();
    await run(sandbox, target.hook);
    for (const tries of [1, 2]) {
      await expect.poll(() => target.seen.length).toBe(tries);
      patience.at(-1)?.abort();
    }
    await counted(sandbox, { delivered: 1 });
    expect(patience).toHaveLength(3);
  });

  it('that says nothing holds up no task, and no more than its share of calls are made', async () => {
    const target = await receiver(silence);
    const sandbox = await start();
    const ids = [];
    for (let task = 0; task < 20; task++) ids.push(await run(sandbox, target.hook, task));
    for (const id of ids) expect(await ended(sandbox, id)).toMatchObject({ pexit: '0' });
    await expect.poll(() => target.seen.length).toBe(8);
    // The server ends at once, and with it every call; none is tried again.
    await sandbox.close();
    await delay(20);
    expect(target.seen).toHaveLength(8);
    expect(sandbox.books().webhooks).toEqual({ delivered: 0, failed: 0, refused: 0 });
  });
});

describe('a server that other machines reach', () => {
  // Loopback in truth, but not by its name, which is what counts.
  const open = { host: '127.1', key: 'k' } satisfies SandboxOptions;

  it('calls nobody', async () => {
    const target = await receiver();
    const sandbox = await start(open);
    await run(sandbox, target.hook);
    await counted(sandbox, { refused: 1 });
    expect(target.seen).toEqual([]);
  });

  it('calls hosts that were named at its start, on any port', async () => {
    const target = await receiver();
    const sandbox = await start({ ...open, webhookHosts: ['runner.example', '127.0.0.1', '::1'] });
    await run(sandbox, target.hook);
    await counted(sandbox, { delivered: 1 });
    await run(sandbox, target.hook.replace('127.0.0.1', 'localhost'));
    await counted(sandbox, { delivered: 1, refused: 1 });
    await run(sandbox, 'http://[0:0::1]:9/');
    await counted(sandbox, { delivered: 1, failed: 1, refused: 1 });
    expect(target.seen).toHaveLength(1);
  });

  it.each(['', 'runner:8787', 'http://runner', 'a/b', 'me@runner'])(
    'does not start with "%s" for a host',
    async (name) => {
      await expect(start({ webhookHosts: [name] })).rejects.toThrow(
        `"${name}" is not a host that can be called`,
      );
    },
  );
});

describe('faults', () => {
  const strikes = (sandbox: Sandbox) => Object.values(sandbox.books().faults);

  /** What was called with the fault for one task, and then without it for another. */
  async function called(fault: Parameters<typeof always>[0], delivered: number) {
    const target = await receiver();
    const sandbox = await start({ faults: always(fault) });
    const id = await run(sandbox, target.hook);
    await ended(sandbox, id);
    sandbox.setFaults({ rates: {} });
    await run(sandbox, target.hook, 2);
    await counted(sandbox, { delivered });
    expect(strikes(sandbox)).toEqual([1]);
    const told = target.questions() as Envelope[];
    return told.map(({ tasklist }) => first(tasklist)).filter((task) => task['id'] === id);
  }

  test('webhook.drop calls nobody', async () => {
    expect(await called('webhook.drop', 1)).toEqual([]);
  });

  test('webhook.twice calls twice', async () => {
    const [one, two, ...more] = await called('webhook.twice', 3);
    expect(two).toEqual(one);
    expect(more).toEqual([]);
  });

  test('webhook.early calls before the end, and then no more', async () => {
    const calls = await called('webhook.early', 2);
    expect(calls).toMatchObject([{ status: 'task_postprocess_start', outputs: [] }]);
  });
});

everyFaultIsTested(/^webhook\./);
