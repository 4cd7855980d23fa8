/** Calls that only read: asked again until they are answered, and understood in whatever shape they come. */
import { describe, expect, test } from 'vitest';
import type { Answer, Meddling, Reply } from '../cli/meddler.ts';
import type { Situation } from './faulty-batch.ts';
import {
  expectAllHome,
  inEverySituation,
  isRun,
  isTaskCall,
  meet,
  rewrite,
  rewriteTasks,
} from './faulty-batch.ts';

const page = '<html><body><h1>502 Bad Gateway</h1></body></html>';

interface Row {
  readonly name: string;
  readonly only?: Situation;
  readonly meddling: Meddling;
  readonly config?: object;
}

describe.concurrent('Task/List and Task/Detail', () => {
  const rows: readonly Row[] = [
    { name: 'HTTP 500', meddling: { status: 500, body: '' } },
    { name: 'HTML 502', meddling: { status: 502, body: page } },
    { name: 'HTML under 200', only: 'while running', meddling: { status: 200, body: page } },
    { name: 'an empty answer', only: 'while running', meddling: { status: 200, body: '' } },
    {
      name: 'malformed JSON',
      meddling: ({ body }) => ({ status: 200, body: body.subarray(0, -2) }),
    },
    {
      name: 'JSON of another kind',
      only: 'while running',
      meddling: { status: 200, body: '[{"result":true,"tasklist":[]}]' },
    },
    { name: 'an empty task list', meddling: rewriteTasks(() => undefined) },
    {
      name: 'no task list at all',
      only: 'while running',
      meddling: { status: 200, body: '{"result":true}' },
    },
    {
      name: '429 with Retry-After',
      meddling: { status: 429, body: '', headers: { 'retry-after': '1' } },
    },
    { name: 'a connection that is reset', meddling: 'lose-answer' },
    {
      name: 'an answer that breaks off',
      only: 'while running',
      meddling: { status: 200, body: '{"result":', headers: { 'content-length': 99 }, then: 'cut' },
    },
    { name: 'silence', meddling: 'silence', config: { timeouts: { answer: '1s' } } },
  ];
  test.for(inEverySituation(rows))(
    'answering with $name, $situation, are asked again',
    async ({ situation, meddling, config }, { onTestFinished }) => {
      let faults = 0;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        target: isTaskCall,
        // The first is where the process is killed, or the first that the one process meets.
        fault: (nth) => {
          if (nth > 3) return 'pass';
          faults++;
          return meddling;
        },
        ...(config && { config }),
      });
      expectAllHome(batch);
      expect(faults).toBe(3);
    },
  );

  test.for(inEverySituation([{}]))(
    'are waited for as long as Retry-After says, $situation',
    async ({ situation }, { onTestFinished }) => {
      let refusedAt = 0;
      let waited = 0;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        target: (path) => path === '/Tool/Detail',
        killAt: 1,
        fault: (nth) => {
          const isRefused = nth === (situation === 'at restart' ? 2 : 1);
          if (isRefused) refusedAt = performance.now();
          else waited = performance.now() - refusedAt;
          return isRefused ? { status: 503, body: '', headers: { 'retry-after': '1' } } : 'pass';
        },
      });
      expectAllHome(batch);
      expect(waited).toBeGreaterThanOrEqual(999);
    },
  );
});

describe.concurrent('tasks come home', () => {
  /** Everything that a task can do without. */
  const dispensable = ['uuid', 'name', 'cps', 'createtime', 'elapsedseconds', 'pexit', 'size'];
  const every =
    (change: (answer: Answer) => Reply) =>
    (path: string): Meddling =>
      isTaskCall(path) ? change : 'pass';

  const rows = [
    {
      name: 'numbers are numbers',
      otherwise: every(
        rewrite((body) => JSON.parse(JSON.stringify(body, numbersAsNumbers)) as unknown),
      ),
    },
    {
      name: 'fields are missing',
      otherwise: every(
        rewriteTasks((task) =>
          Object.fromEntries(Object.entries(task).filter(([key]) => !dispensable.includes(key))),
        ),
      ),
    },
    {
      name: 'outputs say nothing but their URL',
      only: 'while running',
      otherwise: every(
        rewriteTasks((task) => ({
          ...task,
          outputs: (task['outputs'] as { url: string }[]).map(({ url }) => ({ url })),
        })),
      ),
    },
    {
      name: 'there are fields that nobody knows',
      only: 'while running',
      otherwise: every(
        rewriteTasks((task) => ({
          ...task,
          constructor: 'x',
          __proto__x: [],
          mood: { a: [null] },
        })),
      ),
    },
    {
      name: 'they pass through statuses that nobody knows',
      only: 'at restart',
      otherwise: every(
        rewriteTasks((task) =>
          task['status'] === 'task_postprocess_end'
            ? task
            : { ...task, status: 'task_dreaming', pexit: 'none yet' },
        ),
      ),
    },
    {
      name: 'the list leaves out outputs, cost and exit code',
      otherwise: (path: string): Meddling =>
        path === '/Task/List'
          ? rewriteTasks(({ outputs: _, totalcost: __, pexit: ___, ...task }) => task)
          : 'pass',
    },
    {
      name: 'the list leaves out only the cost',
      only: 'while running',
      otherwise: (path: string): Meddling =>
        path === '/Task/List' ? rewriteTasks(({ totalcost: _, ...task }) => task) : 'pass',
    },
  ];
  test.for(inEverySituation(rows))(
    'though $name, $situation',
    async ({ situation, otherwise }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        // Long enough to be seen on their way.
        speed: 100,
        workers: 4,
        target: isRun,
        killAt: 3,
        fault: (nth) => (nth === 3 && situation === 'at restart' ? 'lose-answer' : 'pass'),
        otherwise,
      });
      expectAllHome(batch);
    },
  );
});

function numbersAsNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,10}(\.\d+)?$/.test(value) ? Number(value) : value;
}
