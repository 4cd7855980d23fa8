/** Songs in a bucket, by the real CLI, and a real server for them. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinySong } from '../../cli/rig.ts';
import { startCeph, type S3Server } from './ceph.ts';
import { bucketManifest, createBucketWorld, keyOf } from './world.ts';

let ceph: S3Server;
beforeAll(async () => {
  ceph = await startCeph();
}, 180_000);
afterAll(() => {
  ceph.stop();
});

interface Metadata {
  readonly jobs: readonly {
    readonly outputs: readonly { readonly path: string; readonly sha256: string }[];
  }[];
}

/** A song that takes three parts to be sent. */
const largeSong: typeof tinySong = async (parameters) => {
  const { file, seconds } = await tinySong(parameters);
  return { file: Buffer.concat([file, Buffer.alloc(17e6, 'la la ')]), seconds };
};

describe('a run', () => {
  test('puts songs, metadata, sums and page into the bucket, and keeps the state', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 3, clones: ['vocal', 'both'] }));
    const place = `s3://${world.bucket}/night/1`;

    const first = await world.songbatch('run', 'm.yaml');
    expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('!') as string });
    expect(first.stdout).toContain(`songs, metadata.json and SHA256SUMS are in ${place}`);
    expect(first.stdout).toContain(`${place}/report/index.html`);

    const folder = await world.download('night/1/');
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
    const { jobs } = world.json('downloaded/metadata.json') as Metadata;
    const outputs = jobs.flatMap((job) => job.outputs);
    expect(outputs).toHaveLength(6);
    for (const { path, sha256 } of outputs) {
      expect(await world.metadata(`night/1/${path}`)).toEqual({ sha256 });
    }
    // What the page loads is there, and nothing that only this machine needs.
    const keys = [...(await world.objects()).keys()];
    const page = world.read('downloaded/report/index.html');
    const piece = keys.find((key) => /report\/data\/.*\.js$/.test(key)) ?? '';
    expect(page).toContain(piece.slice('night/1/report/data/'.length));
    expect(keys.filter((key) => /state|\.sqlite|waiting|sound\/.*json/.test(key))).toEqual([]);
    expect(world.localSongs()).toEqual([]);

    const second = await world.songbatch('run', 'm.yaml');
    expect(second.stdout).toContain('6 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  });

  test('sends large songs in parts, and leaves none behind', async () => {
    const world = await createBucketWorld(ceph, { render: largeSong });
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    expect((await world.songbatch('run', 'm.yaml', '--no-measure')).code).toBe(0);
    for (const name of ['vocal/1', 'vocal/2']) {
      const { sha256 } = await world.metadata(keyOf(name));
      expect(hash('sha256', await world.content(keyOf(name)))).toBe(sha256);
    }
    expect(await world.openUploads()).toBe(0);
    expect(world.localSongs()).toEqual([]);
  });

  test('takes no name that something else has there', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    await world.put(keyOf('vocal/1'), 'mine');
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect((await world.content(keyOf('vocal/1'))).toString()).toBe('mine');
    const songs = [...(await world.objects()).keys()].filter((key) => key.endsWith('.wav'));
    expect(songs).toEqual([
      keyOf('vocal/1'),
      expect.stringMatching(/^night\/1\/vocal\/1~[0-9a-f]{8}\.wav$/),
      keyOf('vocal/2'),
    ]);
    expect((await world.songbatch('run', 'm.yaml')).stdout).toContain('2 done · 0 submissions');
  });

  test('brings a song back that was removed there, and does not buy it again', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 3 }));
    await world.songbatch('run', 'm.yaml');
    const { sha256 } = await world.metadata(keyOf('vocal/2'));
    await world.remove(keyOf('vocal/2'));
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(hash('sha256', await world.content(keyOf('vocal/2')))).toBe(sha256);
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });

  test('measures what an earlier one has put there unmeasured', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 2, more: 'checks: { minSeconds: 20 }' }));
    expect((await world.songbatch('run', 'm.yaml', '--no-measure')).code).toBe(0);
    const measured = await world.songbatch('run', 'm.yaml', '--json');
    // They have a tenth of a second.
    expect(measured.code).toBe(1);
    expect(JSON.parse(measured.stdout)).toMatchObject({
      outcome: 'failed',
      outputDir: `s3://${world.bucket}/night/1`,
      files: { metadata: `s3://${world.bucket}/night/1/metadata.json` },
    });
    expect(world.localSongs()).toEqual([]);
    expect(world.server.books().created).toBe(2);
  });

  test('goes where --out says, every day to another place', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
    const out = ['--out', `s3://${world.bucket}/late/`];
    expect((await world.songbatch('run', 'm.yaml', ...out)).code).toBe(0);
    world.write('n.yaml', bucketManifest(world, { seeds: 1 }).replace('/night/1', '/{date}'));
    expect((await world.songbatch('run', 'n.yaml', '--date', '2026-11-22')).code).toBe(0);
    const songs = [...(await world.objects()).keys()].filter((key) => key.endsWith('.wav'));
    expect(songs).toEqual(['2026-11-22/vocal/1.wav', 'late/vocal/1.wav']);
  });
});

