/** Songs on their way home: none is lost, none is half there, none is bought again. */
import { describe, expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import type { Situation } from './faulty-batch.ts';
import {
  expectAllHome,
  filesOf,
  inEverySituation,
  isSong,
  isTaskCall,
  meet,
  metadataOf,
  rewriteTasks,
} from './faulty-batch.ts';

const wav = { 'content-type': 'audio/wav' };

interface Row {
  readonly name: string;
  readonly only?: Situation;
  readonly meddling: Meddling;
  readonly config?: object;
}

describe.concurrent('a download', () => {
  const rows: readonly Row[] = [
    { name: 'is cut before it begins', meddling: 'lose-answer' },
    {
      name: 'is truncated',
      meddling: ({ headers, body }) => ({
        status: 200,
        headers: { ...wav, etag: headers.etag ?? '', 'content-length': body.length },
        body: body.subarray(0, 3000),
        then: 'cut',
      }),
    },
    {
      name: 'is truncated, and nothing says how long it is',
      only: 'while running',
      meddling: ({ body }) => ({ status: 200, headers: wav, body: body.subarray(0, 3000) }),
    },
    {
      name: 'promises fewer bytes than the task said',
      meddling: ({ body }) => ({
        status: 200,
        headers: { ...wav, 'content-length': 3000 },
        body: body.subarray(0, 3000),
      }),
    },
    {
      name: 'promises more bytes than the task said',
      only: 'while running',
      meddling: ({ body }) => ({
        status: 200,
        headers: { ...wav, 'content-length': body.length + 100 },
        body: Buffer.concat([body, Buffer.alloc(100)]),
      }),
    },
    { name: 'is answered with 500', meddling: { status: 500, body: 'oops' } },
    {
      name: 'is answered with 503',
      only: 'while running',
      meddling: { status: 503, body: '', headers: wav },
    },
    {
      name: 'is answered with a web page',
      meddling: { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
    },
    { name: 'is empty', only: 'while running', meddling: { status: 200, body: '', headers: wav } },
    {
      name: 'falls silent in the middle',
      config: { timeouts: { download: '1s' } },
      meddling: ({ headers, body }) => ({
        status: 200,
        headers: { ...wav, etag: headers.etag ?? '', 'content-length': body.length },
        body: body.subarray(0, 3000),
        then: 'silence',
      }),
    },
    {
      name: 'is answered with a part that nobody asked for',
      only: 'while running',
      meddling: ({ body }) => ({
        status: 206,
        headers: { ...wav, 'content-range': `bytes 10-${body.length - 1}/${body.length}` },
        body: body.subarray(10),
      }),
    },
  ];
  test.for(inEverySituation(rows))(
    'that $name, $situation, is made good',
    async ({ situation, meddling, config }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        meddleWithSongs: true,
        target: isSong,
        fault: (nth) => (nth <= 2 ? meddling : 'pass'),
        ...(config && { config }),
      });
      expectAllHome(batch);
    },
  );

  test.for(inEverySituation([{ only: 'at restart' }]))(
    'that the server does not want to serve today is left for another day, $situation',
    async ({ situation }, { onTestFinished }) => {
      let isDown = true;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 2 },
        meddleWithSongs: true,
        target: isSong,
        fault: () => (isDown ? { status: 503, body: '' } : 'pass'),
      });
      expect(batch.last.code).toBe(3);
      expect(filesOf(batch.world)).toEqual(['SHA256SUMS', 'metadata.json', 'state.sqlite']);
      isDown = false;
      expectAllHome({ ...batch, last: await batch.again() });
    },
  );
});

describe.concurrent('a URL that has expired', () => {
  /** URLs carry a number that grows with each Task/Detail, and only the newest is served. */
  test.for(inEverySituation([{}]))(
    'is renewed through Task/Detail, $situation',
    async ({ situation }, { onTestFinished }) => {
      let details = 0;
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 2 },
        meddleWithSongs: true,
        target: isSong,
        fault: (_, path) => (path.endsWith('?fresh=0') ? { status: 404, body: '' } : 'pass'),
        otherwise: (path) => {
          if (!isTaskCall(path)) return 'pass';
          if (path === '/Task/Detail') details++;
          const fresh = path === '/Task/Detail' ? 1 : 0;
          return rewriteTasks((task) => ({
            ...task,
            outputs: (task['outputs'] as { url: string }[]).map((output) => ({
              ...output,
              url: `${output.url}?fresh=${fresh}`,
            })),
          }));
        },
      });
      expectAllHome(batch);
      expect(details).toBeGreaterThan(0);
    },
  );

  const statuses = [
    { status: 404 },
    { status: 403, only: 'while running' },
    { status: 410, only: 'while running' },
  ];
  test.for(inEverySituation(statuses))(
    'for good ($status) fails its job with the reason, and buys nothing, $situation',
    async ({ situation, status }, { onTestFinished }) => {
      let victim = '';
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        meddleWithSongs: true,
        target: isSong,
        fault: (_, path) => {
          if (victim === '') victim = path;
          return path === victim ? { status, body: '' } : 'pass';
        },
      });
      expect(batch.last.code).toBe(1);
      expect(batch.last.stderr).toContain(`the song cannot be downloaded: HTTP ${status}`);
      expect(batch.world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
      const failed = metadataOf(batch.world).jobs.filter((job) => job.status === 'failed');
      expect(failed).toMatchObject([{ attempts: [{ failure: { reason: 'output-unavailable' } }] }]);
      expect(filesOf(batch.world).filter((file) => file.includes('.part'))).toEqual([]);
    },
  );

  test('is not believed to be gone while the API cannot be asked for a fresh one', async ({
    onTestFinished,
  }) => {
    let isDown = true;
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      manifest: { seeds: 2 },
      meddleWithSongs: true,
      target: isSong,
      fault: () => (isDown ? { status: 404, body: '' } : 'pass'),
      otherwise: (path) =>
        isDown && path === '/Task/Detail' ? { status: 403, body: 'not now' } : 'pass',
    });
    expect(batch.last.code).toBe(3);
    isDown = false;
    expectAllHome({ ...batch, last: await batch.again() });
  });
});
