import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { TaskState } from '../../src/job/task.ts';
import { parseTask, parseTasks } from '../../src/wiro/task-report.ts';

/** The sample answer of Task/Detail on the model's page: no `pexit`, no cost. */
const detailSample = {
  id: '2221',
  uuid: '15bce51f-442f-4f44-a71d-13c6374a62bd',
  socketaccesstoken: 'eDcCm5yyUfIvMFspTwww49OUfgXkQt',
  parameters: {},
  debugoutput: '',
  debugerror: '',
  starttime: '1734513809',
  endtime: '1734513813',
  elapsedseconds: '6.0000',
  status: 'task_postprocess_end',
  createtime: '1734513807',
  canceltime: '0',
  outputs: [
    {
      id: '6bc392c93856dfce3a7d1b4261e15af3',
      name: '0.png',
      contenttype: 'image/png',
      size: '202472',
      url: 'https://cdn1.wiro.ai/6a6af820/0.png',
    },
  ],
  size: '202472',
};

/** What the page adds in its samples of Task/Kill and Task/Cancel. */
const killSample = {
  ...detailSample,
  id: '534574',
  status: 'task_cancel',
  cps: '0.000585000000',
  totalcost: '0.003510000000',
  guestid: null,
  callbackurl: '',
  pexit: '0',
  parameters: { inputImage: 'https://api.wiro.ai/v1/File/x/inputImage-6060136.png' },
};

test("reads the sample of Task/Detail on the model's page", () => {
  expect(parseTask(detailSample)).toEqual({
    id: '2221',
    token: 'eDcCm5yyUfIvMFspTwww49OUfgXkQt',
    status: 'task_postprocess_end',
    state: {
      kind: 'succeeded',
      outputs: [
        {
          name: '0.png',
          url: 'https://cdn1.wiro.ai/6a6af820/0.png',
          contentType: 'image/png',
          bytes: 202_472,
        },
      ],
    },
    cost: 0n,
    createdAt: 1_734_513_807,
    seconds: 6,
    parameters: {},
  });
});

test("reads the sample of Task/Kill on the model's page", () => {
  expect(parseTask(killSample)).toMatchObject({
    id: '534574',
    state: { kind: 'failed', reason: 'cancelled', exit: '0', message: '' },
    cost: 3_510_000_000n,
    parameters: killSample.parameters,
  });
  expect(parseTask(killSample)).not.toHaveProperty('callbackUrl');
});

const url = 'https://cdn.example/song.mp3';
const states: [name: string, fields: object, state: Partial<TaskState>][] = [
  ['a queued task', { status: 'task_queue' }, { kind: 'queued' }],
  ['an accepted task', { status: 'task_accept' }, { kind: 'running' }],
  ['a task whose model ended', { status: 'task_end', pexit: '1' }, { kind: 'running' }],
  ['a status that is new', { status: 'task_daydreams' }, { kind: 'running' }],
  ['no status at all', {}, { kind: 'running' }],
  [
    'a task that broke down',
    { status: 'task_error', debugerror: 'CUDA' },
    { kind: 'failed', reason: 'task-error', message: 'CUDA' },
  ],
  ['a cancelled task', { status: 'task_cancel' }, { kind: 'failed', reason: 'cancelled' }],
  [
    'a bad exit in spite of outputs',
    { status: 'task_postprocess_end', pexit: '1', outputs: [{ url }], debugoutput: 'log' },
    { kind: 'failed', reason: 'exit-code', exit: '1', message: 'log' },
  ],
  [
    'a bad exit as a number',
    { status: 'task_postprocess_end', pexit: 137 },
    { kind: 'failed', reason: 'exit-code', exit: '137' },
  ],
  [
    'an exit 0 as a number',
    { status: 'task_postprocess_end', pexit: 0, outputs: [{ url, name: 'a' }] },
    { kind: 'succeeded', outputs: [{ url, name: 'a' }] },
  ],
  [
    'no outputs',
    { status: 'task_postprocess_end', pexit: '0', outputs: [] },
    { kind: 'failed', reason: 'no-outputs', exit: '0' },
  ],
  [
    'neither exit nor outputs',
    { status: 'task_postprocess_end', outputs: null },
    { kind: 'failed', reason: 'no-outputs', exit: '' },
  ],
  [
    'outputs that cannot be fetched: made and billed all the same',
    { status: 'task_postprocess_end', pexit: '0', outputs: [{ url: 'file:///etc/passwd' }, {}] },
    {
      kind: 'succeeded',
      outputs: [
        { name: '', url: 'file:///etc/passwd' },
        { name: '', url: '' },
      ],
    },
  ],
  [
    'outputs of which one can be fetched',
    { status: 'task_postprocess_end', pexit: '0', outputs: [{ url: 'ftp://host/a' }, { url }] },
    { kind: 'succeeded', outputs: [{ name: '', url }] },
  ],
];

