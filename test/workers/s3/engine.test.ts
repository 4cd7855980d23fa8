/** Songs in a bucket, made by workers on machines that have nothing else in common but the database. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tones, wav } from '../../audio/signals.ts';
import { freePort, heldSongs, until, type tinySong } from '../../cli/rig.ts';
import { hasEnded } from '../fleet.ts';
import { accountAt, ring } from '../ring.ts';
import { startCeph, type S3Server } from './ceph.ts';
import { createMachines, type Machines } from './machines.ts';
import { bucketManifest, keyOf } from './world.ts';

let ceph: S3Server;
beforeAll(async () => {
  ceph = await startCeph();
}, 180_000);
afterAll(() => {
  ceph.stop();
});

interface Metadata {
  readonly jobs: readonly {
    readonly status: string;
    readonly soundsLike?: object;
    readonly outputs: readonly {
      readonly path: string;
      readonly sha256: string;
      readonly measures?: object;
    }[];
  }[];
}

/** Six seconds of a tune, and the same for every other seed. */
const tune: typeof tinySong = ({ seed }) => {
  const notes = Array.from({ length: 24 }, (_, note) => ({
    seconds: 0.25,
    level: -12,
    frequency: 200 + ((note * 7919 + (Number(seed) % 2) * 104_729) % 17) * 97,
  }));
  const level = { seconds: 0.01 * Number(seed), level: -40 };
  const file = wav({ sampleRate: 8000, channels: [tones(8000, [...notes, level])] });
  return Promise.resolve({ file, seconds: 6 });
};

async function metadataOf(world: Machines): Promise<Metadata> {
  return JSON.parse((await world.content('night/1/metadata.json')).toString()) as Metadata;
}

/** Every song is there once, whole, under its own name, and was paid for once. */
async function expectSongs(world: Machines, songs: number): Promise<void> {
  const { jobs } = await metadataOf(world);
  const outputs = jobs.flatMap((job) => job.outputs);
  expect(outputs).toHaveLength(songs);
  for (const { path, sha256 } of outputs) {
    expect(path).toMatch(/^vocal\/\d+\.wav$/);
    expect(hash('sha256', await world.content(`night/1/${path}`))).toBe(sha256);
  }
  const keys = [...(await world.objects()).keys()].filter((key) => key.endsWith('.wav'));
  expect(keys).toHaveLength(songs);
  expect(await world.openUploads()).toBe(0);
  expect(world.server.books()).toMatchObject({ created: songs, duplicates: 0 });
}

test('workers without a common folder make a batch that is whole in the bucket', async () => {
  const world = await createMachines(ceph, { render: tune });
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 8 }));
  const workers = [await machine('one').worker(), await machine('two').worker()];

  const { code, stdout, stderr } = await machine('desk').songbatch('run', 'm.yaml');

  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain(`s3://${world.bucket}/night/1/report/index.html`);
  await expectSongs(world, 8);
  const folder = await world.download('night/1/');
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
  const { jobs } = await metadataOf(world);
  expect(jobs.every(({ outputs: [song] }) => song?.measures)).toBe(true);
  // They were compared by what other machines have heard.
  expect(jobs.filter(({ soundsLike }) => soundsLike)).toHaveLength(6);
  expectWholePage(folder, jobs);

  // What waits for nothing stays on no machine.
  expect(world.songsOnMachines()).toEqual([]);
  for (const name of ['one', 'two']) {
    const left = readdirSync(join(world.folder, name), { recursive: true }).map(String);
    expect(left.filter((file) => /\.(wav|png|json)$/.test(file))).toEqual([]);
  }

  // From a machine that has seen nothing of it.
  rmSync(join(world.folder, 'desk/.songbatch'), { recursive: true });
  world.write('laptop/m.yaml', world.read('desk/m.yaml'));
  const again = await machine('laptop').songbatch('run', 'm.yaml');
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain('8 done · 0 submissions');
  expect((await metadataOf(world)).jobs).toEqual(jobs);
  expectWholePage(await world.download('night/1/'), jobs);
  world.write('phone/m.yaml', world.read('desk/m.yaml'));
  const written = await machine('phone').songbatch('report', 'm.yaml');
  expect(written).toMatchObject({ code: 0 });
  expect(readdirSync(join(world.folder, 'phone'), { recursive: true }).join()).not.toContain(
    '-partial',
  );
  world.write('tablet/m.yaml', world.read('desk/m.yaml'));
  const port = String(await freePort());
  const served = machine('tablet').start('report', 'm.yaml', '--serve', '--port', port);
  await until(() => served.stderr().includes('ratings are saved to') || hasEnded(served));
  const page = await (await fetch(`http://127.0.0.1:${port}/report/`)).text();
  expect(page).toMatch(/[0-9a-f]{32}\.js/);
  expect(page).not.toContain('-partial.js');
  const [path] = jobs.flatMap(({ outputs }) => outputs.map((song) => song.path));
  const played = await fetch(`http://127.0.0.1:${port}/${path ?? ''}`);
  expect(Buffer.from(await played.arrayBuffer())).toEqual(await world.content(`night/1/${path}`));
  served.child.kill('SIGINT');
  expect(await served.ended).toMatchObject({ code: 0 });

  for (const { child } of workers) child.kill('SIGTERM');
  for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
});

