/** POST Run under every fault: what the server took is found, what it did not take is sent again, once. */
import { describe, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import type { Situation } from './faulty-batch.ts';
import { expectAllHome, inEverySituation, isRun, meet } from './faulty-batch.ts';

interface Row {
  readonly name: string;
  readonly only?: Situation;
  readonly meddling: Meddling;
  readonly config?: object;
}

const page = '<html><body><h1>502 Bad Gateway</h1></body></html>';

/** A task exists when the fault strikes. */
const taken: readonly Row[] = [
  { name: 'the connection is reset after acceptance', meddling: 'lose-answer' },
  { name: 'it is never answered', meddling: 'silence', config: { timeouts: { answer: '1s' } } },
  { name: 'HTTP 500 after acceptance', meddling: () => ({ status: 500, body: '' }) },
  { name: 'HTML 502 after acceptance', meddling: () => ({ status: 502, body: page }) },
  {
    name: 'HTML under 200 after acceptance',
    only: 'while running',
    meddling: () => ({ status: 200, body: page }),
  },
  {
    name: 'malformed JSON after acceptance',
    meddling: ({ body }) => ({ status: 200, body: body.subarray(0, -5) }),
  },
  {
    name: 'the answer breaks off in the middle',
    only: 'while running',
    meddling: ({ body, headers }) => ({
      status: 200,
      body: body.subarray(0, 20),
      headers: { 'content-length': headers['content-length'] ?? 100 },
      then: 'cut',
    }),
  },
  {
    name: 'result: true without a task id',
    meddling: () => ({ status: 200, body: '{"result":true,"errors":[]}' }),
  },
  {
    name: 'a redirect after acceptance',
    only: 'while running',
    meddling: () => ({ status: 307, body: '', headers: { location: '/v1/elsewhere' } }),
  },
];

/** No task comes of it. */
const notTaken: readonly Row[] = [
  { name: 'the connection is reset before anything was done', meddling: 'lose-request' },
  { name: 'HTTP 500, nothing done', meddling: { status: 500, body: '' } },
  { name: 'HTML 502, nothing done', only: 'while running', meddling: { status: 502, body: page } },
  {
    name: 'HTTP 429 with Retry-After',
    meddling: { status: 429, body: 'slow down', headers: { 'retry-after': '1' } },
  },
  {
    name: 'code 0 without a word about parameters',
    only: 'while running',
    meddling: {
      status: 200,
      body: '{"result":false,"errors":[{"code":0,"message":"Internal hiccup"}]}',
    },
  },
];

describe.concurrent('a Run', () => {
  test.for(inEverySituation([...taken, ...notTaken]))(
    '$name, $situation: every song is bought once',
    async ({ situation, meddling, config }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        // One after the other, the first untouched: so the list is not empty.
        flags: ['--tasks', '1'],
        target: isRun,
        killAt: 2,
        fault: (nth) => (nth === 2 || nth === 3 ? meddling : 'pass'),
        ...(config && { config }),
      });
      expectAllHome(batch);
    },
  );
});
