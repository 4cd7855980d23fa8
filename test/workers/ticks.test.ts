/** What ticks of schedules come to: the real worker, a real PostgreSQL, and the server's books of what was bought. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import type { Running, World, WorldOptions } from '../cli/rig.ts';
import { createWorld, heldSongs, until } from '../cli/rig.ts';
import { validated } from '../cli/schemas.ts';
import { accountAt, ring } from './ring.ts';
import { createDatabase } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';

const nightly = `name: night-songs
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: female, timbre: deep vocal }
matrix: { lyrics: ["lyrics/*.txt"], seed: [1, 2, 3] }
limits: { budget: 5, tasks: 3 }
output: { dir: "out/{date}", name: "{lyrics}_{seed}" }
`;

interface Told {
  readonly id: string;
  readonly outputDir?: string;
  readonly ticks: readonly {
    readonly at: string;
    readonly stage: string;
    readonly outcome?: string;
    readonly why?: string;
    readonly done?: number;
  }[];
}

interface Nights {
  readonly world: World;
  readonly url: string;
  readonly account: string;
  /** The next tick comes now. */
  readonly ring: () => Promise<void>;
  readonly add: (...flags: string[]) => Promise<void>;
  /** Resolves when it is at work. */
  readonly worker: (...flags: string[]) => Promise<Running>;
  readonly told: () => Promise<Told>;
  /** Resolves when the latest tick, or the one before, is told of like this. */
  readonly comesTo: (expected: object, back?: number) => Promise<void>;
}

async function nights(options: WorldOptions = {}, manifest = nightly): Promise<Nights> {
  const url = await createDatabase(inject('postgres'));
  const world = await createWorld({
    ...options,
    environment: { SONGBATCH_ENGINE: url, ...options.environment },
  });
  world.write('nightly.yaml', manifest);
  world.write('lyrics/home.txt', '[verse]\nHome before the rain\n');
  const account = await accountAt(url, world.server.url, 'test-key');

  const told = async () => {
    const { stdout } = await world.songbatch('schedule', 'show', 'nightly', '--json');
    const { schedules = [] } = validated('schedules', stdout) as { schedules?: Told[] };
    return schedules[0] ?? { id: 'none', ticks: [] };
  };
  return {
    world,
    url,
    account,
    ring: () => ring({ kind: 'postgres', url }, account),
    add: async (...flags) => {
      const words = ['schedule', 'add', 'nightly.yaml', '--name', 'nightly', '--tz', 'UTC'];
      const added = await world.songbatch(...words, '--cron', '0 3 * * *', ...flags);
      expect(added.code, added.stderr).toBe(0);
    },
    worker: async (...flags) => {
      const worker = world.start('worker', ...flags);
      onTestFinished(() => {
        worker.child.kill('SIGKILL');
      });
      await until(() => worker.stderr().includes('at work for'));
      return worker;
    },
    told,
    comesTo: (expected, back = 0) =>
      vi.waitFor(
        async () => {
          expect((await told()).ticks[back]).toMatchObject(expected);
        },
        { timeout: 60_000, interval: 1000 },
      ),
  };
}

async function end({ child, ended }: Running): Promise<string> {
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  return stderr;
}

const daysOf = (world: World) => readdirSync(join(world.folder, 'out')).filter(isDay).sort();
const allDone = { totals: { songs: 3, jobs: { done: 3 } } };
const isDay = (name: string) => /^\d{4}-\d\d-\d\d$/.test(name);

test('A tick makes the songs of its day on a worker that has got nothing but the folder for them', async () => {
  const { world, add, ring: ringNow, worker, comesTo } = await nights();
  await add();
  rmSync(join(world.folder, 'nightly.yaml'));
  rmSync(join(world.folder, 'lyrics'), { recursive: true });
  const one = await worker();
  await ringNow();
  await comesTo({ stage: 'over', outcome: 'done', jobs: 3, done: 3 });
  await ringNow();
  await comesTo({ stage: 'over', outcome: 'done', jobs: 3, done: 3 });

  const days = daysOf(world);
  expect(days).toHaveLength(2);
  for (const day of days) {
    const folder = join('out', day);
    expect(world.json(join(folder, 'metadata.json'))).toMatchObject(allDone);
    expect(existsSync(join(world.folder, folder, 'report/index.html'))).toBe(true);
    expect(existsSync(join(world.folder, folder, 'home_1.wav'))).toBe(true);
  }
  expect(world.server.books()).toMatchObject({ created: 6 });
  const { stdout } = await world.songbatch('schedule', 'list');
  expect(stdout).toMatch(/^nightly .* 03:00 done +\$5\.00 +3 jobs +skip$/m);
  expect(await end(one)).toContain(`nightly ${days[0] ?? ''} 03:00: 3 of 3 songs\n`);
});

