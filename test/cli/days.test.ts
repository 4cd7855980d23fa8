/** `{date}` in output.dir: a batch for every day, and no day's songs forgotten. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { World } from './rig.ts';
import { createWorld, manifestText, until } from './rig.ts';

const nightly = (seeds = 2) =>
  manifestText({ name: 'nightly', seeds }).replace('dir: out', 'dir: "out/{date}"');

const today = () => new Date().toISOString().slice(0, 10);

/** Said once: a test that sees midnight pass means the same day all the same. */
const yesterday = new Date(Date.now() - 24 * 60 * 60_000).toISOString().slice(0, 10);

function stateOf(world: World, date: string): boolean {
  return existsSync(join(world.folder, 'out', date, 'state.sqlite'));
}

describe('the day', () => {
  // At any time, one of these places has another day than UTC.
  test.each(['Etc/GMT-14', 'Etc/GMT+12'])('is that of the run, in UTC: %s', async (TZ) => {
    const world = await createWorld({ environment: { TZ } });
    world.write('m.yaml', nightly());
    const before = today();
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect([before, today()].some((date) => stateOf(world, date))).toBe(true);
  });

  test('is what --date says, else SONGBATCH_DATE, for every command', async () => {
    const world = await createWorld({ environment: { SONGBATCH_DATE: '2026-02-28' } });
    world.write('m.yaml', nightly());
    const flag = ['--date', '2026-11-21'];
    expect((await world.songbatch('run', 'm.yaml', ...flag)).code).toBe(0);
    expect(stateOf(world, '2026-11-21')).toBe(true);
    for (const command of ['status', 'plan', 'retry', 'cancel']) {
      const { code, stdout } = await world.songbatch(command, 'm.yaml', '--json', ...flag);
      expect({ command, code }).toEqual({ command, code: 0 });
      if (command === 'status') expect(JSON.parse(stdout)).toMatchObject({ tally: { done: 2 } });
    }
    expect(stateOf(world, '2026-02-28')).toBe(false);
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(stateOf(world, '2026-02-28')).toBe(true);
    // Two days, two batches: that is what {date} means.
    expect(world.server.books().created).toBe(4);
  });

  test.each(['2026-02-30', '2026-2-3', 'yesterday', '2026-13-01', ''])(
    'is refused where there is no such day: %j',
    async (date) => {
      const world = await createWorld();
      world.write('m.yaml', nightly());
      const { code, stderr } = await world.songbatch('plan', 'm.yaml', '--date', date);
      expect(code).toBe(2);
      expect(stderr).toContain('expected a day, as in 2026-11-22');
    },
  );

  test('is refused in the environment too', async () => {
    const world = await createWorld({ environment: { SONGBATCH_DATE: 'tomorrow' } });
    world.write('m.yaml', nightly());
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('SONGBATCH_DATE=tomorrow is not a date');
  });
});

