/** What `songbatch plan` says, to people and to machines. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { createWorld, manifestText, tinySong, until } from './rig.ts';

const schemaPath = join(import.meta.dirname, '../../schemas/plan-report.schema.json');
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  JSON.parse(readFileSync(schemaPath, 'utf8')) as object,
);

function checked(stdout: string): unknown {
  const document: unknown = JSON.parse(stdout);
  validate(document);
  expect(validate.errors).toBeNull();
  return document;
}

const twelve = { seeds: 4, clones: ['vocal', 'instrumental', 'both'] };

test('a plan reads well in a file: counts, a sample, price, time and what to type next', async () => {
  const world = await createWorld({ price: 0.05 });
  world.write('m.yaml', manifestText(twelve));
  const { code, stdout, stderr } = await world.songbatch('plan', 'm.yaml');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(`\n${stdout}`).toBe(`
test  wiro/text-to-song-with-reference-yue

  clone            3  vocal, instrumental, both
  seed             4  1, 2, 3, 4

12 combinations: 12 jobs

  +      12  to buy

  + vocal/1         clone=vocal seed=1
  + vocal/2         clone=vocal seed=2
  + vocal/3         clone=vocal seed=3
  + instrumental/1  clone=instrumental seed=1
  + both/1          clone=both seed=1
  … 7 more (--limit)

Price    $0.05 a song, as the API states it
         $0.60 for 12 songs to buy
Time     about 1 min 45 s for 12 songs, 20 at a time if the account allows it: 1 min 45 s each, the API's average
Songs    out

Next     songbatch run m.yaml
`);
  // run --dry-run says the same, and of itself what to type.
  const dry = await world.songbatch('run', 'm.yaml', '--dry-run');
  expect(dry.stdout).toBe(
    stdout.replace('songbatch run m.yaml', 'the same command without --dry-run'),
  );
  expect(world.server.books().created).toBe(0);
});

describe('a plan of more jobs than anybody could walk through', () => {
  const more = `exclude:
  - { clone: both, seed: 1 }
  - { clone: vocal }
include:
  - { clone: both, gender: male }
  - { lyrics: { id: coda, text: "[outro]\\nla" }, clone: instrumental, seed: 1 }
  - { lyrics: { id: coda, text: "[outro]\\nla" }, clone: vocal, seed: 0 }`;
  const many = { clones: ['vocal', 'instrumental', 'both'], seeds: 1_000_000_000_000, more };

  test('is shown at once, with exclude and include', async () => {
    const world = await createWorld({ environment: { WIRO_API_KEY: '' } });
    world.write('m.yaml', manifestText(many));
    const { code, stdout, stderr } = await world.songbatch('plan', 'm.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`
2000000000000 combinations: 2000000000000 jobs

  +2000000000000  to buy

  + instrumental/1  clone=instrumental seed=1 lyrics=coda
  + instrumental/2  clone=instrumental seed=2
  + instrumental/3  clone=instrumental seed=3
  + both/2          clone=both seed=2 gender=male
  + vocal/0         lyrics=coda clone=vocal seed=0
  … 1999999999995 more (--limit)
`);
    const { stdout: json } = await world.songbatch('plan', 'm.yaml', '--json', '--limit', '1');
    expect(checked(json)).toMatchObject({
      jobs: 2_000_000_000_000,
      selected: { waiting: 2_000_000_000_000 },
    });
  });

  test('is refused where all of them would have to be compared', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ ...many, more: 'sample: { jobs: 10 }' }));
    const { code, stderr } = await world.songbatch('plan', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('the matrix has 3000000000000 jobs, too many to be compared');
    expect(stderr).toContain('hint: sweep less;');
  });
});

test('a batch that has begun: where jobs stand, prices and times learnt, and what is left', async () => {
  const world = await createWorld({
    render: async (song) => {
      if (song.seed === '2') throw new Error('broken');
      return { ...(await tinySong(song)), seconds: song.seed === '1' ? 20 : 40 };
    },
  });
  const more = 'retry: { attempts: 1 }';
  world.write('m.yaml', manifestText({ seeds: 3, more }));
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(1);
  world.write('m.yaml', manifestText({ seeds: 5, more }).replace('from: 1', 'from: 2'));
  const { stdout } = await world.songbatch('plan', 'm.yaml');
  expect(stdout).toContain(`
  +       2  to buy
  =       1  done
  !       1  failed
  -       1  no longer in the manifest: kept, not run

  ! vocal/2  clone=vocal seed=2
  = vocal/3  clone=vocal seed=3
  + vocal/4  clone=vocal seed=4
  + vocal/5  clone=vocal seed=5

Price    $0.0614 a song, as the API states it
         $0.0351 a song, as 1 song of this batch cost
         $0.0702 to $0.123 for 2 songs to buy
Spent    $0.0527 so far
Time     about 1 s for 2 songs, 20 at a time if the account allows it: 1 s each, as 1 song of this batch took
Songs    out
`);
  expect(checked((await world.songbatch('plan', 'm.yaml', '--json')).stdout)).toMatchObject({
    selected: { jobs: 4, waiting: 2, done: 1, failed: 1, gone: 1 },
    price: {
      source: 'batch',
      statedUsd: '0.061425',
      billed: { songs: 1, cheapestUsd: '0.0351', dearestUsd: '0.0351' },
      totalUsd: '0.12285',
      cheapestTotalUsd: '0.0702',
    },
    time: { source: 'batch' },
  });
});

test('tasks in flight are told apart from jobs to buy, and are waited for', async () => {
  const world = await createWorld({ price: 0.05, speed: 1 });
  world.write('m.yaml', manifestText());
  const { child, ended } = world.start('run', 'm.yaml', '--tasks', '1');
  await until(() => world.server.books().created === 1);
  child.kill('SIGINT');
  await ended;
  const { stdout } = await world.songbatch('plan', 'm.yaml', '--tasks', '1');
  expect(stdout).toMatch(/^ {2}\+ {7}3 {2}to buy\n {2}~ {7}1 {2}in flight: picked up$/m);
  expect(stdout).toMatch(/^ {2}~ vocal\/1 /m);
  expect(stdout).toContain('about 7 min 00 s for 4 songs, 1 at a time');
  expect(stdout).toContain('Next     songbatch run m.yaml --tasks 1\n');
});

describe('what ends a run early is said before', () => {
  test.each<[string, string[], string]>([
    ['limits: { budget: 0.47 }', [], 'the budget of $0.47 stops it after about 9 of 12 songs'],
    ['', ['--budget', '0.01'], 'the budget of $0.01 stops it before the first song'],
    ['limits: { budget: 0.60 }', [], ''],
    [
      'limits: { deadline: 4m, tasks: 2 }',
      [],
      'the deadline of 4 min 00 s stops it after about 4 of 12 songs',
    ],
  ])('%s %j', async (more, flags, warning) => {
    const world = await createWorld({ price: 0.05 });
    world.write('m.yaml', manifestText({ ...twelve, more }));
    const { code, stdout } = await world.songbatch('plan', 'm.yaml', ...flags);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('! '))).toEqual(
      warning === '' ? [] : [`! ${warning}`],
    );
  });
});

test('what is to be typed next does what was planned', async () => {
  const world = await createWorld({ price: 0.05 });
  world.write('my batch.yaml', manifestText(twelve));
  const flags = ['--only', 'clone=both', '--out', "it's out", '--tasks', '3', '--budget', '0.11'];
  const { stdout } = await world.songbatch('plan', 'my batch.yaml', ...flags);
  const [, line = ''] = /^Next {5}songbatch (.*)$/m.exec(stdout) ?? [];
  expect(line).toBe(
    "run 'my batch.yaml' --out 'it'\\''s out' --only clone=both --tasks 3 --budget 0.11",
  );
  // As a shell takes it.
  const { stdout: words } = spawnSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  const ended = await world.songbatch(...words.split('\0').slice(0, -1));
  expect(ended).toMatchObject({ code: 3 });
  expect(world.server.books().created).toBe(2);
  expect(world.json("it's out/metadata.json")).toMatchObject({ totals: { jobs: { done: 2 } } });
});

test.each([
  [[], 'nothing is left to do'],
  [['--save', 'plan.json'], 'songbatch run --plan plan.json'],
])('when all is done, with %j, the next step is: %s', async (flags, next) => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  await world.songbatch('run', 'm.yaml');
  const { stdout } = await world.songbatch('plan', 'm.yaml', ...flags);
  expect(stdout).toContain('Time     no task to wait for');
  expect(stdout).toContain(`Next     ${next}\n`);
});

describe('for machines', () => {
  test.each<[string, Record<string, string>, string, object]>([
    [
      'with a price',
      {},
      '',
      { price: { source: 'api', totalUsd: '0.15' }, time: { seconds: 105 } },
    ],
    ['without a key', { WIRO_API_KEY: '' }, '', { price: { source: 'unknown' } }],
    [
      'with limits',
      {},
      'limits: { tasks: 1, budget: 5, deadline: 1h }',
      {
        limits: { tasks: 1, budgetUsd: '5', deadlineSeconds: 3600 },
        time: { source: 'api', secondsPerSong: 105, seconds: 315 },
      },
    ],
  ])('a document that keeps to its schema: %s', async (_, environment, more, expected) => {
    const world = await createWorld({ price: 0.05, environment });
    world.write('m.yaml', manifestText({ seeds: 3, more }));
    const { stdout } = await world.songbatch('plan', 'm.yaml', '--json', '--limit', '2');
    expect(checked(stdout)).toMatchObject(expected);
  });
});