test.each(states)('tells the state of %s', (_name, fields, state) => {
  expect(parseTask({ id: '1', ...fields })?.state).toMatchObject(state);
});

test('reads numbers as they come, and leaves out what is not known', () => {
  const report = parseTask({
    id: 12,
    totalcost: 0.5,
    createtime: 1_734_513_807,
    elapsedseconds: 3,
  });
  expect(report).toMatchObject({
    id: '12',
    cost: 500_000_000_000n,
    createdAt: 1_734_513_807,
    seconds: 3,
  });
  const unknown = parseTask({ id: '1', createtime: '0', elapsedseconds: '', totalcost: 'much' });
  expect(unknown).toEqual({
    id: '1',
    token: '',
    status: '',
    state: { kind: 'running' },
    cost: 0n,
  });
});

test('reads parameters that come as JSON text', () => {
  expect(parseTask({ id: '1', parameters: '{"seed":"42"}' })?.parameters).toEqual({ seed: '42' });
  expect(parseTask({ id: '1', parameters: 'not JSON' })).not.toHaveProperty('parameters');
  expect(parseTask({ id: '1', parameters: ['a'] })).not.toHaveProperty('parameters');
});

test("makes the server's words short and harmless, keeping their end", () => {
  const debugerror = `\u001b[31m${'x'.repeat(600)}\r\n\u202eRuntimeError: out of memory`;
  const state = parseTask({ id: '1', status: 'task_error', debugerror })?.state;
  const message = state?.kind === 'failed' ? state.message : '';
  expect(message).toHaveLength(500);
  expect(message).toMatch(/^…x+ RuntimeError: out of memory$/);
  // eslint-disable-next-line no-control-regex
  expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test("keeps a task's own token, and what else is secret, out of its log and exit code", () => {
  const socketaccesstoken = 'eDcCm5yyUfIvMFspTwww49OUfgXkQt';
  const words = { debugerror: `${'x'.repeat(490)}${socketaccesstoken}`, pexit: 'the-api-key' };
  const task = { id: '1', status: 'task_postprocess_end', socketaccesstoken, ...words };
  const state = parseTask(task, (text) => text.replaceAll('the-api-key', '***'))?.state;
  expect(state).toMatchObject({ kind: 'failed', reason: 'exit-code', exit: '***' });
  expect(JSON.stringify(state)).toContain('***"');
  expect(JSON.stringify(state)).not.toContain(socketaccesstoken.slice(-8));
});

test('skips what has no id, and knows a missing list from an empty one', () => {
  expect(parseTasks({ tasklist: [{}, null, 'x', { id: '1' }] })).toHaveLength(1);
  expect(parseTasks({ tasklist: [] })).toEqual([]);
  expect(parseTasks({})).toBeUndefined();
  expect(parseTasks({ tasklist: {} })).toBeUndefined();
});

test('never throws, whatever JSON comes', () => {
  const field = fc.constantFrom(...Object.keys(killSample));
  fc.assert(fc.property(fc.jsonValue(), (raw) => void parseTask(raw)));
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), (fields) => {
      const report = parseTask({ ...killSample, ...fields });
      expect(report === undefined || report.cost >= 0n).toBe(true);
    }),
  );
});