describe('other commands', () => {
  test('know the batch by its place in the bucket', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    const place = `s3://${world.bucket}/night/1`;
    expect((await world.songbatch('plan', 'm.yaml', '--save', 'plan.json')).stdout).toContain(
      place,
    );
    const approved = await world.songbatch('run', '--plan', 'plan.json', '--max-jobs', '1');
    expect(approved.code).toBe(3);
    const elsewhere = bucketManifest(world, { seeds: 2 }).replace('/night/1', '/other');
    world.write('m.yaml', elsewhere);
    const drifted = await world.songbatch('run', '--plan', 'plan.json');
    expect(drifted.code).toBe(2);
    expect(drifted.stdout + drifted.stderr).toContain(place);
    world.write('m.yaml', bucketManifest(world, { seeds: 2 }));
    expect((await world.songbatch('run', '--plan', 'plan.json')).code).toBe(0);

    const status = await world.songbatch('status', 'm.yaml', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ tally: { done: 2 } });
    await world.remove('night/1/report/index.html');
    expect((await world.songbatch('report', 'm.yaml')).stdout).toBe(`${place}/report/index.html\n`);
    expect((await world.objects()).has('night/1/report/index.html')).toBe(true);
    expect((await world.songbatch('rank', 'm.yaml')).code).toBe(0);
    expect((await world.songbatch('retry', 'm.yaml')).code).toBe(0);
    expect((await world.songbatch('cancel', 'm.yaml')).code).toBe(0);
  });

  test('that work on folders say that this is none', async () => {
    const world = await createBucketWorld(ceph);
    const place = `s3://${world.bucket}/night/1`;
    const merged = await world.songbatch('merge', place, '--into', 'out');
    expect(merged).toMatchObject({ code: 2 });
    expect(merged.stderr).toContain(`${place} is no folder, and only folders are merged`);
    mkdirSync(join(world.folder, 'a'));
    expect((await world.songbatch('merge', 'a', '--into', place)).code).toBe(2);
    expect(existsSync(join(world.folder, 's3:'))).toBe(false);
  });

  test('serve the page with the songs of the bucket, part by part', async () => {
    const world = await createBucketWorld(ceph);
    world.write('m.yaml', bucketManifest(world, { seeds: 1 }));
    await world.songbatch('run', 'm.yaml');
    const serving = world.start('report', 'm.yaml', '--serve', '--port', '0', '--json');
    const url = await new Promise<string>((resolve, reject) => {
      void serving.ended.then(({ stderr }) => {
        reject(new Error(stderr));
      });
      serving.child.stdout?.once('data', (line: string) => {
        resolve((JSON.parse(line) as { url: string }).url);
      });
    });
    const song = await world.content(keyOf('vocal/1'));
    const whole = await fetch(new URL('/vocal/1.wav', url));
    expect(whole.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await whole.arrayBuffer()).equals(song)).toBe(true);
    const part = await fetch(new URL('/vocal/1.wav', url), { headers: { range: 'bytes=100-199' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(song.subarray(100, 200))).toBe(true);
    await world.remove(keyOf('vocal/1'));
    expect((await fetch(new URL('/vocal/1.wav', url))).status).toBe(404);
    serving.child.kill('SIGINT');
    await serving.ended;
  });
});
