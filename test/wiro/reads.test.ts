import { expect, test } from 'vitest';
import { ApiFault, type ApiReason } from '../../src/job/api-fault.ts';
import { createWiroClient } from '../../src/wiro/client.ts';
import { clientOf, faultOf, model } from './client-rig.ts';
import { fakeClock } from './fake-clock.ts';
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

const task = { id: '7', status: 'task_start', socketaccesstoken: 't' };
const detail = json({ result: true, errors: [], total: '1', tasklist: [task] });

const passing: [name: string, reply: Reply][] = [
  ['a broken connection', hangUp],
  ['a 500', no(0, 'server fault', 500)],
  ['a 502 of HTML', text('<html>', 502)],
  ['a 429', text('', 429)],
  ['HTML under 200', text('<html>', 200)],
  ['an answer cut short', truncated('{"result": true')],
  ['malformed JSON', text('{"result": tr', 200)],
  ['a missing result', json({ tasklist: [task] })],
  ['a missing task list', json({ result: true })],
  ['a task list with another task', json({ result: true, tasklist: [{ id: '8' }] })],
];

test.each(passing)('asks again after %s', async (_name, reply) => {
  await using server = await scriptedServer(reply, detail);
  await using api = clientOf(server);
  expect(await api.task('7')).toMatchObject({ id: '7', state: { kind: 'running' } });
  expect(server.seen).toHaveLength(2);
  expect(server.questions()).toEqual([{ taskid: '7' }, { taskid: '7' }]);
});

test('asks again when no answer comes in time', async () => {
  await using server = await scriptedServer(silence, detail);
  await using api = clientOf(server, fakeClock(), { headersTimeout: 300 });
  expect(await api.task('7')).toMatchObject({ id: '7' });
  expect(server.seen.length).toBeGreaterThan(1);
});

