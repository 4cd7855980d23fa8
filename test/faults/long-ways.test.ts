/** Songs that come by a detour, in pieces, or are longer than anybody wants. */
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import { until } from '../cli/rig.ts';
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
        // A note that is only half written counts for nothing.
        const noted = () => filesOf(world).find((file) => file.endsWith('.part.json'));
        await until(() => world.read(`out/${noted() ?? '../m.yaml'}`).endsWith('}'));
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
