/** A plan that is saved and approved: what is run is what was approved, at no higher price, or nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { World, WorldOptions } from './rig.ts';
import { createWorld, manifestText, tinySong, until } from './rig.ts';

const root = resolve(import.meta.dirname, '../..');

function errorsBy(name: string, document: unknown): unknown {
  const schema: unknown = JSON.parse(
    readFileSync(join(root, `schemas/${name}.schema.json`), 'utf8'),
  );
  const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
    schema as object,
  );
  validate(document);
  return validate.errors;
}

/** A world whose plan was saved, for four songs at $0.05. */
async function approvedWorld(options: WorldOptions = {}, ...flags: string[]): Promise<World> {
  const world = await createWorld({ price: 0.05, ...options });
  world.write('m.yaml', manifestText());
  const { code, stdout } = await world.songbatch('plan', 'm.yaml', '--save', 'plan.json', ...flags);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return world;
}

interface Drift {
  readonly outcome: string;
  readonly changes: readonly unknown[];
  readonly added: readonly { readonly output: string }[];
  readonly renamed: readonly { readonly was: string; readonly is: string }[];
  readonly gone: readonly { readonly output: string }[];
}

/** The run is refused, has bought nothing, and says why: for people and for machines. */
async function refusal(
  world: World,
  ...words: string[]
): Promise<{ readonly drift: Drift; readonly stderr: string }> {
  const before = world.server.books().created;
  const { code, stdout, stderr } = await world.songbatch('run', ...words, '--json');
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toContain('this is not what plan.json approves');
  expect(world.server.books().created).toBe(before);
  const drift: unknown = JSON.parse(stdout);
  expect(errorsBy('drift', drift)).toBeNull();
  return { drift: drift as Drift, stderr };
}

const run = ['m.yaml', '--plan', 'plan.json'] as const;
const outputs = (jobs: Drift['added']) => jobs.map(({ output }) => output);

