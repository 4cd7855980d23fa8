/** Bad days of a bucket: nothing is bought that has nowhere to go, nothing that was bought is lost or bought again. */
import { hash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Meddling, Reply } from '../../cli/meddler.ts';
import { tinySong, until } from '../../cli/rig.ts';
import { startCeph, type S3Server } from './ceph.ts';
import { bucketManifest, createBucketWorld, keyOf, type BucketWorld } from './world.ts';

let ceph: S3Server;
beforeAll(async () => {
  ceph = await startCeph();
}, 180_000);
afterAll(() => {
  ceph.stop();
});

function refusal(status: number, code: string): Reply {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return { status, body, headers: { 'content-type': 'application/xml' } };
}

const isSong = (path: string) => path.includes('.wav?');

/** Every song is there once, whole, and was paid for once. */
async function expectSongs(world: BucketWorld, songs: number): Promise<void> {
  const keys = [...(await world.objects()).keys()].filter((key) => key.endsWith('.wav'));
  expect(keys).toHaveLength(songs);
  for (const key of keys) {
    const { sha256 } = await world.metadata(key);
    expect(hash('sha256', await world.content(key))).toBe(sha256);
  }
  expect(await world.openUploads()).toBe(0);
  expect(world.localSongs()).toEqual([]);
  expect(world.server.books()).toMatchObject({ created: songs, duplicates: 0 });
}

describe('before anything is bought', () => {
  test.each([
    [{ AWS_SECRET_ACCESS_KEY: 'wrong-secret' }, 'check AWS_SECRET_ACCESS_KEY'],
    [{ AWS_ACCESS_KEY_ID: 'nobody' }, 'check AWS_ACCESS_KEY_ID'],
    [{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, 'there are no AWS credentials'],
    [
      { AWS_ENDPOINT_URL_S3: 'http://me:secret-word@127.0.0.1:1' },
      'not an http(s) URL without user',
    ],
  ])('%o is told, and nothing of it shown', async (environment, why) => {
    const world = await createBucketWorld(ceph, { environment });
    world.write('m.yaml', bucketManifest(world));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why) as string,
    });
    expect(stderr).not.toMatch(/wrong-secret|secret-word/);
    expect(world.server.books().created).toBe(0);
  });

  test('a bucket that is not there is told', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest({ bucket: 'nowhere-to-be-found' }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        's3://nowhere-to-be-found cannot be used: there is no such',
      ) as string,
    });
    expect(world.server.books().created).toBe(0);
  });

  test('a bucket in which nothing may be written is told', async () => {
    const meddleWithBucket = (
      _path: string,
      _nth: number,
      { method }: { method: string },
    ): Meddling => (method === 'PUT' ? refusal(403, 'AccessDenied') : 'pass');
    const world = await createBucketWorld(ceph, { meddleWithBucket });
    world.write('m.yaml', bucketManifest(world));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '.songbatch.json cannot be written: it is not permitted',
      ) as string,
    });
    expect(world.server.books().created).toBe(0);
  });

  test('a server that does not answer is left for later', async () => {
    const environment = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    const world = await createBucketWorld(ceph, { environment });
    world.write('m.yaml', bucketManifest(world));
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(3);
    expect(world.server.books().created).toBe(0);
  });

  test('songs of another state are, and of one that is lost', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    await world.songbatch('run', 'm.yaml');
    const refused = async (why: string) => {
      const { code, stderr } = await world.songbatch('run', 'm.yaml');
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(why) as string,
      });
      expect(world.server.books().created).toBe(2);
    };
    // As on another machine, or in another folder.
    rmSync(join(world.folder, '.songbatch'), { recursive: true });
    await refused('a run would buy them again');
    await world.remove('night/1/.songbatch.json');
    await refused('metadata.json is there already');
    await world.remove('night/1/metadata.json');
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(world.server.books().created).toBe(4);
  });

  test('a claim is there before the first job, also where the run is killed', async () => {
    const world = await createBucketWorld(ceph, { speed: 1 });
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    const { child, ended } = world.start('run', 'm.yaml');
    await until(() => world.server.books().created > 0);
    child.kill('SIGKILL');
    await ended;
    rmSync(join(world.folder, '.songbatch'), { recursive: true });
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(2);
  });
});

