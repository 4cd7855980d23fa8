/** The task list of one account does not show the tasks of another: a state keeps to its account. */
import { describe, expect, test } from 'vitest';
import type { World, WorldOptions } from './rig.ts';
import { createWorld, manifestText, until } from './rig.ts';

const ours = { WIRO_API_KEY: 'key-of-the-first-account' };
const theirs = { WIRO_API_KEY: 'key-of-another-account' };
const grace = ['--settle-grace', '1s'];

/** `become` says what the environment of the next start has in it. */
async function createAccounts(
  options: WorldOptions = {},
): Promise<{ world: World; become: (who: Record<string, string>) => void }> {
  const environment: Record<string, string> = { ...ours };
  const world = await createWorld({ ...options, environment });
  return { world, become: (who) => Object.assign(environment, who) };
}

/** A run that bought `seeds` songs and was killed while their tasks were in flight. */
async function killInFlight(world: World, seeds: number): Promise<void> {
  world.write('m.yaml', manifestText({ seeds }));
  const { child, ended } = world.start('run', 'm.yaml');
  await until(() => world.server.books().created === seeds);
  child.kill('SIGKILL');
  await ended;
}

describe('with another API key', () => {
  test('a run is refused while a submission is in doubt, and buys nothing', async () => {
    let isDown = true;
    const { world, become } = await createAccounts({
      speed: 300,
      meddle: (path) => {
        if (!isDown) return 'pass';
        if (path.startsWith('/Task/')) return 'silence';
        return path.startsWith('/Run/') ? 'lose-answer' : 'pass';
      },
    });
    await killInFlight(world, 1);
    isDown = false;

    become(theirs);
    const refused = await world.songbatch('run', 'm.yaml', ...grace);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('the API key is another one, while one job');
    expect(refused.stderr).toContain('out/state.sqlite');
    expect(refused.stderr).toContain('--same-account');
    expect(world.server.books().created).toBe(1);

    become(ours);
    const resumed = await world.songbatch('run', 'm.yaml', ...grace);
    expect(resumed.stdout).toContain('1 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 1, duplicates: 0 });
  });

  test('cancel is refused while tasks are in flight, and asks the API nothing', async () => {
    const { world, become } = await createAccounts({ speed: 5 });
    await killInFlight(world, 3);
    const before = world.server.books().requests;
    become(theirs);
    const refused = await world.songbatch('cancel', 'm.yaml');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('3 jobs of out/state.sqlite are in flight');
    expect(world.server.books().requests).toEqual(before);
    become(ours);
    expect((await world.songbatch('cancel', 'm.yaml')).code).toBe(0);
  });

  test('a run goes on where the user says that it is the same account, and needs the word once', async () => {
    const asked: unknown[] = [];
    const { world, become } = await createAccounts({
      speed: 5,
      meddle: (path, _, { headers }) => {
        if (path.startsWith('/Task/')) asked.push(headers['x-api-key']);
        return 'pass';
      },
    });
    await killInFlight(world, 2);
    become(theirs);
    for (const words of [['--same-account'], []]) {
      asked.length = 0;
      const { child, ended } = world.start('run', 'm.yaml', ...words);
      await until(() => asked.length > 0);
      child.kill('SIGINT');
      expect((await ended).code).toBe(130);
      expect(asked).toContain(theirs.WIRO_API_KEY);
    }
    // And the first key is another one now.
    become(ours);
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(2);
  });

  test('a run goes on where nothing is in flight', async () => {
    const { world, become } = await createAccounts();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    await world.songbatch('run', 'm.yaml');
    world.write('m.yaml', manifestText({ seeds: 2 }));
    become(theirs);
    const more = await world.songbatch('run', 'm.yaml');
    expect(more.code).toBe(0);
    expect(more.stdout).toContain('2 done · 1 submission ');
  });
});

test('with another base URL a run is refused while tasks are in flight, and names both', async () => {
  const { world, become } = await createAccounts({ speed: 5 });
  await killInFlight(world, 2);
  const { url } = world.server;
  const elsewhere = url.replace('/v1', '/elsewhere/v1');
  become({ WIRO_BASE_URL: elsewhere });
  const { code, stderr } = await world.songbatch('run', 'm.yaml');
  expect(code).toBe(2);
  expect(stderr).toContain(`the base URL was ${url} and is ${elsewhere} now, while 2 jobs`);
  // A slash at its end makes no difference.
  become({ WIRO_BASE_URL: `${url}/` });
  expect((await world.songbatch('cancel', 'm.yaml')).code).toBe(0);
});

test('a state has neither the key nor a hash of it that other states have as well', async () => {
  const { world } = await createAccounts();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const kept: (string | undefined)[] = [];
  for (const out of ['one', 'other']) {
    await world.songbatch('run', 'm.yaml', '--out', out);
    const state = world.read(`${out}/state.sqlite`);
    expect(state).not.toContain(ours.WIRO_API_KEY);
    kept.push(/account-key([0-9a-f]+:[0-9a-f]{16})/.exec(state)?.[1]);
  }
  expect(kept[0]).toBeDefined();
  expect(kept[0]).not.toBe(kept[1]);
});
