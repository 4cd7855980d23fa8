/** Ratings that a page saves: none is lost, whoever saves at the same time and whatever lies there. */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ratingsSchemaId, type Ratings, type Stars } from '../../src/ratings/ratings.ts';
import { writtenRatings } from '../../src/ratings/written.ts';
import type { World } from '../cli/rig.ts';
import { createSongs, serve, type Answered, type Served } from './served.ts';

const digits = (number: number) => number.toString(16).padStart(32, '0');

function starOf(number: number): Stars {
  return {
    at: '2026-11-22T10:15:00.000Z',
    of: { job: digits(number), song: digits(number) },
    stars: 4,
  };
}

function ratingsOf(stars: readonly Stars[], batch = 'test'): Ratings {
  return { $schema: ratingsSchemaId, batch, listener: 'ann', comparisons: [], abx: [], stars };
}

async function openServed(): Promise<{ world: World; served: Served; path: string }> {
  const world = await createSongs(0);
  return { world, served: await serve(world), path: join(world.folder, 'out/ratings.json') };
}

/** @param seen the ETag of what is replaced; undefined: nothing */
async function put(
  served: Served,
  ratings: Ratings | string,
  seen?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const condition = seen === undefined ? { 'if-none-match': '*' } : { 'if-match': seen };
  const body = typeof ratings === 'string' ? ratings : JSON.stringify(ratings);
  const token = { 'x-songbatch-token': await served.token() };
  return served.ask('PUT', '/ratings', { ...condition, ...token, ...headers }, body);
}

const problemIn = ({ body }: Answered) => (JSON.parse(body) as { problem: string }).problem;

