import { describe, expect, it, test } from 'vitest';

import type { FaultName, Faults } from '../../src/sandbox/faults.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  always,
  call,
  ended,
  everyFaultIsTested,
  first,
  lyrics,
  post,
  runPath,
  sing,
  start,
  until,
} from './rig.ts';

const song = { prompt: lyrics };

/** What comes over the wire, or how it does not. */
async function raw(
  sandbox: Sandbox,
  path: string,
  body: unknown,
): Promise<{ status: number; type: string; text: string } | 'cut'> {
  try {
    const response = await fetch(`${sandbox.url}/${path}`, {
      method: 'POST',
      headers: { 'x-api-key': 'k' },
      body: JSON.stringify(body),
    });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await response.text() };
  } catch {
    return 'cut';
  }
}

const isNotJson = expect.not.stringMatching(/\}$/) as string;
const serverError = { status: 500, text: expect.stringContaining('"result":false') as string };
const badGateway = {
  status: 502,
  type: 'text/html',
  text: expect.stringContaining('<html>') as string,
};
const garbage = { status: 200, text: isNotJson };

describe('a faulty Run', () => {
  test.each<[FaultName, number, unknown]>([
    ['run.dropBefore', 0, 'cut'],
    ['run.500', 0, serverError],
    ['run.502html', 0, badGateway],
    ['run.dropAfter', 1, 'cut'],
    ['run.500after', 1, serverError],
    ['run.garbage', 1, garbage],
  ])('%s makes %d tasks', async (name, created, answer) => {
    const sandbox = await start({ faults: always(name) });
    const got = await raw(sandbox, runPath, song);
    if (answer === 'cut') expect(got).toBe('cut');
    else expect(got).toMatchObject(answer as object);
    expect(sandbox.books()).toMatchObject({ created, faults: { [name]: 1 } });
    sandbox.setFaults({ rates: {} });
    expect((await call(sandbox, runPath, song)).result).toBe(true);
  });

  test('run.hang makes the task and never answers', async () => {
    const sandbox = await start({ faults: always('run.hang') });
    const hanging = raw(sandbox, runPath, song);
    const { tasklist } = await listed(sandbox, 1);
    expect((await ended(sandbox, first(tasklist)['id'] ?? '')).outputs).toHaveLength(1);
    // Whoever never answered does so until the end: then the connection is cut.
    await sandbox.close();
    expect(await hanging).toBe('cut');
  });

  test('that would have been refused is refused, whatever happens to answers', async () => {
    const sandbox = await start({ faults: always('run.dropAfter') });
    expect((await call(sandbox, runPath, {})).errors[0]?.message).toContain('[prompt] required');
  });
});

/** The list once it shows so many tasks. */
async function listed(sandbox: Sandbox, count: number) {
  for (;;) {
    const answer = await call(sandbox, 'Task/List', {});
    if (answer.tasklist.length === count) return answer;
  }
}

describe('a faulty look', () => {
  const both = ['detail', 'list'] as const;
  const cases = both.flatMap((endpoint) =>
    (
      [
        [`${endpoint}.drop`, 'cut'],
        [`${endpoint}.500`, serverError],
        [`${endpoint}.502html`, badGateway],
        [`${endpoint}.garbage`, garbage],
        [
          `${endpoint}.empty`,
          { status: 200, text: '{"total":"0","tasklist":[],"errors":[],"result":true}' },
        ],
      ] as const
    ).map(([name, answer]) => ({ endpoint, name, answer })),
  );
  test.each(cases)('$name', async ({ endpoint, name, answer }) => {
    const sandbox = await start();
    const { taskid } = await call(sandbox, runPath, song);
    await ended(sandbox, taskid);
    sandbox.setFaults(always(name));
    const look = { detail: 'Task/Detail', list: 'Task/List' } as const;
    const got = await raw(sandbox, look[endpoint], { taskid });
    if (answer === 'cut') expect(got).toBe('cut');
    else expect(got).toMatchObject(answer);
    sandbox.setFaults({ rates: {} });
    expect((await call(sandbox, look[endpoint], { taskid })).tasklist).toHaveLength(1);
  });

  test('list.noParameters leaves them out of the list, not out of Detail', async () => {
    const sandbox = await start({ faults: always('list.noParameters') });
    const { taskid } = await call(sandbox, runPath, song);
    const task = first((await call(sandbox, 'Task/List', {})).tasklist);
    expect(task['id']).toBe(taskid);
    expect(task).not.toHaveProperty('parameters');
    const detail = first((await call(sandbox, 'Task/Detail', { taskid })).tasklist);
    expect(detail.parameters).toEqual(song);
  });

  test('list.lag shows a task late, Detail at once', async () => {
    const speed = 1000;
    const lagSeconds = 300;
    const sandbox = await start({ speed, faults: { ...always('list.lag'), lagSeconds } });
    const before = performance.now();
    const { taskid } = await call(sandbox, runPath, song);
    expect((await call(sandbox, 'Task/Detail', { taskid })).tasklist).toHaveLength(1);
    expect(await call(sandbox, 'Task/List', {})).toMatchObject({ total: '0', tasklist: [] });
    await listed(sandbox, 1);
    expect(performance.now() - before).toBeGreaterThanOrEqual((lagSeconds / speed) * 1000);
  });
});

