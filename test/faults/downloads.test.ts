/** Songs on their way home: none is lost, none is half there, none is bought again. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import type { Situation } from './faulty-batch.ts';
import { until } from '../cli/rig.ts';
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

describe.concurrent('a redirect', () => {
  test.for(inEverySituation([{}]))(
    'is followed without credentials, $situation',
    async ({ situation }, { onTestFinished }) => {
      const met: IncomingHttpHeaders[] = [];
      let server = '';
      // Where songs really are: another host, which sees what a client sends along.
      const cdn = createServer((request, response) => {
        met.push(request.headers);
        void fetch(`${new URL(server).origin}${request.url ?? ''}`).then(async (song) => {
          response.writeHead(200, wav).end(Buffer.from(await song.arrayBuffer()));
        });
      });
      await new Promise<void>((resolve) => cdn.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void cdn.close());
      const { port } = cdn.address() as AddressInfo;

      const batch = await meet(situation, {
        onFinished: onTestFinished,
        key: 'key-for-the-api-only',
        secret: 'secret-for-nobody',
        environment: {
          WIRO_API_KEY: 'key-for-the-api-only',
          WIRO_API_SECRET: 'secret-for-nobody',
        },
        prepare: (world) => {
          server = world.server.url;
        },
        meddleWithSongs: true,
        target: isSong,
        fault: (_, path, { headers }) => {
          met.push(headers);
          const location = `http://user:word@localhost:${port}${path}`;
          return { status: 302, body: '', headers: { location } };
        },
      });
      expectAllHome(batch);
      expect(met.length).toBeGreaterThanOrEqual(6);
      for (const headers of met) {
        expect(Object.keys(headers)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^x-|authorization|cookie/)]),
        );
        expect(JSON.stringify(headers)).not.toMatch(/key-for|secret-for|user:word/);
      }
    },
  );

  test('that leads round in circles, or to no web address, ends', async ({ onTestFinished }) => {
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      manifest: { seeds: 2 },
      meddleWithSongs: true,
      target: isSong,
      fault: (nth, path) => ({
        status: 302,
        body: '',
        headers: { location: nth % 2 === 0 ? path : 'file:///etc/hostname' },
      }),
    });
    expect(batch.last.code).toBe(1);
    expect(filesOf(batch.world).filter((file) => file.startsWith('vocal'))).toEqual([]);
  });
});

describe.concurrent('a download that was interrupted', () => {
  const rows = [
    { name: 'goes on where it was', keepsRanges: true },
    { name: 'begins anew where the server knows no ranges', keepsRanges: false },
  ];
  test.for(rows)('$name, in the next process', async ({ keepsRanges }, { onTestFinished }) => {
    const asked: IncomingHttpHeaders[] = [];
    let isStalling = true;
    const batch = await meet('while running', {
      onFinished: onTestFinished,
      manifest: { seeds: 1 },
      flags: ['--deadline', '1s'],
      meddleWithSongs: true,
      target: isSong,
      fault: (_, _path, { headers }) => {
        asked.push(headers);
        if (isStalling) {
          return (answer) => ({
            status: 200,
            headers: {
              ...wav,
              etag: answer.headers.etag ?? '',
              'content-length': answer.body.length,
            },
            body: answer.body.subarray(0, 3000),
            then: 'silence',
          });
        }
        if (keepsRanges) return 'pass';
        // As of a server that has never heard of them.
        delete headers.range;
        return 'pass';
      },
    });
    expect(batch.last.code).toBe(3);
    isStalling = false;
    expectAllHome({ ...batch, last: await batch.again('--deadline', '30s') });
    expect(asked.map((headers) => [headers.range, headers['if-range'] !== undefined])).toEqual([
      [undefined, false],
      [keepsRanges ? 'bytes=3000-' : undefined, true],
    ]);
  });

  test('by SIGKILL goes on where it was last synced, in the next process', async ({
    onTestFinished,
  }) => {
    const mebibyte = 1024 * 1024;
    const ranges: (string | undefined)[] = [];
    let isStalling = true;
    const large = Buffer.alloc(9 * mebibyte, 'RIFF');
    const batch = await meet('at restart', {
      onFinished: onTestFinished,
      manifest: { seeds: 1 },
      meddleWithSongs: true,
      render: () => Promise.resolve({ file: large, seconds: 20 }),
      target: isSong,
      killAt: Infinity,
      fault: (_, _path, { headers }) => {
        ranges.push(headers.range);
        if (!isStalling) return 'pass';
        isStalling = false;
        return (answer) => ({
          status: 200,
          headers: { ...wav, etag: answer.headers.etag ?? '', 'content-length': large.length },
          body: answer.body.subarray(0, 8.5 * mebibyte),
          then: 'silence',
        });
      },
      whileRunning: async ({ world, kill }) => {
        await until(() => existsSync(join(world.folder, 'out/vocal/1.part.json')));
        kill();
      },
    });
    expect(batch.last.code).toBe(0);
    const [first, second] = ranges;
    expect(first).toBe(undefined);
    expect(Number(/^bytes=(\d+)-$/.exec(second ?? '')?.[1])).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(metadataOf(batch.world).jobs[0]?.outputs[0]?.sha256).toBe(batch.made.get('1'));
    expect(filesOf(batch.world).filter((file) => file.includes('.part'))).toEqual([]);
  });
});

describe.concurrent('a song longer than limits.outputSize', () => {
  const rows = [
    { name: 'as the server says', fault: 'pass' },
    {
      name: 'though the server does not say so',
      only: 'while running',
      fault: ({ body }) => ({ status: 200, headers: wav, body }),
    },
  ] satisfies { name: string; only?: Situation; fault: Meddling }[];
  test.for(inEverySituation(rows))(
    '$name, is not taken, $situation',
    async ({ situation, fault, name }, { onTestFinished }) => {
      const batch = await meet(situation, {
        onFinished: onTestFinished,
        manifest: { seeds: 2, more: 'limits: { outputSize: 5kB }' },
        meddleWithSongs: true,
        target: isSong,
        fault: () => fault,
        otherwise: (path) =>
          isTaskCall(path) && name.startsWith('though')
            ? rewriteTasks((task) => ({
                ...task,
                outputs: (task['outputs'] as object[]).map((output) => ({ ...output, size: '' })),
              }))
            : 'pass',
      });
      expect(batch.last.code).toBe(1);
      expect(batch.last.stderr).toContain('it is longer than the limit of 5000 bytes');
      expect(filesOf(batch.world)).toEqual(['SHA256SUMS', 'metadata.json', 'state.sqlite']);
      expect(batch.world.server.books().created).toBe(2);
    },
  );
});
