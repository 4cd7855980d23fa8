import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createWorld, executable, manifestText, until } from './rig.ts';

const noStack = /^\s+at .+:\d+:\d+\)?$/m;

describe('bad usage is exit 2, says what to do and shows no stack', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['rum', 'm.yaml'], /unknown command 'rum'[^]*Did you mean run/],
    ['an unknown flag', ['run', 'm.yaml', '--taks', '3'], /unknown option '--taks'/],
    ['no manifest', ['run'], /missing required argument 'manifest'/],
    ['a manifest that is not there', ['run', 'nope.yaml'], /nope\.yaml/],
    ['a folder for a manifest', ['run', '.'], /folder|directory/],
    ['a number that is none', ['run', 'm.yaml', '--tasks', 'many'], /expected a whole number/],
    ['a time without a unit', ['run', 'm.yaml', '--deadline', '30'], /with its unit/],
    ['a shard beyond the last', ['run', 'm.yaml', '--shard', '5/4'], /i from 1 to n/],
    ['no folder, as of a variable that is not set', ['run', 'm.yaml', '--out', ''], /a path/],
    ['no state', ['run', 'm.yaml', '--state='], /--state <file>.*a path/],
    ['no report', ['run', 'm.yaml', '--junit', ''], /--junit <file>.*a path/],
    ['no configuration', ['run', 'm.yaml', '--config', ''], /--config <file>.*a path/],
    ['no folder to merge into', ['merge', 'a', '--into', ''], /--into <folder>.*a path/],
    ['no engine', ['schedule', 'list'], /no engine is named[^]*SONGBATCH_ENGINE/],
    [
      'an engine that is none, and its password',
      ['schedule', 'list', '--engine', 'mysql://songs:***@db/songs'],
      /--engine is no URL of PostgreSQL/,
    ],
    ['no time to begin at', ['schedule', 'add', 'm.yaml'], /--cron <fields>' not specified/],
    ['a filter on no axis', ['plan', 'm.yaml', '--only', 'sead=1'], /did you mean "seed=/],
    ['a filter for no label', ['plan', 'm.yaml', '--only', 'clone=voice'], /did you mean "vocal"/],
  ])('%s', async (_, words, message) => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    const { code, stdout, stderr } = await world.songbatch(...words);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(noStack);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(world.server.books().created).toBe(0);
  });

  test('the password of an engine is in no message', async () => {
    const SONGBATCH_ENGINE = 'postgres://songs:correct%40horse@127.0.0.1:1/songs';
    const world = await createWorld({ environment: { SONGBATCH_ENGINE } });
    const { code, stderr } = await world.songbatch('plan', 'correct@horse.yaml');
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('***.yaml error: cannot read the manifest');
  });

  test('a manifest with problems shows all of them, each in its place', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText().replace('[Pop]', '[Popp]').replace('matrix:', 'matrxi:'));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('m.yaml:2:');
    expect(stderr).toContain('m.yaml:3:1');
    expect(stderr).toMatch(/did you mean "matrix"/);
    expect(stderr).toContain('nothing was started');
  });

  test('no key', async () => {
    const world = await createWorld({ environment: { WIRO_API_KEY: '' } });
    world.write('m.yaml', manifestText());
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('WIRO_API_KEY is not set');
    expect(stderr).toContain('--sandbox');
  });

  test('a configuration with a mistake', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    world.write('.songbatchrc.yaml', 'limits: { task: 3 }');
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('.songbatchrc.yaml');
    expect(stderr).toContain('unknown key "task"');
  });

  test('an old Node says in one line what is needed', () => {
    const pretend = 'Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, executable, 'plan', 'x'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('needs Node.js 24 or newer');
  });
});