test('Of two workers one begins it; when that is killed the other goes on, and nothing is bought twice', async () => {
  const songs = heldSongs();
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ render: songs.render });
  await add();
  const workers = [await worker(), await worker()];
  await ringNow();
  const seesToIt = ({ stderr }: Running) => stderr().includes('this worker sees to it');
  await until(() => workers.some(seesToIt));
  await until(() => world.server.books().created === 3);
  expect(workers.filter(seesToIt)).toHaveLength(1);

  const [first] = workers.filter(seesToIt);
  const [second] = workers.filter((each) => each !== first);
  first?.child.kill('SIGKILL');
  await until(() => second !== undefined && seesToIt(second));
  songs.release();
  await comesTo({ stage: 'over', outcome: 'done', done: 3 });
  expect(world.server.books()).toMatchObject({ created: 3 });
  const [day = ''] = daysOf(world);
  expect(world.json(join('out', day, 'metadata.json'))).toMatchObject(allDone);
});

test('A worker that ends leaves its batch; it goes on when another worker comes', async () => {
  const songs = heldSongs();
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ render: songs.render });
  await add();
  const one = await worker();
  await ringNow();
  await until(() => world.server.books().created === 3);
  await end(one);
  await comesTo({ stage: 'under-way' });
  songs.release();
  await worker();
  await comesTo({ stage: 'over', outcome: 'done', done: 3 });
  expect(world.server.books()).toMatchObject({ created: 3 });
});

test('A batch that was cancelled while nobody saw to it is not gone on with', async () => {
  const songs = heldSongs();
  const more = nightly.replace('[1, 2, 3]', '[1, 2, 3, 4, 5, 6]');
  const {
    world,
    add,
    ring: ringNow,
    worker,
    comesTo,
  } = await nights({ render: songs.render }, more.replace('out/{date}', 'out'));
  await add();
  const one = await worker();
  await ringNow();
  await until(() => world.server.books().created === 3);
  one.child.kill('SIGKILL');
  await one.ended;
  const cancel = world.start('cancel', 'nightly.yaml');
  await until(() => cancel.stderr().includes('no worker is there'));
  cancel.child.kill('SIGKILL');
  await cancel.ended;
  await worker();
  songs.release();
  await comesTo({ stage: 'over', outcome: 'stopped', why: 'cancelled by you' });
  expect(world.server.books()).toMatchObject({ created: 3 });
});

test('While the batch of an earlier tick goes on a tick is skipped', async () => {
  const songs = heldSongs();
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ render: songs.render });
  await add();
  await worker();
  await ringNow();
  await until(() => world.server.books().created === 3);
  await ringNow();
  await comesTo({ stage: 'skipped', why: 'the batch of an earlier tick is still under way' });
  await comesTo({ stage: 'under-way' }, 1);
  const { stdout } = await world.songbatch('schedule', 'list');
  expect(stdout).toMatch(/^nightly .* 03:00 under way, 1 skipped +\$5\.00/m);
  songs.release();
  await comesTo({ stage: 'over', outcome: 'done' }, 1);
  await ringNow();
  await comesTo({ stage: 'over', outcome: 'done' });
  expect(world.server.books()).toMatchObject({ created: 6 });
});

test('Told to queue, one tick waits, and begins when the batch of the earlier one is over', async () => {
  const songs = heldSongs();
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ render: songs.render });
  await add('--overlap', 'queue');
  await worker();
  await ringNow();
  await until(() => world.server.books().created === 3);
  await ringNow();
  await comesTo({ stage: 'waiting' });
  await ringNow();
  await comesTo({ stage: 'skipped', why: 'an earlier tick waits already' });
  const { stdout } = await world.songbatch('schedule', 'show', 'nightly');
  expect(stdout).toMatch(
    /^Came .* skipped: an earlier tick waits already\n .* waits\n .* under way$/m,
  );
  songs.release();
  await comesTo({ stage: 'over', outcome: 'done' }, 2);
  await comesTo({ stage: 'over', outcome: 'done' }, 1);
  expect(daysOf(world)).toHaveLength(2);
  expect(world.server.books()).toMatchObject({ created: 6 });
});