describe('a saved plan', () => {
  test('is a file for people and machines, and equal plans are equal files', async () => {
    const world = await approvedWorld();
    const saved = world.read('plan.json');
    expect(saved).toContain('"atMostUsd": "0.25"');
    expect(saved).toMatch(/^ {4}"[0-9a-f]{32}": "vocal\/4"$/m);
    expect(errorsBy('plan', JSON.parse(saved))).toBeNull();
    world.write('m.yaml', `# a comment\n${manifestText()}`);
    expect((await world.songbatch('plan', 'm.yaml', '--save', 'plan.json')).code).toBe(0);
    expect(world.read('plan.json')).toBe(saved);
  });

  test('is run, with and without the name of its manifest', async () => {
    const world = await approvedWorld();
    const first = await world.songbatch('run', ...run, '--max-jobs', '1');
    expect(first).toMatchObject({ code: 3 });
    const { code, stdout } = await world.songbatch('run', '--plan', 'plan.json');
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain('4 done · 3 submissions');
    // All is done: nothing is left that could drift.
    expect((await world.songbatch('run', ...run)).code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test('takes over from no file that is something else', async () => {
    const world = await createWorld();
    const text = manifestText();
    world.write('m.yaml', text);
    const { code, stderr } = await world.songbatch('plan', 'm.yaml', '--save', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('m.yaml is there already, and is no saved plan');
    expect(world.read('m.yaml')).toBe(text);
  });

  test('can be saved without a key: then the jobs are approved, and no price', async () => {
    const environment: Record<string, string> = { WIRO_API_KEY: '' };
    const world = await approvedWorld({ environment });
    expect(world.json('plan.json')).toMatchObject({ price: null, counts: { toBuy: 4 } });
    delete environment['WIRO_API_KEY'];
    expect((await world.songbatch('run', ...run)).code).toBe(0);
    expect(world.server.books().created).toBe(4);
  });
});

describe('what has drifted is shown and not bought', () => {
  test('jobs that are added, and jobs that are gone', async () => {
    const world = await approvedWorld();
    world.write('m.yaml', manifestText().replace('from: 1, to: 4', 'from: 3, to: 6'));
    const { drift, stderr } = await refusal(world, ...run);
    expect(drift.changes).toEqual([]);
    expect(outputs(drift.added)).toEqual(['vocal/5', 'vocal/6']);
    expect(outputs(drift.gone)).toEqual(['vocal/1', 'vocal/2']);
    expect(stderr).toMatch(/^ {2}\+ [0-9a-f]{10} {2}vocal\/5 {2}clone=vocal seed=5$/m);
    expect(stderr).toMatch(/^ {2}- [0-9a-f]{10} {2}vocal\/1$/m);
    expect(stderr).toContain('2 jobs to buy that it does not have, 2 jobs of it gone');
    expect(stderr).toContain('songbatch plan m.yaml --save plan.json');
  });

  test('what is sent', async () => {
    const world = await approvedWorld();
    world.write('m.yaml', manifestText().replace('Hello', 'Goodbye'));
    const { drift } = await refusal(world, ...run);
    expect([drift.added.length, drift.gone.length]).toEqual([4, 4]);
  });

  test('where songs go', async () => {
    const world = await approvedWorld();
    world.write('m.yaml', manifestText().replace('{clone}/{seed}', '{clone}-{seed}'));
    const { drift, stderr } = await refusal(world, ...run);
    expect(drift.renamed).toHaveLength(4);
    expect(drift.renamed[0]).toMatchObject({ was: 'vocal/1', is: 'vocal-1' });
    expect(stderr).toMatch(/~ [0-9a-f]{10} {2}vocal\/1 → vocal-1/);
    world.write('m.yaml', manifestText().replace('dir: out', 'dir: elsewhere'));
    const folder = await refusal(world, ...run);
    expect(folder.drift.changes).toEqual([{ what: 'folder', was: 'out', is: 'elsewhere' }]);
    // Named by hand it is meant.
    const { code } = await world.songbatch('run', ...run, '--out', 'third', '--max-jobs', '1');
    expect(code).toBe(3);
    expect(world.server.books().created).toBe(1);
  });

  test('the batch, its model and who makes the songs', async () => {
    const world = await approvedWorld();
    const other = 'acme/humming';
    const parameters = [{ id: 'prompt', type: 'textarea' }];
    world.write(`.songbatch/models/${other}.json`, JSON.stringify({ model: other, parameters }));
    world.write(
      'm.yaml',
      `name: other\nmodel: ${other}\nparameters: { prompt: la }\noutput: { dir: out }\n`,
    );
    const { drift } = await refusal(world, ...run, '--sandbox');
    expect(drift.changes).toEqual([
      { what: 'batch', was: 'test', is: 'other' },
      { what: 'model', was: 'wiro/text-to-song-with-reference-yue', is: other },
      { what: 'service', was: '127.0.0.1', is: 'the embedded server' },
      expect.objectContaining({ what: 'price', was: '0.05' }),
    ]);
  });

  test('a price that was raised', async () => {
    const environment: Record<string, string> = {};
    const world = await approvedWorld({ environment });
    const dearer = await startSandbox({ price: 0.06, speed: 1e9, render: tinySong });
    onTestFinished(() => dearer.close());
    environment['WIRO_BASE_URL'] = dearer.url;
    const { drift, stderr } = await refusal(world, ...run);
    expect(drift).toMatchObject({ changes: [{ what: 'price', was: '0.05', is: '0.06' }] });
    expect(stderr).toContain('price of a song: $0.05 → $0.06');
    expect(dearer.books().created).toBe(0);
  });

  test('but for machines all of it, and for people the beginning', async () => {
    const world = await approvedWorld();
    world.write('m.yaml', manifestText({ seeds: 50 }));
    const { drift, stderr } = await refusal(world, ...run);
    expect(drift.added).toHaveLength(46);
    expect(stderr.match(/^ {2}\+ /gm)).toHaveLength(20);
    expect(stderr).toContain('… and 26 more (--json shows all)');
  });

  test('also by --dry-run, which buys nothing anyway', async () => {
    const world = await approvedWorld();
    const dry = await world.songbatch('run', ...run, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    world.write('m.yaml', manifestText({ seeds: 5 }));
    expect((await refusal(world, ...run, '--dry-run')).drift.added).toHaveLength(1);
  });
});

describe('is no drift', () => {
  test.each<[string, string]>([
    ['a comment', `# hello\n${manifestText()}`],
    ['a limit', manifestText({ more: 'limits: { tasks: 1 }' })],
    ['axes in another order', manifestText().replace(/( {2}clone.*\n)( {2}seed.*\n)/, '$2$1')],
    [
      'values that are written otherwise',
      manifestText().replace('{ from: 1, to: 4 }', '[4, 1, 2, 3]'),
    ],
  ])('%s', async (_, text) => {
    const world = await approvedWorld();
    expect(text).not.toBe(manifestText());
    world.write('m.yaml', text);
    expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test('a lower price', async () => {
    const environment: Record<string, string> = {};
    const world = await approvedWorld({ environment });
    const cheaper = await startSandbox({ price: 0.04, speed: 1e9, render: tinySong });
    onTestFinished(() => cheaper.close());
    environment['WIRO_BASE_URL'] = cheaper.url;
    expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
    expect(cheaper.books().created).toBe(4);
  });
});

describe('a part of what was approved is approved', () => {
  test('shards, each with a state of its own, and filters', async () => {
    const world = await createWorld({ price: 0.05 });
    world.write('m.yaml', manifestText({ seeds: 12 }));
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    for (const shard of ['1/2', '2/2']) {
      const out = `out-${shard.charAt(0)}`;
      const ended = await world.songbatch('run', ...run, '--shard', shard, '--out', out);
      expect(ended).toMatchObject({ code: 0 });
    }
    expect(world.server.books()).toMatchObject({ created: 12, duplicates: 0 });
    const only = await world.songbatch('run', ...run, '--only', 'seed=3', '--out', 'third');
    expect(only).toMatchObject({ code: 0 });
    expect(world.server.books()).toMatchObject({ created: 13 });
  });

  test('what a plan was saved for stays its bounds, without any flag', async () => {
    const world = await approvedWorld({}, '--only', 'seed=1', '--only', 'seed=2');
    expect(world.json('plan.json')).toMatchObject({
      selection: { only: ['seed=1', 'seed=2'] },
      counts: { jobs: 4, selected: 2, toBuy: 2 },
    });
    expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
    expect(world.server.books().created).toBe(2);
    // Beyond the bounds there is nothing to be had.
    const beyond = await world.songbatch('run', ...run, '--only', 'seed=3');
    expect(beyond).toMatchObject({ code: 0 });
    expect(world.server.books().created).toBe(2);
  });

  test('a plan of one shard is not run as another', async () => {
    const world = await approvedWorld({}, '--shard', '1/2');
    const { code, stderr } = await world.songbatch('run', ...run, '--shard', '2/2');
    expect(code).toBe(2);
    expect(stderr).toContain('the plan was saved for --shard 1/2, and this is --shard 2/2');
  });
});

describe('what was done and paid for', () => {
  test('a task in flight is approved as well: it may come to nothing and be bought once more', async () => {
    let isSlow = true;
    let rendered = 0;
    const world = await createWorld({
      price: 0.05,
      render: async (song) => {
        const isFirst = ++rendered === 1;
        await until(() => !isSlow);
        if (isFirst) throw new Error('broken');
        return tinySong(song);
      },
    });
    world.write('m.yaml', manifestText());
    const { child, ended } = world.start('run', 'm.yaml', '--tasks', '1');
    await until(() => world.server.books().created === 1);
    child.kill('SIGINT');
    await ended;
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    expect(world.json('plan.json')).toMatchObject({ counts: { toBuy: 4 } });
    isSlow = false;
    expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
    expect(world.server.books()).toMatchObject({ created: 5, billed: '0.200000000000' });
  });

  test('a plan that is saved midway approves what is left', async () => {
    const world = await createWorld({ price: 0.05 });
    world.write('m.yaml', manifestText());
    await world.songbatch('run', 'm.yaml', '--max-jobs', '3');
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    expect(world.json('plan.json')).toMatchObject({
      counts: { selected: 4, toBuy: 1 },
      price: { perSongUsd: '0.05', atMostUsd: '0.05' },
    });
    // Without its state everything would be bought again.
    const { drift } = await refusal(world, ...run, '--out', 'other');
    expect(drift).toMatchObject({ changes: [], gone: [] });
    expect(outputs(drift.added)).toEqual(['vocal/1', 'vocal/2', 'vocal/3']);
    expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test('songs in flight are brought home though the manifest has drifted, and nothing is bought', async () => {
    let isSlow = true;
    const world = await approvedWorld({
      render: async (song) => {
        await until(() => !isSlow);
        return tinySong(song);
      },
    });
    const { child, ended } = world.start('run', ...run, '--tasks', '1');
    await until(() => world.server.books().created === 1);
    child.kill('SIGINT');
    await ended;
    isSlow = false;
    world.write('m.yaml', manifestText({ seeds: 9 }));
    const { code, stdout } = await world.songbatch('run', ...run);
    expect({ code, stdout }).toMatchObject({ code: 3 });
    expect(stdout).toContain('1 done');
    expect(stdout).toContain(
      'stopped: this is not what plan.json approves (5 jobs to buy that it does not have)',
    );
    expect(world.server.books()).toMatchObject({ created: 1, duplicates: 0 });
    expect(existsSync(join(world.folder, 'out/vocal/1.wav'))).toBe(true);
  });
});

describe('the approved total is what may be spent', () => {
  /** The server states $0.0614 for 105 s of work, and bills what it is. */
  const dearSong: WorldOptions['render'] = async (song) => ({
    ...(await tinySong(song)),
    seconds: 90,
  });

  test('by one run and those that go on with it, whatever songs turn out to cost', async () => {
    const world = await createWorld({ render: dearSong });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    const { price } = world.json('plan.json') as { price: { atMostUsd: string } };
    expect(price).toMatchObject({ perSongUsd: '0.061425', atMostUsd: '0.4606875' });
    const stopped = await world.songbatch('run', ...run);
    expect(stopped).toMatchObject({ code: 3 });
    expect(stopped.stdout).toMatch(/stopped: the approved budget of \$0\.4606875 is used up/);
    const { created, billed } = world.server.books();
    expect(created).toBe(5);
    expect(Number(billed)).toBeLessThanOrEqual(Number(price.atMostUsd));
    // What they have cost is more than was approved for them: somebody must look at it.
    const { drift } = await refusal(world, ...run);
    expect(drift).toMatchObject({ changes: [{ what: 'billed', was: '0.07678125' }], added: [] });
  });

  test('what earlier runs have spent of it is not there again', async () => {
    const world = await createWorld({
      render: async (song) => ({
        ...(await tinySong(song)),
        seconds: Number(song.seed) <= 3 ? 60 : 140,
      }),
    });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    expect((await world.songbatch('run', ...run, '--max-jobs', '3')).code).toBe(3);
    const { code, stdout } = await world.songbatch('run', ...run, '--tasks', '1');
    expect({ code, stdout }).toMatchObject({ code: 3 });
    expect(stdout).toContain('the approved budget of $0.4606875 is used up: $0.40365 spent');
    expect(world.server.books()).toMatchObject({ created: 5, billed: '0.403650000000' });
  });

  test('a shard may spend its part, a budget that was approved is not raised', async () => {
    const world = await createWorld({ render: dearSong });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    await world.songbatch('plan', 'm.yaml', '--save', 'plan.json');
    const one = await world.songbatch('run', ...run, '--only', 'seed=1', '--only', 'seed=2');
    expect(one).toMatchObject({ code: 3 });
    // A third of the whole: $0.1535625.
    expect(one.stdout).toContain('the approved budget of $0.1535625');
    expect(world.server.books().created).toBe(1);
    await world.songbatch('plan', 'm.yaml', '--save', 'small.json', '--budget', '0.2');
    const two = await world.songbatch('run', '--plan', 'small.json', '--budget', '100');
    expect(two.stdout).toContain('the approved budget of $0.2 is used up');
    expect(world.server.books().created).toBe(2);
  });
});

describe('bad input is exit 2, says what to do, and buys nothing', () => {
  test.each<[string, (saved: string) => string | undefined, string]>([
    ['no such file', () => undefined, 'cannot read the plan p.json: there is no such file'],
    ['a manifest', () => manifestText(), 'p.json: it is no saved plan'],
    ['a torn plan', (saved) => saved.slice(0, saved.lastIndexOf(',') + 1), 'it ends in the middle'],
    ['a line by hand', (saved) => saved.replace('"vocal/2"', 'vocal/2'), 'p.json:'],
    ['a newer plan', (saved) => saved.replace('"format": 1', '"format": 7'), 'a newer songbatch'],
  ])('%s', async (_, damage, message) => {
    const world = await approvedWorld();
    const damaged = damage(world.read('plan.json'));
    if (damaged !== undefined) world.write('p.json', damaged);
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', '--plan', 'p.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(world.server.books().created).toBe(0);
  });

  test('a plan that cannot be kept', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    world.write('file', '');
    const { code, stderr } = await world.songbatch('plan', 'm.yaml', '--save', 'file/plan.json');
    expect(code).toBe(2);
    expect(stderr).toContain('choose another file with --save');
  });

  test('a label of its selection that is not there any more', async () => {
    const world = await approvedWorld({}, '--only', 'seed=1');
    world.write('m.yaml', manifestText().replace('from: 1', 'from: 2'));
    const { code, stderr } = await world.songbatch('run', ...run);
    expect(code).toBe(2);
    expect(stderr).toContain('--only seed=1: no job has this label');
  });
});

test('a plan that is checked out with other line ends is the same plan', async () => {
  const world = await approvedWorld();
  world.write('plan.json', world.read('plan.json').replaceAll('\n', '\r\n'));
  expect(await world.songbatch('run', ...run)).toMatchObject({ code: 0 });
});