describe('a run that was cut off before midnight', () => {
  async function afterAnInterruption() {
    const world = await createWorld({ speed: 1 });
    world.write('m.yaml', nightly(3));
    const run = world.start('run', 'm.yaml', '--tasks', '2', '--date', yesterday);
    await until(() => world.server.books().created === 2);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    return world;
  }

  test('is told of by every command after midnight, with what goes on with it', async () => {
    const world = await afterAnInterruption();
    // Not where the day was said, or another folder or state.
    for (const flags of [
      ['--date', today()],
      ['--out', 'elsewhere'],
      ['--state', 'other.sqlite'],
    ]) {
      const { stderr } = await world.songbatch('plan', 'm.yaml', ...flags);
      expect(stderr).not.toContain('not finished');
    }
    // There is nothing of today to retry or to cancel, and no state is made that would hide yesterday.
    for (const [words, exit] of [
      [['plan'], 0],
      [['status'], 0],
      [['run', '--dry-run'], 0],
      [['retry'], 0],
      [['cancel'], 2],
    ] as const) {
      const { code, stderr } = await world.songbatch(...words, 'm.yaml');
      expect(code, words.join(' ')).toBe(exit);
      expect(stderr, words.join(' ')).toContain(
        `out/${yesterday} is not finished: 2 in flight, 1 waiting`,
      );
      expect(stderr).toContain(`--date ${yesterday} goes on`);
      expect(stateOf(world, today())).toBe(false);
    }
  });

  test('is told of until something of today is bought', async () => {
    const world = await afterAnInterruption();
    const broke = await world.songbatch('run', 'm.yaml', '--budget', '0.000001');
    expect(broke.code).toBe(3);
    const run = world.start('run', 'm.yaml', '--tasks', '1');
    await until(() => world.server.books().created === 3);
    run.child.kill('SIGINT');
    const { stderr } = await run.ended;
    expect(stderr).toContain(`out/${yesterday} is not finished: 2 in flight, 1 waiting`);
    expect((await world.songbatch('plan', 'm.yaml')).stderr).not.toContain('not finished');
  });

  test('is gone on with under its own date, and nothing is bought twice', async () => {
    const world = await createWorld();
    world.write('m.yaml', nightly(3));
    const first = await world.songbatch('run', 'm.yaml', '--max-jobs', '2', '--date', yesterday);
    expect(first.code).toBe(3);
    expect((await world.songbatch('plan', 'm.yaml')).stderr).toContain('1 waiting');
    expect((await world.songbatch('run', 'm.yaml', '--date', yesterday)).code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
    expect((await world.songbatch('plan', 'm.yaml')).stderr).not.toContain('not finished');
  });

  test('does not stop the next night, which is told of it and of what cannot be read', async () => {
    const world = await createWorld();
    world.write('m.yaml', nightly(1));
    world.write(`out/${yesterday}/state.sqlite`, 'no state at all');
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain(`out/${yesterday} is not finished:`);
    expect(world.server.books().created).toBe(1);
  });

  test('counts what waits only as long as the manifest wants the same', async () => {
    const world = await createWorld();
    world.write('m.yaml', nightly(3));
    await world.songbatch('run', 'm.yaml', '--max-jobs', '2', '--date', yesterday);
    world.write('m.yaml', nightly(3).replace('Hello', 'Goodbye'));
    expect((await world.songbatch('plan', 'm.yaml')).stderr).not.toContain('not finished');
  });
});

describe('the id of a run', () => {
  const byRun = manifestText({ seeds: 1 }).replace('dir: out', 'dir: "out/{runId}"');

  test.each([
    ['--run-id', { SONGBATCH_RUN_ID: 'b', GITHUB_RUN_ID: '7' }, ['--run-id', 'a'], 'a'],
    ['SONGBATCH_RUN_ID', { SONGBATCH_RUN_ID: 'b', GITHUB_RUN_ID: '7' }, [], 'b'],
    ['GitHub', { SONGBATCH_RUN_ID: '', GITHUB_RUN_ID: '7' }, [], '7'],
    ['GitLab', { CI_PIPELINE_ID: '8' }, [], '8'],
    ['Jenkins', { BUILD_TAG: 'jenkins-songs/main-9' }, [], 'jenkins-songs-main-9'],
  ])('comes from %s', async (_, environment, flags, folder) => {
    const world = await createWorld({ environment });
    world.write('m.yaml', byRun);
    expect((await world.songbatch('run', 'm.yaml', ...flags)).code).toBe(0);
    expect(existsSync(join(world.folder, 'out', folder, 'state.sqlite'))).toBe(true);
  });

  test('is not asked for where nobody runs anything', async () => {
    const world = await createWorld();
    world.write('m.yaml', byRun);
    expect((await world.songbatch('lint', 'm.yaml')).code).toBe(0);
    world.write('m.yaml', byRun.replace('runId', 'runid'));
    const { code, stdout } = await world.songbatch('lint', 'm.yaml');
    expect(code).toBe(2);
    expect(stdout).toContain('did you mean "runId"?');
  });

  test('is not made up', async () => {
    const world = await createWorld();
    world.write('m.yaml', byRun);
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('{runId} has no value');
    expect(world.server.books().created).toBe(0);
  });
});

describe('a variable of the environment', () => {
  const byBranch = manifestText({ seeds: 1 }).replace('dir: out', 'dir: "out/{env.BRANCH}"');

  test('is used where the configuration allows it', async () => {
    const world = await createWorld({ environment: { BRANCH: '../../dusk' } });
    world.write('m.yaml', byBranch);
    const refused = await world.songbatch('run', 'm.yaml');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('manifests may not use the environment variable BRANCH');
    world.write('songbatch.config.yaml', 'env: [BRANCH]');
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    expect(existsSync(join(world.folder, 'out/dusk/state.sqlite'))).toBe(true);
    expect((await world.songbatch('status', 'm.yaml')).stdout).toContain('1 of 1 job done');
  });

  test('is named in the configuration by its name', async () => {
    const world = await createWorld();
    world.write('m.yaml', byBranch);
    world.write('songbatch.config.yaml', 'env: ["$BRANCH"]');
    const { code, stderr } = await world.songbatch('plan', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('env');
  });
});
