/** `songbatch schedule`, on a real PostgreSQL and a real Redis: what one machine adds, another can begin. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { loadBundle } from '../../src/batch/bundle.ts';
import { momentOf, readSchedule } from '../../src/batch/schedule.ts';
import { openSchedules, type Schedules } from '../../src/queue/schedules.ts';
import { createWorld, type World } from '../cli/rig.ts';
import { validated } from '../cli/schemas.ts';
import { accountAt } from './ring.ts';
import { createDatabase } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';

const nightly = `name: nightly
defaults: { genre: Pop, instrument: Piano, mood: happy, gender: female, timbre: deep vocal }
matrix: { lyrics: ["lyrics/*.txt"], seed: [1, 2] }
limits: { budget: 5, tasks: 3 }
output: { dir: "out/{env.STAGE}/{date}", name: "{lyrics}_{seed}" }
`;

async function worldOf(environment: Readonly<Record<string, string>>): Promise<World> {
  const world = await createWorld({
    environment: { STAGE: 'test', TZ: 'Asia/Tokyo', WIRO_API_KEY: 'a-key-of-ours', ...environment },
  });
  world.write('nightly.yaml', nightly);
  world.write('songbatch.config.yaml', 'env: [STAGE, HOME]\n');
  world.write('lyrics/home.txt', '[verse]\nHome before the rain\n');
  return world;
}

async function schedulesOf(world: World, url: string): Promise<Schedules> {
  const account = await accountAt(url, world.server.url, 'a-key-of-ours');
  const schedules = await openSchedules({ kind: 'postgres', url }, account);
  onTestFinished(schedules.close);
  return schedules;
}

const engine = () => createDatabase(inject('postgres'));

const add = ['schedule', 'add', 'nightly.yaml', '--cron'] as const;

test('What was added is there for a machine that has none of the files', async () => {
  const url = await engine();
  const world = await worldOf({ SONGBATCH_ENGINE: url });
  const added = await world.songbatch(...add, '0 3 * * *', '--tz', 'Europe/Berlin', '--json');
  expect(added).toMatchObject({ code: 0, stderr: 'the schedule "nightly" was added\n' });
  const { schedules: [told] = [] } = validated('schedules', added.stdout) as {
    schedules?: Record<string, unknown>[];
  };
  expect(told).toMatchObject({
    id: 'nightly',
    tz: 'Europe/Berlin',
    jobs: 2,
    budgetUsd: '5',
    environment: ['STAGE'],
    newBatch: 'each-day',
    next: [expect.any(String), expect.any(String), expect.any(String)],
  });

  rmSync(join(world.folder, 'nightly.yaml'));
  rmSync(join(world.folder, 'lyrics'), { recursive: true });
  const [schedule] = await (await schedulesOf(world, url)).list();
  const kept = readSchedule(schedule?.data ?? '', 'nightly');
  const tick = Date.parse('2026-11-23T02:00:00Z');
  const batch = await loadBundle(kept.bundle, momentOf(kept, tick), () => undefined, undefined);
  expect(batch.outputDir).toBe(join(world.folder, 'out/test/2026-11-23'));
  expect([...batch.plan.planned()].map(({ output }) => output)).toEqual(['home_1', 'home_2']);
  expect(schedule?.data).not.toMatch(/a-key-of-ours|HOME/);
});

test('One of the same name is replaced, and that is said; the zone is that of the machine', async () => {
  const url = await engine();
  const world = await worldOf({ SONGBATCH_ENGINE: url });
  await world.songbatch(...add, '0 3 * * *', '--tz', 'UTC');
  const { stdout, stderr } = await world.songbatch(...add, '30 4 * * 1', '--overlap', 'queue');
  expect(stderr).toContain('the schedule "nightly" was there (0 3 * * *, UTC): this one is in its');
  expect(stderr).toContain('its time zone is that of this machine: Asia/Tokyo');
  expect(stdout).toMatch(/^Next +\d{4}-\d\d-\d\d 04:30, \d{4}-\d\d-\d\d 04:30, /m);
  expect(stdout).toMatch(/^Cost +\$5\.00 at most, each day/m);
  const list = await world.songbatch('schedule', 'list');
  expect(list.stdout).toMatch(
    /^SCHEDULE .*\nnightly {3}30 4 \* \* 1 +Asia\/Tokyo +\S+ 04:30 +none yet +\$5\.00 +2 jobs +queue\n$/,
  );
});

test('What another version wrote is listed with what is wrong, and can be removed', async () => {
  const url = await engine();
  const world = await worldOf({ SONGBATCH_ENGINE: url });
  await world.songbatch(...add, '0 3 * * *');
  const schedules = await schedulesOf(world, url);
  const [own] = await schedules.list();
  const data = (own?.data ?? '').replace('"format":1', '"format":9');
  await schedules.put({ id: 'later', cron: '0 5 * * *', tz: 'UTC', data });

  const list = await world.songbatch('schedule', 'list', '--json');
  const { schedules: all } = validated('schedules', list.stdout);
  expect(all).toMatchObject([
    { id: 'later', problem: expect.stringContaining('added by a newer songbatch') as string },
    { id: 'nightly', jobs: 2 },
  ]);
  expect((await world.songbatch('schedule', 'show', 'later')).stdout).toContain('update songbatch');
  expect(await world.songbatch('schedule', 'remove', 'later')).toMatchObject({ code: 0 });
  const again = await world.songbatch('schedule', 'remove', 'later');
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('there is no schedule "later"');
  const { stderr } = await world.songbatch('schedule', 'remove', './nightly.yaml');
  expect(stderr).toContain('did you mean "nightly"?');
});

test('Nothing is kept of what is refused', async () => {
  const url = await engine();
  const world = await worldOf({ SONGBATCH_ENGINE: url });
  world.write('unpaid.yaml', nightly.replace('budget: 5, ', ''));
  world.write('wrong.yaml', nightly.replace('genre', 'gener'));
  const refused = async (...words: string[]) => {
    const { code, stdout, stderr } = await world.songbatch('schedule', 'add', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr;
  };
  expect(await refused('unpaid.yaml', '--cron', '0 3 * * *')).toContain('has no budget');
  expect(await refused('wrong.yaml', '--cron', '0 3 * * *')).toContain('wrong.yaml:2:');
  expect(await refused('nightly.yaml', '--cron', '0 3 * *')).toContain('five fields');
  expect(await refused('nightly.yaml', '--cron', '0 3 * * *', '--tz', 'Europe/Berln')).toContain(
    'did you mean Europe/Berlin',
  );
  expect(await (await schedulesOf(world, url)).list()).toEqual([]);
});

test('Redis keeps schedules as PostgreSQL does', async () => {
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const world = await worldOf({ SONGBATCH_ENGINE: await engine() });
  const queue = ['--queue', redis.url];
  expect(await world.songbatch(...add, '0 3 * * *', ...queue)).toMatchObject({ code: 0 });
  const { stdout } = await world.songbatch('schedule', 'show', 'nightly', ...queue);
  expect(stdout).toMatch(/^Jobs +2 of nightly/m);
  expect(await world.songbatch('schedule', 'remove', 'nightly', ...queue)).toMatchObject({
    code: 0,
  });
  expect((await world.songbatch('schedule', 'list', ...queue)).stdout).toBe('no schedules\n');
});