describe('a faulty download', () => {
  async function withSong() {
    const sandbox = await start();
    const { url, size } = first((await sing(sandbox)).outputs);
    return { sandbox, url, size: Number(size) };
  }

  test.each([
    ['download.500', 500],
    ['download.404', 404],
  ] as const)('%s', async (name, status) => {
    const { sandbox, url } = await withSong();
    sandbox.setFaults(always(name));
    expect((await fetch(url)).status).toBe(status);
    sandbox.setFaults({ rates: {} });
    expect((await fetch(url)).status).toBe(200);
  });

  test('download.truncate promises all and breaks off in the middle', async () => {
    const { sandbox, url, size } = await withSong();
    sandbox.setFaults(always('download.truncate'));
    const response = await fetch(url);
    expect(response.headers.get('content-length')).toBe(String(size));
    let came = 0;
    const reading = (async () => {
      for await (const piece of response.body ?? []) came += (piece as Uint8Array).length;
    })();
    await expect(reading).rejects.toThrow('terminated');
    expect(came).toBe(size / 2);
  });

  test('download.wrongLength comes whole by its own account, and a byte short', async () => {
    const { sandbox, url, size } = await withSong();
    sandbox.setFaults(always('download.wrongLength'));
    const response = await fetch(url);
    expect(response.headers.get('content-length')).toBe(String(size - 1));
    expect((await response.arrayBuffer()).byteLength).toBe(size - 1);
  });

  test('download.noRange answers a range with the whole file', async () => {
    const { sandbox, url, size } = await withSong();
    const headers = { range: 'bytes=10-19' };
    expect((await fetch(url, { headers })).status).toBe(206);
    sandbox.setFaults(always('download.noRange'));
    const response = await fetch(url, { headers });
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBe(size);
  });
});

describe('a faulty task', () => {
  test.each<[FaultName, Readonly<Record<string, string>>]>([
    ['task.fail', { status: 'task_postprocess_end', pexit: '1' }],
    ['task.error', { status: 'task_error', starttime: '0' }],
    ['task.cancel', { status: 'task_cancel' }],
    ['task.noOutputs', { status: 'task_postprocess_end', pexit: '0' }],
  ])('%s costs nothing and has no song', async (name, fields) => {
    const sandbox = await start({ faults: always(name) });
    const { taskid } = await call(sandbox, runPath, song);
    const task = await until(sandbox, taskid, (status) =>
      /^task_(cancel|error|postprocess_end)$/.test(status),
    );
    expect(task).toMatchObject({ ...fields, outputs: [], totalcost: '0' });
    expect(sandbox.books()).toMatchObject({ billed: '0.000000000000', faults: { [name]: 1 } });
  });

  test('task.hang never ends, leaves its worker to others, and can be killed', async () => {
    const sandbox = await start({ workers: 1, faults: always('task.hang') });
    const { taskid } = await call(sandbox, runPath, song);
    await until(sandbox, taskid, (status) => status === 'task_start');
    sandbox.setFaults({ rates: {} });
    await sing(sandbox, { seed: '7' });
    expect(sandbox.books().statuses).toEqual({ task_start: 1, task_postprocess_end: 1 });
    expect((await call(sandbox, 'Task/Kill', { taskid })).result).toBe(true);
    expect(sandbox.books().statuses).toEqual({ task_cancel: 1, task_postprocess_end: 1 });
  });
});