test('waits longer from try to try, within a bound, and gives up when time is up', async () => {
  await using server = await scriptedServer(text('<html>', 503));
  const clock = fakeClock();
  await using api = clientOf(server, clock);
  const fault = await faultOf(api.task('7'));
  expect(fault.kind).toBe('unreachable');
  expect(fault.message).toMatch(/^Task\/Detail: no usable answer after \d+ tries; .*HTTP 503/);
  expect(clock.sleeps.slice(0, 7)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect(clock.elapsed()).toBeLessThanOrEqual(120_000);
  expect(clock.elapsed()).toBeGreaterThan(100_000);
});

test('draws its waits from zero on, so that clients do not come back together', async () => {
  await using server = await scriptedServer(text('', 503), text('', 503), detail);
  const clock = fakeClock();
  await using api = clientOf(server, clock, { random: () => 0.25 });
  await api.task('7');
  expect(clock.sleeps).toEqual([125, 250]);
});

test('honours Retry-After in seconds, and as a date', async () => {
  const clock = fakeClock();
  const date = new Date(clock.now() + 7000 + 42_000).toUTCString();
  await using server = await scriptedServer(
    text('', 429, { 'retry-after': '7' }),
    text('', 503, { 'retry-after': date }),
    detail,
  );
  await using api = clientOf(server, clock);
  await api.task('7');
  expect(clock.sleeps).toEqual([7000, 42_000]);
});

test('gives up at once when it is told to wait longer than it may', async () => {
  await using server = await scriptedServer(text('', 503, { 'retry-after': '3600' }));
  const clock = fakeClock();
  await using api = clientOf(server, clock);
  expect((await faultOf(api.task('7'))).kind).toBe('unreachable');
  expect(clock.sleeps).toEqual([]);
});

test.each([
  ['HTTP 401', text('Unauthorized', 401), 401, 'denied'],
  ['HTTP 401 with code 0', no(0, 'Project authorization is not valid.', 401), 0, 'denied'],
  ['HTTP 401 with code 99', no(99, 'bearer token expired', 401), 99, 'bearer-token'],
  ['code 98', no(98, 'sign in'), 98, 'sign-in-required'],
  ['code 99', no(99, 'bearer token'), 99, 'bearer-token'],
] satisfies [string, Reply, number, ApiReason][])(
  'is denied at once by %s',
  async (_name, reply, code, reason) => {
    await using server = await scriptedServer(reply);
    await using api = clientOf(server);
    expect(await faultOf(api.task('7'))).toMatchObject({ kind: 'denied', code, reason });
    expect(server.seen).toHaveLength(1);
  },
);

test('knows a task that is not there', async () => {
  await using server = await scriptedServer(no(1, 'There is no task yet.'));
  await using api = clientOf(server);
  expect(await api.task('7')).toBeUndefined();
});

test('passes any other refusal on, with its code and words', async () => {
  await using server = await scriptedServer(no(0, 'Request parameter [taskid] required'));
  await using api = clientOf(server);
  const fault = await faultOf(api.task('7'));
  expect(fault).toMatchObject({ kind: 'refused', code: 0, reason: 'general' });
  expect(fault.message).toContain('Request parameter [taskid] required');
});

test('says that the base URL may be wrong when something else answers', async () => {
  await using server = await scriptedServer(text('<html>not found', 404));
  await using api = clientOf(server);
  const fault = await faultOf(api.task('7'));
  expect(fault).toMatchObject({ kind: 'refused', code: 404, reason: 'not-the-api' });
  expect(fault.message).toContain('check the base URL');
});

test.each([60_000, 0])('stops asking when it is cancelled, with %i ms left', async (total) => {
  const stop = new AbortController();
  await using server = await scriptedServer((response) => {
    stop.abort(new Error('that is enough'));
    response.destroy();
  });
  await using api = clientOf(server, fakeClock(), { readRetry: { total } });
  await expect(api.task('7', stop.signal)).rejects.toThrow('that is enough');
  expect(server.seen).toHaveLength(1);
});

test('holds all calls to one rate', async () => {
  await using server = await scriptedServer(
    json({ result: true, taskid: '7', list: [], tasklist: [task], tool: [{}] }),
  );
  const clock = fakeClock();
  await using api = clientOf(server, clock, { requestsPerSecond: 2 });
  await api.run(model, {});
  await api.task('7');
  await api.tasks(model, { start: 0, limit: 1 });
  await api.kill('7');
  await api.price(model);
  expect(clock.sleeps).toEqual([500, 500, 500]);
});

test('lists tasks newest first, with their total and the skew of the clocks', async () => {
  const clock = fakeClock();
  await using server = await scriptedServer(
    json(
      { result: true, total: '250', tasklist: [{ id: 9 }, { status: 'no id' }, { id: '8' }] },
      200,
      { date: new Date(clock.now() - 90_000).toUTCString() },
    ),
  );
  await using api = clientOf(server, clock);
  const page = await api.tasks(model, { start: 100, limit: 100 });
  expect(page).toMatchObject({ total: 250, clockSkew: 90_000 });
  expect(page.tasks.map(({ id }) => id)).toEqual(['9', '8']);
  expect(server.seen[0]?.path).toBe('/v1/Task/List');
  expect(server.questions()).toEqual([
    { type: 'model', sort: 'id', order: 'DESC', start: '100', limit: '100', modelName: model },
  ]);
});

test('takes an empty list for an answer, and a missing one for a fault', async () => {
  await using server = await scriptedServer(
    json({ result: true, total: 0 }),
    json({ result: true, total: 0, tasklist: [] }),
  );
  await using api = clientOf(server);
  expect(await api.tasks(model, { start: 0, limit: 100 })).toMatchObject({ total: 0, tasks: [] });
  expect(server.seen).toHaveLength(2);
});

test('cancels and kills, and tells when the API will not', async () => {
  await using server = await scriptedServer(
    json({ result: true, tasklist: [] }),
    no(1, 'Task is not in a cancellable state.'),
    json({ result: true, tasklist: [] }),
  );
  await using api = clientOf(server);
  expect(await api.cancel('7')).toEqual({ kind: 'stopped' });
  expect(await api.cancel('7')).toEqual({
    kind: 'refused',
    code: 1,
    message: 'Task is not in a cancellable state.',
  });
  expect(await api.kill('7')).toEqual({ kind: 'stopped' });
  expect(server.seen.map(({ path }) => path)).toEqual([
    '/v1/Task/Cancel',
    '/v1/Task/Cancel',
    '/v1/Task/Kill',
  ]);
});

test.each([
  [{ approximatelycost: '0.003510000000', dynamicprice: null }, 3_510_000_000n],
  [{ approximatelycost: 0.25 }, 250_000_000_000n],
  [{ approximatelycost: '0' }, undefined],
  [{}, undefined],
  [{ dynamicprice: '[{"inputs":{},"price":0.13,"priceMethod":"cpr"}]' }, 130_000_000_000n],
  [
    { dynamicprice: '[{"inputs":{},"price":0.13,"priceMethod":"cpr"}]', approximatelycost: '9' },
    130_000_000_000n,
  ],
  [{ dynamicprice: [{ inputs: {}, price: '0.05', priceMethod: 'cpr' }] }, 50_000_000_000n],
  // As Tool/List shows it.
  [{ dynamicprice: '[{"inputs":{},"price":0.09}]' }, 90_000_000_000n],
  [{ dynamicprice: '[]', approximatelycost: '0.2' }, 200_000_000_000n],
  // By the second, at another rate than that of `approximatelycost`: 40 s at $0.003.
  [
    {
      dynamicprice: '[{"inputs":{},"price":0.003,"priceMethod":"cps"}]',
      cps: '0.001000000000',
      approximatelycost: '0.040000000000',
    },
    120_000_000_000n,
  ],
  [{ dynamicprice: '[{"inputs":{},"price":0.003,"priceMethod":"cps"}]', cps: '0.001' }, undefined],
  [
    {
      dynamicprice:
        '[{"inputs":{"gender":"male"},"price":1,"priceMethod":"cpr"},{"inputs":{"gender":"female"},"price":2,"priceMethod":"cpr"}]',
      approximatelycost: '0.2',
    },
    undefined,
  ],
  [{ dynamicprice: '[{"inputs":{},"price":1,"priceMethod":"cp-promptlength"}]' }, undefined],
  [{ dynamicprice: '[{"inputs":{},"price":1,"priceMethod":"cp-audiosecondslength"}]' }, undefined],
  [{ dynamicprice: '[{"inputs":{"seed":"1"},"price":1,"priceMethod":"cpr"}]' }, undefined],
  [{ dynamicprice: '[{"inputs":{},"price":1,"priceMethod":"cpo"}]' }, undefined],
  [{ dynamicprice: 'tier-a', approximatelycost: 'about a cent' }, undefined],
])('reads the price of %o', async (tool, perTask) => {
  await using server = await scriptedServer(json({ result: true, tool: [tool] }));
  await using api = clientOf(server);
  expect((await api.price(model)).perTask).toBe(perTask);
  expect(server.questions()).toEqual([
    { slugowner: 'wiro', slugproject: 'text-to-song-with-reference-yue' },
  ]);
});

test('keeps requests in flight within their bound', async () => {
  let held: (() => void)[] = [];
  let most = 0;
  // Holds what comes until there are three, and then a little longer, for a fourth to show itself.
  await using server = await scriptedServer((response, request) => {
    held.push(() => {
      detail(response, request);
    });
    most = Math.max(most, held.length);
    if (held.length !== 3) return;
    setTimeout(() => {
      const all = held;
      held = [];
      all.forEach((answer) => {
        answer();
      });
    }, 20);
  });
  await using api = clientOf(server, fakeClock(), { requestsInFlight: 3 });
  await Promise.all(Array.from({ length: 15 }, () => api.task('7')));
  expect(most).toBe(3);
});

test.each(['', 'api.wiro.ai/v1', 'ftp://api.wiro.ai'])('refuses the base URL "%s"', (baseUrl) => {
  expect(() => createWiroClient({ baseUrl, key: 'k', requestsPerSecond: 1 })).toThrow(ApiFault);
});
