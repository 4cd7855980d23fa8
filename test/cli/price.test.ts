/** Asking for the price comes before everything else, and must hold up nothing that is paid for. */
import { describe, expect, test } from 'vitest';
import type { Meddling } from './meddler.ts';
import { createWorld, manifestText, until } from './rig.ts';

const notAccessible: Meddling = {
  status: 200,
  body: '{"result":false,"errors":[{"code":1,"message":"tool-not-accessible"}]}',
};

describe('where the price is not told', () => {
  test.each<[string, Meddling, RegExp]>([
    [
      'because the API refuses',
      notAccessible,
      /price of a song is not known: .*tool-not-accessible/,
    ],
    ['because nothing is there', { status: 404, body: '<html>' }, /not known: HTTP 404/],
    ['because no answer comes', 'silence', /price of a song is not known: no answer within 1 s/],
  ])('%s, the batch is made all the same', async (_, answer, warning) => {
    const world = await createWorld({
      meddle: (path) => (path === '/Tool/Detail' ? answer : 'pass'),
    });
    world.write('.songbatchrc.yaml', 'timeouts: { answer: 1s }');
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml');
    expect(stderr).toMatch(warning);
    expect(code).toBe(0);
    expect(stdout).toContain('3 done · 3 submissions');
  });

  test('a plan is shown all the same', async () => {
    const world = await createWorld({ meddle: () => 'silence' });
    world.write('.songbatchrc.yaml', 'timeouts: { answer: 1s }');
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const { code, stdout } = await world.songbatch('plan', 'm.yaml', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      jobs: 3,
      price: { source: 'unknown', why: 'no answer within 1 s' },
    });
  });

  test('the budget holds: one task at a time until the first bill', async () => {
    const world = await createWorld({
      meddle: (path) => (path === '/Tool/Detail' ? notAccessible : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 10 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--budget', '0.04');
    expect(code).toBe(3);
    expect(stderr).toContain(
      'the budget has no room for another song before one in flight is billed',
    );
    // Two songs of $0.01755; a third would cost more than $0.04 in all.
    expect(world.server.books()).toMatchObject({ created: 2, billed: '0.035100000000' });
  });

  test('songs that are paid for are brought home', async () => {
    let answer: Meddling = 'pass';
    const world = await createWorld({
      speed: 300,
      meddle: (path) => (path === '/Tool/Detail' ? answer : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 4 }));
    const { child, ended } = world.start('run', 'm.yaml', '--tasks', '2');
    await until(() => world.server.books().created >= 2);
    child.kill('SIGKILL');
    await ended;
    answer = notAccessible;
    const resumed = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('4 done');
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });
});

describe('where credentials are wrong', () => {
  const signed = { key: 'right-key', secret: 'right-secret' };

  test.each([
    ['no such key', { WIRO_API_KEY: 'wrong-key' }, 'Project authorization is not founded.'],
    ['no signature', { WIRO_API_KEY: 'right-key' }, 'requires signature authentication'],
    [
      'a signature that is wrong',
      { WIRO_API_KEY: 'right-key', WIRO_API_SECRET: 'wrong-secret' },
      'Project authorization is not valid.',
    ],
  ])('%s: a run buys nothing and says what to check, exit 2', async (_, environment, words) => {
    const world = await createWorld({ ...signed, environment });
    world.write('m.yaml', manifestText());
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('the API does not accept these credentials');
    expect(stderr).toContain(words);
    expect(stderr).toContain('check WIRO_API_KEY and WIRO_API_SECRET');
    expect(world.server.books()).toMatchObject({ created: 0 });
  });

  const denied: Meddling = {
    status: 401,
    body: '{"result":false,"errors":[{"code":98,"message":"Sign in, please."}]}',
  };

  test('a run with tasks in flight goes on to meet it: exit 3, and nothing is lost', async () => {
    let isDenied = false;
    const world = await createWorld({
      speed: 300,
      meddle: (path) => (isDenied && path !== '/sandbox/books' ? denied : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 4 }));
    const { child, ended } = world.start('run', 'm.yaml', '--tasks', '2');
    await until(() => world.server.books().created >= 2);
    child.kill('SIGKILL');
    await ended;
    isDenied = true;
    const met = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect(met.code).toBe(3);
    isDenied = false;
    const resumed = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect(resumed.stdout).toContain('4 done');
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });
});

test('a base URL that is wrong is found before any job is refused: exit 2', async () => {
  const environment: Record<string, string> = {};
  const world = await createWorld({ environment });
  environment['WIRO_BASE_URL'] = world.server.url.replace('/v1', '');
  world.write('m.yaml', manifestText());
  const { code, stderr } = await world.songbatch('run', 'm.yaml');
  expect(code).toBe(2);
  expect(stderr).toContain('check WIRO_BASE_URL');
  const status = await world.songbatch('status', 'm.yaml', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({ tally: { waiting: 4, failed: 0 } });
});

describe('where the API cannot be reached', () => {
  test('a run says so and why, tries again, and Ctrl-C ends it', async () => {
    // Nothing listens on a port that was free a moment ago.
    const environment: Record<string, string> = {};
    const world = await createWorld({ environment });
    environment['WIRO_BASE_URL'] = world.server.url;
    await world.server.close();
    world.write('m.yaml', manifestText());
    const { child, ended, stderr } = world.start('run', 'm.yaml');
    await until(() => stderr().includes('ECONNREFUSED'));
    expect(stderr()).toMatch(/! 127\.0\.0\.1:\d+ does not answer Tool\/Detail: .*trying again/);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('4 waiting');
  });

  test('a run that has only tasks in flight says so as well', async () => {
    let isDown = false;
    const world = await createWorld({
      speed: 5,
      meddle: () => (isDown ? 'lose-request' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const first = world.start('run', 'm.yaml');
    await until(() => world.server.books().created === 2);
    first.child.kill('SIGINT');
    await first.ended;
    isDown = true;
    const { child, ended, stderr } = world.start('run', 'm.yaml');
    await until(() => /does not answer Task\/\w+: .*trying again/.test(stderr()));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });

  test('an answer that does not come is not waited for after Ctrl-C', async () => {
    let isAsked = false;
    const world = await createWorld({
      meddle: (path) => {
        isAsked ||= path === '/Tool/Detail';
        return 'silence';
      },
    });
    world.write('m.yaml', manifestText());
    const { child, ended, stderr } = world.start('run', 'm.yaml');
    await until(() => isAsked);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    // It came to its end: nobody had to stop it.
    expect(stdout).toContain('4 waiting');
    expect(stderr()).not.toContain('no answer within');
  });
});