/** All that the page loads is there: its pieces, with an outline for each song, songs and pictures. */
function expectWholePage(folder: string, jobs: Metadata['jobs']): void {
  const page = readFileSync(join(folder, 'report/index.html'), 'utf8');
  const pieces = [...page.matchAll(/[0-9a-f]{32}(-partial)?\.js/g)].map(([name]) => name);
  expect(pieces.length).toBeGreaterThan(0);
  for (const piece of pieces) {
    expect(piece).not.toContain('partial');
    expect(existsSync(join(folder, 'report/data', piece))).toBe(true);
  }
  for (const [song] of jobs.map(({ outputs }) => outputs)) {
    const picture = `report/sound/${song?.sha256.slice(0, 32) ?? ''}.png`;
    expect(readFileSync(join(folder, picture), 'latin1')).toMatch(/^\x89PNG/);
  }
}

test('a batch of an engine is refused where its database is not known, and the other way round', async () => {
  const world = await createMachines(ceph);
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 2 }));
  await machine('one').worker();
  expect(await machine('desk').songbatch('run', 'm.yaml', '--no-measure')).toMatchObject({
    code: 0,
  });
  world.write('laptop/m.yaml', world.read('desk/m.yaml'));

  const alone = await machine('laptop', 'SONGBATCH_ENGINE=').songbatch('run', 'm.yaml');
  expect(alone).toMatchObject({ code: 2, stdout: '' });
  expect(alone.stderr).toMatch(
    /begun with --engine on .* is not there: a run would buy them again/,
  );
  expect(alone.stderr).toContain('name the database that knows them (--engine)');

  const elsewhere = world.otherEngine;
  const other = await machine('laptop', `SONGBATCH_ENGINE=${elsewhere}`).songbatch('run', 'm.yaml');
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(other.stderr).toContain('does not know them: a run would buy them again');

  const claim = (await world.content('night/1/.songbatch.json')).toString();
  expect(JSON.parse(claim)).toMatchObject({ batch: 'test', shared: true });
  expect(claim).not.toContain('postgres');
  expect(world.server.books().created).toBe(2);
});

test('what a worker that is killed has put there is taken for the song by the next', async () => {
  let kill = (): void => undefined;
  let isKilled = false;
  const world = await createMachines(ceph, {
    meddleWithBucket: (path, _nth, { method }) => {
      if (isKilled || method !== 'PUT' || !path.includes('.wav?')) return 'pass';
      isKilled = true;
      return (answer) => {
        kill();
        return { status: answer.status, body: answer.body };
      };
    },
  });
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 6 }));
  const killed = await machine('one').worker();
  kill = () => killed.child.kill('SIGKILL');
  const run = machine('desk').start('run', 'm.yaml', '--settle-grace', '1s');
  await killed.ended;
  await machine('two').worker();

  expect(await run.ended).toMatchObject({ code: 0 });
  await expectSongs(world, 6);
});

test('a worker in the place of one that was killed puts there what had waited, though its URL is dead', async () => {
  let kill = (): void => undefined;
  let isKilled = false;
  const world = await createMachines(ceph, {
    meddleWithSongs: true,
    meddle: (path) =>
      isKilled && path.startsWith('/files/') ? { status: 410, body: 'gone' } : 'pass',
    meddleWithBucket: (path, _nth, { method }) => {
      if (isKilled || method !== 'PUT' || !path.includes('.wav?')) return 'pass';
      isKilled = true;
      kill();
      return 'lose-request';
    },
  });
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 1 }));
  const killed = await machine('one').worker();
  kill = () => killed.child.kill('SIGKILL');
  const run = machine('desk').start('run', 'm.yaml');
  await killed.ended;
  expect(world.songsOnMachines()).toHaveLength(2);
  await machine('one').worker();

  expect(await run.ended).toMatchObject({ code: 0 });
  await expectSongs(world, 1);
});