describe('faults are repeatable', () => {
  /** Which of 40 Runs make a task and answer with it (o), or do not answer (x). */
  async function pattern(faults: Faults): Promise<string> {
    const sandbox = await start({ faults });
    let seen = '';
    for (let run = 0; run < 40; run++) {
      const got = await raw(sandbox, runPath, song);
      seen += got === 'cut' ? 'x' : got.status === 200 ? 'o' : '5';
    }
    return seen;
  }

  test('equal seeds give equal faults, another seed gives others', async () => {
    const rates = { 'run.dropBefore': 0.3 };
    const seven = await pattern({ seed: 7, rates });
    expect(seven).toMatch(/x/);
    expect(seven).toMatch(/o/);
    expect(await pattern({ seed: 7, rates })).toBe(seven);
    expect(await pattern({ seed: 8, rates })).not.toBe(seven);
  });

  test('one fault does not change when another strikes', async () => {
    const alone = await pattern({ seed: 7, rates: { 'run.dropBefore': 0.3 } });
    const together = await pattern({
      seed: 7,
      rates: { 'run.500': 0.3, 'run.dropBefore': 0.3, 'list.500': 1 },
    });
    expect(together).toContain('5');
    expect(together.replaceAll('5', 'o')).toBe(alone);
  });

  it('begins anew when faults are set', async () => {
    const faults = { seed: 7, rates: { 'run.dropBefore': 0.3 } };
    const sandbox = await start({ faults });
    const runs = async () => {
      const seen = [];
      for (let run = 0; run < 10; run++) seen.push((await raw(sandbox, runPath, song)) === 'cut');
      return seen;
    };
    const before = await runs();
    sandbox.setFaults(faults);
    expect(await runs()).toEqual(before);
  });
});

describe('POST /sandbox/faults', () => {
  async function set(sandbox: Sandbox, body: string, headers: Record<string, string> = {}) {
    const url = new URL('/sandbox/faults', sandbox.url);
    const response = await fetch(url, { method: 'POST', body, headers });
    return { status: response.status, answer: await response.text() };
  }

  test('sets faults while the server runs', async () => {
    const sandbox = await start();
    const { status } = await set(sandbox, '{"rates": {"run.500": 1}, "seed": 3}');
    expect(status).toBe(200);
    expect(await raw(sandbox, runPath, song)).toMatchObject({ status: 500 });
    await set(sandbox, '{"rates": {}}');
    expect(await raw(sandbox, runPath, song)).toMatchObject({ status: 200 });
  });

  test.each([
    ['{"rates": {"run.dropafter": 1}}', 'did you mean \\"run.dropAfter\\"?'],
    ['{"rates": {"run.500": 1.5}}', 'the rate of run.500 is not a number from 0 to 1'],
    ['{"rates": {"run.500": "1"}}', 'the rate of run.500'],
    ['{"rate": {}}', '[rates] is not an object'],
    ['{"rates": {}, "seeds": 3}', '[seeds] is not seed, rates or lagSeconds'],
    ['{"rates": {}, "seed": 1.5}', '[seed] is not a whole number'],
    ['{"rates": {}, "lagSeconds": -1}', '[lagSeconds]'],
    ['rates', 'the body is not JSON'],
  ])('%s is refused, and what was set stays', async (body, why) => {
    const sandbox = await start({ faults: always('run.500') });
    expect((await set(sandbox, body)).answer).toContain(why);
    expect(await raw(sandbox, runPath, song)).toMatchObject({ status: 500 });
  });

  test('wants the key of a server that has one', async () => {
    const sandbox = await start({ key: 'right' });
    expect((await set(sandbox, '{"rates": {}}')).status).toBe(401);
    expect((await set(sandbox, '{"rates": {}}', { 'x-api-key': 'right' })).status).toBe(200);
  });
});

test('faults that do not exist are refused in process, too', async () => {
  const faults = { rates: { 'run.dropafter': 1 } } as Faults;
  await expect(start({ faults })).rejects.toThrow('did you mean "run.dropAfter"?');
});

test('without faults nothing is drawn and nothing is counted', async () => {
  const sandbox = await start();
  await sing(sandbox);
  expect((await post(sandbox, 'Task/List', {})).answer.tasklist).toHaveLength(1);
  expect(sandbox.books().faults).toEqual({});
});

everyFaultIsTested(/^(run|detail|list|download|task)\./);
