/** `report --serve`: the page and the songs for a browser on this machine, and nothing else for anybody. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadBatch } from '../../src/batch/batch.ts';
import { writeReport } from '../../src/batch/write-report.ts';
import type { PageData } from '../../src/listening/page-format.ts';
import { serveListening } from '../../src/listening/serve.ts';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { until, type World } from '../cli/rig.ts';
import { goodLife, songJob } from '../state/songs.ts';
import { createSongs, serve, type Served } from './served.ts';

const song = '/vocal/1.wav';

async function servedSongs(seeds = 1): Promise<{ world: World; served: Served }> {
  const world = await createSongs(seeds);
  return { world, served: await serve(world) };
}

describe('the page', () => {
  test('is at /report/, with a token that no other start has, and its policy as a header', async () => {
    const { world, served } = await servedSongs();
    const root = await served.get('/');
    expect([root.status, root.headers.location]).toEqual([302, '/report/']);
    const { status, headers, body } = await served.get('/report/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(body)?.[1];
    expect(policy).toContain("connect-src 'self'");
    expect(headers['content-security-policy']).toBe(`${policy ?? ''}; frame-ancestors 'none'`);
    const token = await served.token();
    expect(token).toHaveLength(32);
    expect(await (await serve(world)).token()).not.toBe(token);
    // The file itself, which may go anywhere, has none.
    expect(world.read('out/report/index.html').includes('<meta name="songbatch-live"')).toBe(false);
    expect((await served.get('/report/page-2.html')).status).toBe(404);
  });

  test('has its data as JSON, its pieces and its pictures', async () => {
    const { world, served } = await servedSongs(2);
    const answer = await served.get('/report/page-1.json');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const data = JSON.parse(answer.body) as PageData;
    expect(data).toMatchObject({ batch: { name: 'test' }, totals: { saved: 2 } });
    const piece = await served.get(`/report/data/${data.pieces[0] ?? ''}`);
    expect(piece.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(piece.body).toBe(world.read(`out/report/data/${data.pieces[0] ?? ''}`));
    const picture = await served.get(`/report/sound/${data.columns.song[0]?.[1] ?? ''}.png`);
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png']);
  });
});

test('the page is written by one at a time, though runs and servers write it', async () => {
  const world = await createSongs(2);
  const place = { environment: {}, workingDirectory: world.folder, config: {} };
  const batch = await loadBatch('m.yaml', {}, place, () => undefined);
  const write = async () => {
    const store = openStoreReader(batch.statePath);
    await writeReport(batch, store, '0.1.0');
    store?.close();
  };
  await Promise.all(Array.from({ length: 8 }, write));
  expect(readdirSync(join(world.folder, 'out/report')).sort()).toEqual([
    'data',
    'index.html',
    'sound',
  ]);
});

describe('a song', () => {
  test('comes whole, in parts, or not at all where the browser has it', async () => {
    const { world, served } = await servedSongs();
    const file = readFileSync(join(world.folder, 'out/vocal/1.wav'));
    const etag = `"${createHash('sha256').update(file).digest('hex')}"`;
    const whole = await fetch(`http://127.0.0.1:${served.port}${song}`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(file)).toBe(true);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'audio/wav',
      'content-length': String(file.length),
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      etag,
    });
    const head = await served.ask('HEAD', song, { range: 'bytes=0-9' });
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers['content-length']).toBe(String(file.length));

    const part = await fetch(whole.url, { headers: { range: 'bytes=40-49', 'if-range': etag } });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 40-49/${file.length}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(file.subarray(40, 50))).toBe(true);
    const statusOf = async (headers: Record<string, string>) =>
      (await served.get(song, headers)).status;
    expect(await statusOf({ range: 'bytes=0-1', 'if-range': '"other"' })).toBe(200);
    expect(await statusOf({ range: `bytes=${file.length}-` })).toBe(416);
    expect(await statusOf({ 'if-none-match': etag })).toBe(304);
  });

  test('that a client stops listening to is closed, and so is one that is asked about', async () => {
    let opened = 0;
    let closed = 0;
    const endless = () => Readable.from(Iterator.from(repeat(Buffer.alloc(65_536))));
    const server = await serveListening(
      {
        data: () => Promise.resolve(undefined),
        page: () => ({ html: '', policy: '' }),
        version: () => '1',
        open: () => {
          opened++;
          const close = () => {
            closed++;
            return Promise.resolve();
          };
          const file = {
            mediaType: 'audio/wav',
            bytes: 2 ** 40,
            etag: '"1"',
            read: endless,
            close,
          };
          return Promise.resolve(file);
        },
        ratings: {
          name: '',
          read: () => Promise.resolve({ kind: 'nothing' }),
          replace: () => Promise.resolve({ kind: 'changed' }),
          accept: (text) => ({ text }),
        },
      },
      0,
    );
    onTestFinished(server.close);
    const url = new URL(song, server.url);
    await fetch(url, { method: 'HEAD' });
    await fetch(url, { headers: { 'if-none-match': '"1"' } });
    await fetch(url, { headers: { range: 'bytes=2000000000000-' } });
    const asked = get(url, { agent: false });
    const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    await once(response, 'readable');
    expect([opened, closed]).toEqual([4, 3]);
    asked.destroy();
    await until(() => closed === 4);
  });
});

function* repeat<Value>(value: Value): Generator<Value> {
  for (;;) yield value;
}

describe('nothing else of the folder', () => {
  let world: World;
  beforeAll(async () => {
    const cleanUps: (() => Promise<void>)[] = [];
    world = await createSongs(1, { onFinished: (cleanUp) => cleanUps.push(cleanUp) });
    world.write('out/notes.txt', 'mine');
    world.write('out/report/notes.js', 'mine');
    world.write('out/report/data/notes.js', 'mine');
    world.write('out/.hidden.wav', 'mine');
    world.write('secret.wav', 'mine');
    return async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    };
  });

  test.each([
    '/state.sqlite',
    '/metadata.json',
    '/SHA256SUMS',
    '/notes.txt',
    '/report/notes.js',
    '/report/data/notes.js',
    '/report/data/',
    '/report/sound/',
    '/report/.lock',
    '/.hidden.wav',
    '/vocal',
    '/vocal/',
    '/vocal/2.wav',
    '//vocal/1.wav',
    '/./vocal/1.wav',
    '/vocal/../vocal/1.wav',
    '/report/../state.sqlite',
    '/report/%2e%2e/state.sqlite',
    '/report/data/..%2f..%2fstate.sqlite',
    '/vocal%2f1.wav',
    '/vocal\\1.wav',
    '/vocal/1.wav%00.png',
    '/%',
    '/../secret.wav',
    '/%2e%2e/secret.wav',
    'http://127.0.0.1/vocal/1.wav',
    '*',
  ])('not %s', async (path) => {
    const served = await serve(world);
    const { status, body } = await served.get(path);
    expect([status, body]).toEqual([404, 'there is no such file in this report\n']);
  });
});

test.each<[what: string, make: (path: string) => void]>([
  [
    'a symlink, even to the same song',
    (path) => {
      symlinkSync('../../copy.wav', path);
    },
  ],
  [
    'a folder',
    (path) => {
      mkdirSync(path);
    },
  ],
  [
    'a pipe, which would make it wait',
    (path) => {
      execFileSync('mkfifo', [path]);
    },
  ],
  [
    'a file of another size',
    (path) => {
      writeFileSync(path, 'RIFF');
    },
  ],
])('%s in the place of a song is not served', async (_, make) => {
  const { world, served } = await servedSongs();
  expect((await served.get(song)).status).toBe(200);
  const path = join(world.folder, 'out/vocal/1.wav');
  renameSync(path, join(world.folder, 'copy.wav'));
  make(path);
  expect((await served.get(song)).status).toBe(404);
});

test('a folder of songs that has become a symlink is served while it stays inside', async () => {
  const { world, served } = await servedSongs();
  const [folder, inside, outside] = ['out/vocal', 'out/elsewhere', 'elsewhere'].map((name) =>
    join(world.folder, name),
  ) as [string, string, string];
  renameSync(folder, inside);
  symlinkSync(inside, folder);
  expect((await served.get(song)).status).toBe(200);
  renameSync(inside, outside);
  rmSync(folder);
  symlinkSync(outside, folder);
  expect((await served.get(song)).status).toBe(404);
});

test('what a foreign state calls songs is neither the state, nor outside, nor a page', async () => {
  const world = await createSongs(0);
  const [intended, accepted, succeeded, saved] = goodLife(1);
  const [file] = saved.files;
  if (!file) throw new Error('no file');
  const html = '<script>alert(1)</script>';
  const said = ['state.sqlite', '../secret.wav', '.hidden.wav', 'page.html', 'page.wav'].map(
    (path) => {
      const { length: bytes } = html;
      if (path !== 'state.sqlite') world.write(`out/${path}`, html);
      return { ...file, path, bytes, mediaType: 'text/html' };
    },
  );
  const identity = { name: 'test', service: 'embedded' };
  const { store } = openStore(join(world.folder, 'out/state.sqlite'), {
    identity,
    policy: { attempts: 1 },
  });
  for (const event of [intended, accepted, succeeded, { ...saved, files: said }]) {
    await store.append(songJob(1), event);
  }
  store.close();
  const served = await serve(world);
  for (const path of ['/state.sqlite', '/../secret.wav', '/.hidden.wav', '/page.html']) {
    expect([path, (await served.get(path)).status]).toEqual([path, 404]);
  }
  const { status, headers } = await served.get('/page.wav');
  expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
});

describe('who may ask', () => {
  test('is whoever calls it by its own name', async () => {
    const { served } = await servedSongs();
    const { port } = served;
    const statusFor = async (host: string) => (await served.get('/report/', { host })).status;
    for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      expect([name, await statusFor(`${name}:${port}`)]).toEqual([name, 200]);
    }
    for (const host of [
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:${port}.evil.example`,
      `user@127.0.0.1:${port}`,
      `127.0.0.1.:${port}`,
    ]) {
      expect([host, await statusFor(host)]).toEqual([host, 421]);
    }
    expect(await served.say('GET /report/ HTTP/1.1\r\nHost:\r\n\r\n')).toMatch(/^HTTP\/1.1 421 /);
    expect(await served.say('GET /report/ HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 421 /);
    expect(await served.say('GET /report/ HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const two = `GET /report/ HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    expect(await served.say(two)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await served.say('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect((await served.get('/report/')).status).toBe(200);
  });

  test('may read, and no other origin may', async () => {
    const { served } = await servedSongs();
    const origin = 'https://evil.example';
    for (const path of ['/report/', '/report/page-1.json', song, '/ratings', '/nothing']) {
      const { headers } = await served.get(path, { origin });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    }
    for (const method of ['POST', 'DELETE', 'OPTIONS', 'PUT', 'PATCH']) {
      const { status, headers } = await served.ask(method, '/report/');
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
    const preflight = { origin, 'access-control-request-method': 'PUT' };
    expect((await served.ask('OPTIONS', '/ratings', preflight)).status).toBe(405);
  });
});