describe('ratings', () => {
  test('are a file that reads well, and are given back with the ETag to replace them by', async () => {
    const { world, served } = await openServed();
    expect((await served.get('/ratings')).status).toBe(204);
    const first = await put(served, ratingsOf([starOf(1)]));
    expect(first.status).toBe(200);
    const { etag = '' } = first.headers;
    expect(world.read('out/ratings.json')).toBe(`{
  "$schema": "https://songbatch.dev/schemas/ratings.schema.json",
  "batch": "test",
  "listener": "ann",
  "comparisons": [],
  "abx": [],
  "stars": [
    {"at":"2026-11-22T10:15:00.000Z","of":{"job":"${digits(1)}","song":"${digits(1)}"},"stars":4}
  ]
}
`);
    const given = await served.get('/ratings');
    expect([given.status, given.headers.etag]).toEqual([200, etag]);
    expect(given.body).toBe(world.read('out/ratings.json'));
    expect((await served.get('/ratings', { 'if-none-match': etag })).status).toBe(304);

    expect((await put(served, ratingsOf([starOf(2)]))).status).toBe(412);
    expect((await put(served, ratingsOf([starOf(2)]), '"0123"')).status).toBe(412);
    expect(JSON.parse(world.read('out/ratings.json'))).toEqual(ratingsOf([starOf(1)]));
    expect((await put(served, ratingsOf([starOf(1), starOf(2)]), etag)).status).toBe(200);
    expect(JSON.parse(world.read('out/ratings.json'))).toEqual(ratingsOf([starOf(1), starOf(2)]));
    expect(readdirSync(join(world.folder, 'out')).sort()).toEqual(['ratings.json', 'report']);
  });

  test('of listeners who say who they are have a file each', async () => {
    const world = await createSongs(0);
    const served = await serve(world, { listener: 'ann' });
    expect((await put(served, ratingsOf([starOf(1)]))).status).toBe(200);
    expect(JSON.parse(world.read('out/ratings-ann.json'))).toEqual(ratingsOf([starOf(1)]));
    expect((await served.get('/report/')).body).toContain('data-listener="ann"');
    expect((await (await serve(world)).get('/ratings')).status).toBe(204);
  });

  test('that cannot be are refused, in words', async () => {
    const { served, path } = await openServed();
    const refused = async (...[ratings, seen, headers]: [Ratings | string, string?, object?]) => {
      const answer = await put(served, ratings, seen, { ...headers });
      return [answer.status, problemIn(answer)];
    };
    expect(await refused('{')).toEqual([422, 'it is not JSON']);
    expect(await refused('{}')).toEqual([
      422,
      expect.stringMatching(/^it is no file of ratings: \/\$schema .*no ratings$/),
    ]);
    const stars = [{ ...starOf(1), stars: 6 as 5 }];
    expect(await refused(ratingsOf(stars))).toEqual([
      422,
      'it is no file of ratings: /stars/0/stars is no whole number from 1 to 5',
    ]);
    expect(await refused(ratingsOf([], 'other'))).toEqual([
      422,
      'it is about the batch "other", and this is "test"',
    ]);
    expect((await put(served, ' '.repeat(10_000_001))).status).toBe(413);
    const unconditional = { 'if-none-match': '' };
    expect((await refused(ratingsOf([]), undefined, unconditional))[0]).toBe(428);
    expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('are written by our own page only', async () => {
    const { served, path } = await openServed();
    const statusWith = async (headers: Readonly<Record<string, string>>) =>
      (await put(served, ratingsOf([]), undefined, headers)).status;
    expect(await statusWith({ 'x-songbatch-token': '' })).toBe(403);
    expect(await statusWith({ 'x-songbatch-token': 'f'.repeat(32) })).toBe(403);
    expect(await statusWith({ origin: 'https://evil.example' })).toBe(403);
    expect(await statusWith({ origin: 'null' })).toBe(403);
    expect(await statusWith({ origin: `http://127.0.0.1:${served.port + 1}` })).toBe(403);
    expect(await statusWith({ host: 'evil.example' })).toBe(421);
    expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
    expect(await statusWith({ origin: `http://localhost:${served.port}` })).toBe(200);
  });
});

describe('what is not understood is never overwritten', () => {
  test.each<[what: string, make: (path: string, world: World) => void, why: RegExp]>([
    ['a broken file', (_, world) => world.write('out/ratings.json', '{"stars": ['), /not JSON/],
    [
      'ratings of another batch',
      (_, world) => world.write('out/ratings.json', writtenRatings(ratingsOf([], 'other'))),
      /about the batch "other"/,
    ],
    [
      'a folder',
      (path) => {
        mkdirSync(path);
      },
      /no regular file/,
    ],
    [
      'a symlink',
      (path, world) => {
        symlinkSync(world.write('elsewhere.json', writtenRatings(ratingsOf([]))), path);
      },
      /a symlink/,
    ],
    ['a pipe, which would make it wait', (path) => execFileSync('mkfifo', [path]), /no regular/],
    [
      'a file that is too large',
      (_, world) => world.write('out/ratings.json', ' '.repeat(10_000_001)),
      /more than 10000000 bytes/,
    ],
  ])('%s', async (_, make, why) => {
    const { world, served, path } = await openServed();
    make(path, world);
    const before = lstatSync(path, { bigint: true });
    const answers = [
      await served.get('/ratings'),
      await put(served, ratingsOf([starOf(1)])),
      await put(served, ratingsOf([starOf(1)]), '"0123"'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(409);
      expect(problemIn(answer)).toMatch(why);
      expect(problemIn(answer)).toContain(path);
    }
    const after = lstatSync(path, { bigint: true });
    expect([after.ino, after.size, after.mtimeNs]).toEqual([
      before.ino,
      before.size,
      before.mtimeNs,
    ]);
    rmSync(path, { recursive: true });
    expect((await put(served, ratingsOf([starOf(1)]))).status).toBe(200);
  });
});

test('two servers and many pages at once: every rating is there in the end', async () => {
  const world = await createSongs(0);
  const servers = [await serve(world), await serve(world)];
  const rate = async (number: number) => {
    const served = servers[number % 2] ?? servers[0];
    if (!served) throw new Error('no server');
    for (;;) {
      const there = await served.get('/ratings');
      const ratings = there.status === 204 ? ratingsOf([]) : (JSON.parse(there.body) as Ratings);
      const more = { ...ratings, stars: [...ratings.stars, starOf(number)] };
      const { status } = await put(served, more, there.headers.etag);
      if (status === 200) return;
      expect(status).toBe(412);
    }
  };
  const numbers = Array.from({ length: 12 }, (_, number) => number);
  await Promise.all(numbers.map(rate));
  const { stars } = JSON.parse(world.read('out/ratings.json')) as Ratings;
  expect(stars.map(({ of }) => of.job).sort()).toEqual(numbers.map(digits));
});

describe('after a crash', () => {
  test('what was left half written is begun anew, and nothing that bears its name is followed', async () => {
    const { world, served, path } = await openServed();
    const elsewhere = world.write('elsewhere.json', 'mine');
    symlinkSync(elsewhere, `${path}.part`);
    world.write('out/ratings.json.lock', '');
    expect((await put(served, ratingsOf([starOf(1)]))).status).toBe(200);
    expect(world.read('elsewhere.json')).toBe('mine');
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test('what cannot be written is said, and can be saved once that is mended', async () => {
    const { served, path } = await openServed();
    expect((await put(served, ratingsOf([starOf(1)]))).status).toBe(200);
    const { etag } = (await served.get('/ratings')).headers;
    mkdirSync(`${path}.part`);
    const answer = await put(served, ratingsOf([starOf(2)]), etag);
    expect(answer.status).toBe(409);
    expect(problemIn(answer)).toMatch(/ratings\.json: it cannot be written: EISDIR/);
    expect(JSON.parse((await served.get('/ratings')).body)).toEqual(ratingsOf([starOf(1)]));
    rmSync(`${path}.part`, { recursive: true });
    expect((await put(served, ratingsOf([starOf(2)]), etag)).status).toBe(200);
  });
});