test('A worker with another key leaves it alone', async () => {
  const { world, url, add, ring: ringNow, worker, told, comesTo } = await nights();
  await add();
  const theirs = await createWorld({
    environment: {
      SONGBATCH_ENGINE: url,
      WIRO_BASE_URL: world.server.url,
      WIRO_API_KEY: 'their-key',
    },
  });
  const other = theirs.start('worker');
  onTestFinished(() => {
    other.child.kill('SIGKILL');
  });
  await until(() => other.stderr().includes('at work for'));
  await ringNow();
  const list = await theirs.songbatch('schedule', 'list');
  expect(list.stdout).toBe('no schedules\n');
  // So long as it takes a worker to begin a tick that is its own.
  await worker();
  await comesTo({ stage: 'over', outcome: 'done' });
  expect((await told()).ticks).toHaveLength(1);
  expect(await end(other)).not.toContain('nightly');
});

test('The budget of the schedule holds, and the tick says that it was stopped', async () => {
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ price: 0.02 });
  await add('--budget', '0.05');
  await worker();
  await ringNow();
  const why = expect.stringContaining('the budget of $0.05 is used up') as string;
  await comesTo({ stage: 'over', outcome: 'stopped', done: 2, spentUsd: '0.04', why });
  expect(world.server.books()).toMatchObject({ created: 2 });
});

test('At the deadline nothing more is bought, and what is in flight is brought home', async () => {
  const songs = heldSongs();
  const { world, add, ring: ringNow, worker, comesTo } = await nights({ render: songs.render });
  await add('--deadline', '6s', '--tasks', '2');
  const { stderr } = await worker();
  await ringNow();
  await until(() => world.server.books().created === 2);
  await until(() => stderr().includes('the deadline of 6s is reached'));
  songs.release();
  const why = 'the deadline of 6s is reached';
  await comesTo({ stage: 'over', outcome: 'stopped', done: 2, why });
  expect(world.server.books()).toMatchObject({ created: 2 });
});

test('Redis hands ticks out as PostgreSQL does', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const { world, add, worker, comesTo, account } = await nights({
    environment: { SONGBATCH_QUEUE: redis.url },
  });
  await add();
  await worker();
  await ring({ kind: 'redis', url: redis.url }, account);
  await comesTo({ stage: 'over', outcome: 'done', done: 3 });
  expect(world.server.books()).toMatchObject({ created: 3 });
});

test('Nothing is begun while the folder for the songs is not mounted', async () => {
  const { world, add, ring: ringNow, worker, comesTo } = await nights();
  await add();
  const unmount = () => {
    renameSync(join(world.folder, 'out'), join(world.folder, 'elsewhere'));
  };
  const mount = () => {
    renameSync(join(world.folder, 'elsewhere'), join(world.folder, 'out'));
  };
  unmount();
  await worker();
  await ringNow();
  const why = expect.stringContaining('mount it at the same place') as string;
  await comesTo({ stage: 'waiting', why });
  const { stdout } = await world.songbatch('schedule', 'list');
  expect(stdout).toMatch(/^nightly .* 03:00 waits +\$5\.00/m);
  expect(stdout).toMatch(/^! nightly \S+ 03:00 waits: .* is not the folder that the schedule/m);
  expect(existsSync(join(world.folder, 'out'))).toBe(false);
  expect(world.server.books()).toMatchObject({ created: 0 });
  mount();
  await worker();
  await comesTo({ stage: 'over', outcome: 'done' });
});

test('A tick that waits does not begin when its schedule was removed', async () => {
  const { world, add, ring: ringNow, worker, comesTo } = await nights();
  await add();
  renameSync(join(world.folder, 'out'), join(world.folder, 'elsewhere'));
  await worker();
  await ringNow();
  await comesTo({ stage: 'waiting' });
  expect(await world.songbatch('schedule', 'remove', 'nightly')).toMatchObject({ code: 0 });
  renameSync(join(world.folder, 'elsewhere'), join(world.folder, 'out'));
  await add();
  await comesTo({ stage: 'skipped', why: 'the schedule was removed' });
});