describe('a bucket that', () => {
  test.each([
    ['has too much to do', refusal(503, 'SlowDown')],
    ['breaks connections', 'lose-request'],
    ['loses answers', 'lose-answer'],
    ['has a proxy before it that is broken', { status: 502, body: '<html>' }],
  ] as const)('%s costs time only', async (_, trouble) => {
    const world = await createBucketWorld(ceph, {
      meddleWithBucket: (path, nth) => (isSong(path) && nth <= 4 ? trouble : 'pass'),
    });
    world.write('m.yaml', bucketManifest(world, { seeds: 3 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSongs(world, 3);
  });

  test.each([
    ['takes our credentials away', refusal(403, 'ExpiredToken')],
    ['is removed', refusal(404, 'NoSuchBucket')],
  ])('%s ends the run, and the next one puts the songs there', async (_, trouble) => {
    let isMended = false;
    const world = await createBucketWorld(ceph, {
      speed: 150,
      meddleWithBucket: (path) => (isSong(path) && !isMended ? trouble : 'pass'),
    });
    world.write('m.yaml', bucketManifest(world, { seeds: 20 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--tasks', '2');
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`s3://${world.bucket}/night/1/vocal/`) as string,
    });
    expect(world.server.books().created).toBeLessThan(20);
    isMended = true;
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    await expectSongs(world, 20);
  });

  test('refuses a part of a large song is left nothing of it', async () => {
    let isMended = false;
    const world = await createBucketWorld(ceph, {
      render: async (parameters) => {
        const { file, seconds } = await tinySong(parameters);
        return { file: Buffer.concat([file, Buffer.alloc(17e6, 'la la ')]), seconds };
      },
      meddleWithBucket: (path) =>
        path.includes('partNumber=2') && !isMended ? refusal(403, 'AccessDenied') : 'pass',
    });
    world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
    expect((await world.songbatch('run', 'm.yaml', '--no-measure')).code).toBe(3);
    expect(await world.openUploads()).toBe(0);
    isMended = true;
    expect((await world.songbatch('run', 'm.yaml', '--no-measure')).code).toBe(0);
    await expectSongs(world, 1);
  });

  test('does not take the metadata is not passed over in silence', async () => {
    const world = await createBucketWorld(ceph, {
      meddleWithBucket: (path, _nth, { method }) =>
        path.includes('metadata.json') && method === 'PUT' ? refusal(403, 'AccessDenied') : 'pass',
    });
    world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(3);
    expect(stderr).toContain('metadata.json cannot be written: it is not permitted');
    expect((await world.objects()).has(keyOf('vocal/1'))).toBe(true);
  });
});

describe('a run that is killed', () => {
  test.each(['before', 'after'])(
    'just %s its song is in the bucket does not lose it, though its URL expires',
    async (when) => {
      let kill = (): void => undefined;
      let isKilled = false;
      let downloads = 0;
      const world = await createBucketWorld(ceph, {
        meddleWithSongs: true,
        meddle: (path) => {
          if (!path.startsWith('/files/')) return 'pass';
          downloads++;
          return isKilled ? { status: 410, body: 'gone' } : 'pass';
        },
        meddleWithBucket: (path, _nth, { method }) => {
          if (isKilled || method !== 'PUT' || !isSong(path)) return 'pass';
          isKilled = true;
          if (when === 'before') {
            kill();
            return 'lose-request';
          }
          return (answer) => {
            kill();
            return { status: answer.status, body: answer.body };
          };
        },
      });
      world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
      const { child, ended } = world.start('run', 'm.yaml');
      kill = () => child.kill('SIGKILL');
      await ended;
      expect((await world.objects()).has(keyOf('vocal/1'))).toBe(when === 'after');
      expect(downloads).toBe(1);
      const { code, stderr } = await world.songbatch('run', 'm.yaml');
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(downloads).toBe(1);
      expect((await world.objects()).has(keyOf('vocal/1'))).toBe(true);
      await expectSongs(world, 1);
    },
  );

  test('again and again, at any moment, pays once for each song and loses none', async () => {
    const songs = 24;
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: songs }));
    for (let kills = 1; kills <= 6; kills++) {
      const { child, ended } = world.start('run', 'm.yaml', '--settle-grace', '1s');
      // At another stage each time: from the claim to the last songs.
      await new Promise((resolve) => setTimeout(resolve, 300 + 90 * kills));
      child.kill('SIGKILL');
      await ended;
    }
    // Where all were killed before the first task was there, an empty list proves nothing about their Runs: that is
    // exit code 3, and the same command goes on.
    let run = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    if (run.code === 3) run = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    const { code, stderr } = run;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSongs(world, songs);
    const metadata = JSON.parse((await world.content('night/1/metadata.json')).toString()) as {
      totals: unknown;
    };
    expect(metadata.totals).toMatchObject({ songs });
  });
});

test('a second run at the same time is refused, as with any state', async () => {
  const world = await createBucketWorld(ceph, { speed: 1 });
  world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
  const { child, ended } = world.start('run', 'm.yaml');
  await until(() => world.server.books().created > 0);
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(2);
  child.kill('SIGKILL');
  await ended;
});

test('no secret is in any file of the workroom or the bucket', async () => {
  const world = await createBucketWorld(ceph);
  world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
  await world.songbatch('run', 'm.yaml', '--log-file', 'run.ndjson', '--log-level', 'debug');
  const folder = await world.download('night/1/');
  for (const file of [
    join(folder, 'metadata.json'),
    join(folder, '.songbatch.json'),
    join(world.folder, 'run.ndjson'),
  ]) {
    expect(readFileSync(file, 'utf8')).not.toContain(ceph.secretKey);
  }
});