test.each(['plan', 'run', 'status', 'sandbox'])(
  'songbatch %s --help has examples',
  async (command) => {
    const world = await createWorld();
    const { code, stdout } = await world.songbatch(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
  },
);

test('a second run on one state is refused and names the first', async () => {
  const world = await createWorld({ speed: 20 });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  const first = world.start('run', 'm.yaml');
  await until(() => world.server.books().created > 0);
  const second = await world.songbatch('run', 'm.yaml');
  expect(second.code).toBe(2);
  expect(second.stderr).toContain(`${first.child.pid ?? ''}`);
  first.child.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect(world.server.books().duplicates).toBe(0);
});

test('songs of the embedded server are not taken for those of the API', async () => {
  const world = await createWorld({
    environment: { WIRO_BASE_URL: 'https://api.wiro.ai/v1' },
  });
  world.write('m.yaml', manifestText({ seeds: 1 }));
  expect((await world.songbatch('run', 'm.yaml', '--sandbox')).code).toBe(0);
  for (const command of ['run', 'plan']) {
    const { code, stdout, stderr } = await world.songbatch(command, 'm.yaml');
    expect({ command, code, stdout }).toEqual({ command, code: 2, stdout: '' });
    expect(stderr).toContain('the embedded server');
    expect(stderr).toContain('output.dir');
  }
  expect((await world.songbatch('plan', 'm.yaml', '--sandbox')).code).toBe(0);
});

describe('for machines', () => {
  test('plan --json is a document about price and jobs', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const { stdout } = await world.songbatch('plan', 'm.yaml', '--json', '--limit', '2');
    expect(JSON.parse(stdout)).toMatchObject({
      combinations: 3,
      jobs: 3,
      axes: { clone: 1, seed: 3 },
      selected: { waiting: 3, done: 0, gone: 0 },
      price: { source: 'api' },
      list: [{ coordinates: { clone: 'vocal', seed: '1' }, output: 'vocal/1' }, {}],
    });
    expect(world.server.books().created).toBe(0);
  });

  test('run --json prints one document on stdout, and --log-format json NDJSON on stderr', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const { stdout, stderr } = await world.songbatch(
      'run',
      'm.yaml',
      '--json',
      '--log-format',
      'json',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'done',
      submissions: 2,
      tally: { done: 2 },
    });
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(lines.map(({ event }) => event).filter((event) => event === 'saved')).toHaveLength(2);
    expect(lines.slice(-2).map(({ event }) => event)).toEqual(['finished', 'exit']);
  });

  test('sandbox --json says first where it is and what it wants', async () => {
    const world = await createWorld();
    const words = ['sandbox', '--port', '0', '--key', 'K', '--secret', 'S', '--json'];
    const { child, ended } = world.start(...words);
    const line = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
    expect(JSON.parse(line)).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/) as string,
      key: 'K',
      secret: 'S',
    });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('status tells what failed and why', async () => {
    const world = await createWorld({ render: () => Promise.reject(new Error('broken')) });
    world.write('m.yaml', manifestText({ seeds: 1, more: 'retry: { attempts: 1 }' }));
    expect((await world.songbatch('status', 'm.yaml')).stdout).toContain(
      'nothing has been run yet',
    );
    await world.songbatch('run', 'm.yaml');
    const { stdout } = await world.songbatch('status', 'm.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      tally: { jobs: 1, failed: 1 },
      failed: [{ output: 'vocal/1', failure: 'exit-code' }],
    });
  });
});

test('secrets appear in no file, no output and no log', async () => {
  const secret = 'marker-secret-2718';
  const world = await createWorld({
    key: 'marker-key-3141',
    secret,
    environment: { WIRO_API_KEY: 'marker-key-3141', WIRO_API_SECRET: secret },
  });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  const run = await world.songbatch('run', 'm.yaml', '--log-format', 'json');
  expect(run.code).toBe(0);
  const found = spawnSync('grep', ['-rlE', 'marker-(key|secret)', '.'], {
    cwd: world.folder,
    encoding: 'utf8',
  });
  expect(found.stdout).toBe('');
  expect(run.stdout + run.stderr).not.toMatch(/marker-(key|secret)/);
});
