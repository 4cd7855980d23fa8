/** `songbatch rank`: from songs that were really made, and ratings of them, to the manifest of the winners. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, afterAll } from 'vitest';
import { createWorld, manifestText, type World } from './rig.ts';
import { validated } from './schemas.ts';

interface Song {
  readonly job: string;
  readonly song: string;
}

let world: World;
let cleanUp: () => Promise<void>;
let songs: ReadonlyMap<string, Song>;

beforeAll(async () => {
  world = await createWorld({ onFinished: (done) => (cleanUp = done) });
  world.write('m.yaml', manifestText({ clones: ['vocal', 'both'], seeds: 3 }));
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  const { jobs } = world.json('out/metadata.json') as {
    jobs: { id: string; output: string; outputs: { sha256: string }[] }[];
  };
  songs = new Map(
    jobs.map(({ id, output, outputs }) => {
      return [output, { job: id, song: outputs[0]?.sha256.slice(0, 32) ?? '' }];
    }),
  );
});
afterAll(async () => {
  await cleanUp();
});

const songAt = (output: string) => songs.get(output) ?? { job: '', song: '' };

/** Seed 3 is liked best, then seed 2; clone types are not compared. */
function ratings(listener: string, changes: object = {}): string {
  const pairs = ['vocal', 'both'].flatMap((clone) => [
    [`${clone}/3`, `${clone}/2`],
    [`${clone}/2`, `${clone}/1`],
    [`${clone}/3`, `${clone}/1`],
  ]);
  const document = {
    $schema: 'https://songbatch.dev/schemas/ratings.schema.json',
    batch: 'test',
    listener,
    comparisons: pairs.map(([a = '', b = ''], minute) => ({
      at: `2026-11-22T10:1${minute}:00.000Z`,
      a: songAt(a),
      b: songAt(b),
      choice: 'a',
      blind: true,
    })),
    abx: [],
    stars: [{ at: '2026-11-22T10:00:00.000Z', of: songAt('both/1'), stars: 2 }],
    ...changes,
  };
  return JSON.stringify(document);
}

const badFiles: [string, () => string, RegExp][] = [
  ['no JSON', () => '{"listener":', /bad\.json: this is no JSON/],
  [
    'another document',
    () => '{"$schema":"https://songbatch.dev/schemas/plan.schema.json"}',
    /these are no ratings/,
  ],
  [
    'a choice that there is not',
    () => ratings('ana').replace('"choice":"a"', '"choice":"c"'),
    /bad\.json: \/comparisons\/0\/choice is not one of a, b, equal, skip/,
  ],
  [
    'a key that would clear the screen',
    () => ratings('ana', { '\u001b[2J': 1 }),
    /bad\.json: \/\u241b\[2J is a key that ratings do not have/,
  ],
];

test('before anybody has listened it says what to hear', async () => {
  const { code, stdout } = await world.songbatch('rank', 'm.yaml');
  expect(code).toBe(0);
  expect(stdout).toMatch(/no ratings yet: .* ratings\.json in out/);
  expect(stdout).toMatch(/hear next/);
  const { code: refused, stderr } = await world.songbatch(
    ...['rank', 'm.yaml', '--select', 'top=2', '--write', 'early.yaml'],
  );
  expect(refused).toBe(2);
  expect(stderr).toMatch(/no song of this batch has been rated yet\nhint: /);
});

describe('with ratings', () => {
  beforeAll(() => {
    world.write('out/ratings.json', ratings('ana'));
    world.write('out/ratings-2.json', ratings('ben\u001b[31m'));
  });

  test('it finds them in the output folder, and ranks', async () => {
    const { code, stdout, stderr } = await world.songbatch('rank', 'm.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^test {2}6 songs\n12 comparisons, 2 star ratings, by ben\\u001b\[31m, ana\n/,
    );
    expect(stdout).toMatch(/^seed {2}12 comparisons\n {2}3 .*\n {2}2 .*\n {2}1 /m);
    expect(stdout).toMatch(/100 % of their answers are the same/);
    expect(stdout).toMatch(/^clone {2}no comparison$/m);
  });

  test('as JSON it is as the schema has it, and as the files that are named', async () => {
    world.write('elsewhere/ana.json', ratings('ana', { stars: [] }));
    const { stdout } = await world.songbatch('rank', 'm.yaml', 'elsewhere/ana.json', '--json');
    const ranking = validated('ranking', stdout);
    expect(ranking).toMatchObject({
      files: ['elsewhere/ana.json'],
      songs: 6,
      listeners: ['ana'],
      counted: { comparisons: 6, stars: 0 },
      agreement: null,
      axes: [
        { axis: 'clone', comparisons: 0 },
        { axis: 'seed', comparisons: 6 },
      ],
    });
    const [best] = ranking['jobs'] as { coordinates: { seed: string } }[];
    expect(best?.coordinates.seed).toBe('3');
  });

  test('the winners are a manifest of the same batch, in which nothing is left to buy', async () => {
    const { code, stdout } = await world.songbatch(
      ...['rank', 'm.yaml', '--select', 'axis=seed:2', '--write', 'deep/winners.yaml'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /written {2}deep\/winners\.yaml: 4 jobs of seed 3, 2; all done: nothing to buy/,
    );
    expect(stdout).toMatch(/^next {5}songbatch plan deep\/winners\.yaml$/m);

    const plan = await world.songbatch('plan', 'deep/winners.yaml', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({
      selected: { jobs: 4, done: 4, waiting: 0, gone: 2 },
    });

    const more = world.read('deep/winners.yaml').replace('seed: [ 2, 3 ]', 'seed: [ 2, 3, 50 ]');
    world.write('deep/winners.yaml', more);

    expect((await world.songbatch('run', 'deep/winners.yaml')).code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 8, duplicates: 0 });

    const again = await world.songbatch(
      ...['rank', 'm.yaml', '--select', 'top=1', '--write', 'deep/winners.yaml'],
    );
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/deep\/winners\.yaml is there already/);
    expect(world.read('deep/winners.yaml')).toBe(more);
  });

  test.each(badFiles)(
    '%s is told with its file and place, and what to do',
    async (_, text, message) => {
      world.write('bad.json', text());
      const { code, stdout, stderr } = await world.songbatch('rank', 'm.yaml', 'bad.json');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/hint: export the ratings anew/);
    },
  );

  test('ratings of another batch are refused by both names, those of songs that are not here told', async () => {
    world.write('other.json', ratings('ana', { batch: 'midnight' }));
    const refused = await world.songbatch('rank', 'm.yaml', 'other.json');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/ratings of the batch "midnight", and the manifest is "test"/);

    const { stdout } = await world.songbatch('rank', 'm.yaml', '--skip', 'seed=1');
    expect(stdout).toMatch(/! 10 ratings of songs that are not among these: not counted/);
  });
});

test('a state that is gone leaves nothing to rank, and that is no error', async () => {
  renameSync(join(world.folder, 'out/state.sqlite'), join(world.folder, 'kept.sqlite'));
  const { code, stdout } = await world.songbatch('rank', 'm.yaml');
  renameSync(join(world.folder, 'kept.sqlite'), join(world.folder, 'out/state.sqlite'));
  expect(code).toBe(0);
  expect(stdout).toMatch(/nothing to rate: no song of this batch is here yet/);
});