test('a worker that the bucket refuses buys nothing, and others make the batch', async () => {
  const world = await createMachines(ceph);
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 3 }));
  const wrong = await machine('one', 'AWS_SECRET_ACCESS_KEY=wrong-secret').worker();
  const run = machine('desk').start('run', 'm.yaml', '--no-measure');
  await until(() => wrong.stderr().includes('check AWS_SECRET_ACCESS_KEY'));
  expect(world.server.books().created).toBe(0);
  expect(wrong.stderr()).not.toContain('wrong-secret');
  await machine('two').worker();

  expect(await run.ended).toMatchObject({ code: 0 });
  await expectSongs(world, 3);
});

test('a bucket that begins to say no stops buying, and is put to use when it is mended', async () => {
  const { render, release } = heldSongs();
  let isRefused = false;
  const refusal = {
    status: 403,
    body: '<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>no</Message></Error>',
    headers: { 'content-type': 'application/xml' },
  };
  const world = await createMachines(ceph, {
    render,
    meddleWithBucket: () => (isRefused ? refusal : 'pass'),
  });
  const { machine } = world;
  world.write(
    'desk/m.yaml',
    bucketManifest(world, { seeds: 12, more: 'limits: { tasks: 2, requests: 1000/s }' }),
  );
  const worker = await machine('one').worker();
  const run = machine('desk').start('run', 'm.yaml', '--no-measure');
  await until(() => world.server.books().created === 2);

  isRefused = true;
  release();
  await until(() => worker.stderr().includes('no more submissions'));
  await until(() => /! batch \d+: .* get fresh ones/.test(worker.stderr()));
  const { created } = world.server.books();
  // As many as were on their way when the first song came home.
  expect(created).toBeLessThanOrEqual(6);
  isRefused = false;

  expect(await run.ended).toMatchObject({ code: 0 });
  await expectSongs(world, 12);
  expect((await world.objects()).has(keyOf('vocal/12'))).toBe(true);
});

test('a tick of a schedule is made by workers that have no folder in common with who added it', async () => {
  const world = await createMachines(ceph, { render: tune });
  const { machine } = world;
  const night = bucketManifest(world, { seeds: 4, more: 'limits: { budget: 5 }' });
  world.write('desk/night.yaml', night.replace('night/1', 'night/{date}'));
  const add = ['schedule', 'add', 'night.yaml', '--name', 'nightly', '--tz', 'UTC'];
  const added = await machine('desk').songbatch(...add, '--cron', '0 3 * * *');
  expect(added, added.stderr).toMatchObject({ code: 0 });
  expect(added.stdout).toContain(`s3://${world.bucket}/night/`);
  rmSync(join(world.folder, 'desk'), { recursive: true });
  await machine('one', 'AWS_SECRET_ACCESS_KEY=wrong-secret').worker();
  await machine('two').worker();
  const account = await accountAt(world.engine, world.server.url, 'test-key');

  await ring({ kind: 'postgres', url: world.engine }, account);

  const pages = async () =>
    [...(await world.objects()).keys()].filter((key) => key.endsWith('/report/index.html'));
  await expect.poll(pages, { timeout: 150_000, interval: 500 }).toHaveLength(1);
  const [page = ''] = await pages();
  expect(page).toMatch(/^night\/\d{4}-\d{2}-\d{2}\//);
  const folder = await world.download(page.replace('report/index.html', ''));
  const { jobs } = JSON.parse(readFileSync(join(folder, 'metadata.json'), 'utf8')) as Metadata;
  expect(jobs.map((job) => job.status)).toEqual(Array(4).fill('done'));
  expectWholePage(folder, jobs);
  expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  expect(existsSync(join(world.folder, 'desk'))).toBe(false);
});

test('status, cancel and retry know a batch whose songs are in a bucket', async () => {
  const { render } = heldSongs();
  const world = await createMachines(ceph, { render });
  const { machine } = world;
  world.write('desk/m.yaml', bucketManifest(world, { seeds: 2 }));
  await machine('one').worker();
  const run = machine('desk').start('run', 'm.yaml');
  await until(() => world.server.books().created === 2);
  run.child.kill('SIGINT');
  expect(await run.ended).toMatchObject({ code: 130 });
  world.write('laptop/m.yaml', world.read('desk/m.yaml'));

  const status = await machine('laptop').songbatch('status', 'm.yaml');
  expect(status).toMatchObject({ code: 0 });
  expect(status.stdout).toContain('0 done · 2 in flight');
  expect(await machine('laptop').songbatch('cancel', 'm.yaml')).toMatchObject({ code: 0 });
  const retried = await machine('desk').songbatch('retry', 'm.yaml', '--cancelled');
  expect(retried.stdout).toContain('2 of 2 failed jobs are wanted again');
  expect((await metadataOf(world)).jobs.map(({ status: each }) => each)).toEqual([
    'failed',
    'failed',
  ]);
});
