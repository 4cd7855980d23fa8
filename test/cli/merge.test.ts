/** Shards that were run apart become one batch: nothing is bought again, nothing is lost on the way. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limitsFact, readLimits } from '../../src/batch/limit-note.ts';
import { openStoreReader } from '../../src/state/sqlite-store.ts';
import { makeFolder } from '../state/scratch.ts';
import type { World } from './rig.ts';
import { createWorld, heldSongs, manifestText, until } from './rig.ts';

const schema = new URL('../../schemas/metadata.schema.json', import.meta.url);
const ajv = new Ajv2020();
ajvFormats.default(ajv);
const isMetadata = ajv.compile<Metadata>(JSON.parse(readFileSync(schema, 'utf8')) as object);

interface Metadata {
  readonly jobs: readonly Job[];
  readonly totals: object;
}

interface Job {
  readonly id: string;
  readonly attempts: readonly { readonly taskId?: string }[];
  readonly outputs: readonly { readonly path: string; readonly missing?: true }[];
}

function metadataIn(world: World, out: string): Metadata {
  const metadata = world.json(`${out}/metadata.json`);
  if (!isMetadata(metadata)) throw new Error(JSON.stringify(isMetadata.errors, undefined, 2));
  return metadata;
}

/** What does not depend on when, by which task and in which order a job was made. */
function timeless({ jobs, totals }: Metadata): unknown {
  const told = jobs.map((job) => ({ ...job, attempts: job.attempts.length }));
  return { jobs: told.sort((a, b) => (a.id < b.id ? -1 : 1)), totals };
}

function checkSums(world: World, out: string): number | null {
  const words = ['--check', '--strict', '--quiet', 'SHA256SUMS'];
  return spawnSync('sha256sum', words, { cwd: join(world.folder, out) }).status;
}

/** Every file below a folder, with what tells whether it was touched. */
function filesIn(world: World, out: string): unknown {
  const folder = join(world.folder, out);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, statSync(path).mtimeMs, readFileSync(path, 'base64')];
    })
    .sort();
}

/** A batch of six jobs, run as two shards: once, for all tests that work on copies of their folders. */
let original: World;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  original = await createWorld({ onFinished: (cleanUp) => cleanUps.push(cleanUp) });
  original.write('m.yaml', manifestText({ seeds: 6 }));
  const shards = [1, 2].map((index) =>
    original.songbatch('run', 'm.yaml', '--shard', `${index}/2`, '--out', `out-${index}`),
  );
  expect((await Promise.all(shards)).map(({ code }) => code)).toEqual([0, 0]);
});
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

/** @returns a folder with `out-1` and `out-2`, and how many tasks there are since */
async function copyShards(): Promise<World & { readonly bought: () => number }> {
  const { server, folder } = original;
  const world = await createWorld({ environment: { WIRO_BASE_URL: server.url } });
  for (const name of ['m.yaml', 'out-1', 'out-2']) {
    cpSync(join(folder, name), join(world.folder, name), { recursive: true });
  }
  const { created } = server.books();
  return { ...world, bought: () => server.books().created - created };
}

test('four shards, run at the same time, become the batch that one run would have made', async () => {
  const world = await createWorld();
  const { server, songbatch } = world;
  world.write('m.yaml', manifestText({ seeds: 10, clones: ['vocal', 'both'] }));
  const shards = await Promise.all(
    [1, 2, 3, 4].map((index) =>
      songbatch('run', 'm.yaml', '--shard', `${index}/4`, '--out', `out-${index}`),
    ),
  );
  expect(shards.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(server.books()).toMatchObject({ created: 20, duplicates: 0 });
  const folders = [1, 2, 3, 4].map((index) => `out-${index}`);
  const before = folders.map((folder) => filesIn(world, folder));

  const merged = await songbatch('merge', ...folders, '--into', 'out');
  expect(merged).toMatchObject({ code: 0, stderr: '' });
  expect(merged.stdout).toContain('20 done · $0.351 spent in all\n20 songs: 20 linked\n');
  expect(folders.map((folder) => filesIn(world, folder))).toEqual(before);
  expect(readdirSync(join(world.folder, 'out')).sort()).toEqual(
    ['SHA256SUMS', 'both', 'metadata.json', 'report', 'state.sqlite', 'vocal'].sort(),
  );
  expect(statSync(join(world.folder, 'out/vocal/1.wav')).nlink).toBe(2);
  expect(statSync(join(world.folder, 'out/state.sqlite')).mode & 0o777).toBe(0o600);
  expect(checkSums(world, 'out')).toBe(0);
  const pictures = folders.flatMap((folder) =>
    readdirSync(join(world.folder, folder, 'report/sound')),
  );
  expect(readdirSync(join(world.folder, 'out/report/sound')).sort()).toEqual(
    [...new Set(pictures)].sort(),
  );

  const state = openStoreReader(join(world.folder, 'out/state.sqlite'));
  expect(readLimits(state?.fact(limitsFact))).toHaveLength(4);
  state?.close();

  // By the same manifest a run of the whole batch makes the same of it.
  expect(await songbatch('run', 'm.yaml', '--out', 'whole')).toMatchObject({ code: 0 });
  const whole = metadataIn(world, 'whole');
  expect(timeless(metadataIn(world, 'out'))).toEqual(timeless(whole));
  const sumsIn = (folder: string) => world.read(`${folder}/SHA256SUMS`).split('\n').sort();
  expect(sumsIn('out')).toEqual(sumsIn('whole'));
  const created = server.books().created;

  const rest = await songbatch('run', 'm.yaml', '--out', 'out');
  expect(rest).toMatchObject({ code: 0 });
  expect(rest.stdout).toContain('20 done · 0 submissions');
  expect(server.books().created).toBe(created);
  expect((await songbatch('status', 'm.yaml', '--out', 'out')).stdout).toContain(
    '20 of 20 jobs done',
  );
});

describe('what a shard has left open', () => {
  test('in flight and in doubt is picked up where it was merged into, and nothing is bought twice', async () => {
    let isDown = false;
    const { render, release } = heldSongs();
    const world = await createWorld({
      render,
      meddle: (path) => {
        if (!isDown) return 'pass';
        if (path.startsWith('/Task/')) return 'silence';
        return path.startsWith('/Run/') ? 'lose-answer' : 'pass';
      },
    });
    const { server, songbatch } = world;
    world.write('m.yaml', manifestText({ seeds: 8 }));
    const inFlight = world.start('run', 'm.yaml', '--shard', '1/2', '--out', 'out-1');
    await until(() => server.books().created > 0);
    await until(() => /vocal\/\d+ .*task/.test(inFlight.stderr()) || server.books().created >= 2);
    inFlight.child.kill('SIGINT');
    expect((await inFlight.ended).code).toBe(130);
    const accepted = server.books().created;
    isDown = true;
    const killed = world.start('run', 'm.yaml', '--shard', '2/2', '--out', 'out-2');
    await until(() => server.books().created > accepted);
    killed.child.kill('SIGKILL');
    await killed.ended;
    isDown = false;

    const before = filesIn(world, 'out-2');
    const merged = await songbatch('merge', 'out-1', 'out-2', '--into', 'out');
    expect(merged).toMatchObject({ code: 0 });
    expect(merged.stdout).toMatch(/[1-9] in flight · [1-9] in doubt/);
    expect(filesIn(world, 'out-2')).toEqual(before);

    release();
    const run = await songbatch('run', 'm.yaml', '--out', 'out', '--settle-grace', '1s');
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('8 done');
    expect(server.books()).toMatchObject({ created: 8, duplicates: 0 });
    expect(checkSums(world, 'out')).toBe(0);
  });

  test('is of the account of each shard: a key must be that of all of them', async () => {
    const environment: Record<string, string> = {};
    const world = await createWorld({ speed: 1, environment });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    for (const [index, key] of ['ours', 'theirs'].entries()) {
      environment['WIRO_API_KEY'] = key;
      const out = `out-${index + 1}`;
      const words = ['run', 'm.yaml', '--shard', `${index + 1}/2`, '--out', out];
      const { child, ended } = world.start(...words);
      await until(() => inFlightIn(world, out) > 0);
      child.kill('SIGINT');
      await ended;
    }
    const { requests } = world.server.books();
    cpSync(join(world.folder, 'out-2'), join(world.folder, 'elsewhere'), { recursive: true });
    const db = new DatabaseSync(join(world.folder, 'elsewhere/state.sqlite'));
    db.exec("UPDATE meta SET value = 'http://127.0.0.1/v1' WHERE key = 'fact:account-url'");
    db.close();
    const apart = await world.songbatch('merge', 'out-1', 'elsewhere', '--into', 'apart');
    expect(apart).toMatchObject({ code: 2 });
    expect(apart.stderr).toContain(
      `jobs of out-1 are in flight at ${world.server.url}, jobs of elsewhere at http://127.0.0.1/v1`,
    );
    for (const folders of [['out-1'], ['out-2'], ['out-1', 'out-2']]) {
      const into = `of-${folders.join('-')}`;
      const merged = await world.songbatch('merge', ...folders, '--into', into);
      expect(merged).toMatchObject({ code: 0 });
      environment['WIRO_API_KEY'] = folders[0] === 'out-1' ? 'theirs' : 'ours';
      const refused = await world.songbatch('cancel', 'm.yaml', '--out', into);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('the API key is another one, while');
    }
    environment['WIRO_API_KEY'] = 'ours';
    expect(await world.songbatch('cancel', 'm.yaml', '--out', 'of-out-1-out-2')).toMatchObject({
      code: 2,
    });
    expect(world.server.books().requests).toEqual(requests);
    expect(await world.songbatch('cancel', 'm.yaml', '--out', 'of-out-1')).toMatchObject({
      code: 0,
    });
  });

  test('at the embedded server is refused: its tasks are in the folder of the shard', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 4 }));
    world.write('songbatch.config.json', '{"sandbox": {"speed": 1}}');
    const { child, ended } = world.start('run', 'm.yaml', '--sandbox', '--out', 'out-1');
    await until(() => inFlightIn(world, 'out-1') > 0);
    child.kill('SIGINT');
    await ended;
    const refused = await world.songbatch('merge', 'out-1', '--into', 'out');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('in flight or in doubt at its own embedded server');
    expect(refused.stderr).toContain('songbatch run <manifest> --sandbox --out out-1');
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
  });
});

function inFlightIn(world: World, out: string): number {
  const path = join(world.folder, out, 'state.sqlite');
  // There is one before there is anything in it.
  if (!existsSync(`${path}-wal`)) return 0;
  const store = openStoreReader(path);
  try {
    return store?.counts().jobs.running ?? 0;
  } finally {
    store?.close();
  }
}

describe('nothing is written, and both are named,', () => {
  test('where a job was bought twice; --prefer takes one of the two', async () => {
    const world = await copyShards();
    await world.songbatch('run', 'm.yaml', '--out', 'again', '--only', 'seed=3');
    const refused = await world.songbatch('merge', 'out-1', 'out-2', 'again', '--into', 'out');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('contradict each other about one job, and nothing was merged');
    const [line = ''] = /vocal\/3 .*/.exec(refused.stderr) ?? [];
    const tasks = [...line.matchAll(/task (\d+) \(done\) in (out-\d|again)/g)];
    expect(tasks.map(([, , folder]) => folder)).toEqual([expect.stringMatching('out-'), 'again']);
    expect(tasks[0]?.[1]).not.toBe(tasks[1]?.[1]);
    expect(line).toContain('it was bought twice');
    expect(existsSync(join(world.folder, 'out'))).toBe(false);

    const words = ['merge', 'out-1', 'out-2', 'again', '--into', 'out', '--prefer', 'again'];
    const merged = await world.songbatch(...words);
    expect(merged).toMatchObject({ code: 0 });
    expect(merged.stdout).toContain('6 done');
    expect(merged.stdout).toContain(`left behind, as you said:\n  ${line}`);
    const job = metadataIn(world, 'out').jobs.find(({ outputs }) =>
      outputs[0]?.path.endsWith('/3.wav'),
    );
    expect(job?.attempts[0]?.taskId).toBe(tasks[1]?.[1]);
    const other = await world.songbatch('merge', 'out-1', '--into', 'o', '--prefer', 'again');
    expect(other.stderr).toContain('that is none of the folders that are merged');
  });

  test('where folders are of two batches, or hold no state', async () => {
    const world = await copyShards();
    world.write('n.yaml', manifestText({ name: 'other', seeds: 1 }));
    await world.songbatch('run', 'n.yaml', '--out', 'other');
    const mixed = await world.songbatch('merge', 'out-1', 'other', '--into', 'out');
    expect(mixed).toMatchObject({ code: 2 });
    expect(mixed.stderr).toMatch(/out-1 is of batch "test" .*, other of "other"/);
    mkdirSync(join(world.folder, 'empty'));
    const empty = await world.songbatch('merge', 'out-1', 'empty', '--into', 'out');
    expect(empty).toMatchObject({ code: 2 });
    expect(empty.stderr).toContain('empty is not the output folder of a run');
    cpSync(join(world.folder, 'out-1'), join(world.folder, 'early'), { recursive: true });
    const db = new DatabaseSync(join(world.folder, 'early/state.sqlite'));
    db.exec("DELETE FROM meta WHERE key = 'fact:manifest'");
    db.close();
    const early = await world.songbatch('merge', 'early', '--into', 'out');
    expect(early).toMatchObject({ code: 2 });
    expect(early.stderr).toContain('none of the states says which manifest was run');
    for (const folder of ['out-1', './out-1/']) {
      const twice = await world.songbatch('merge', 'out-1', folder, '--into', 'out');
      expect(twice.stderr).toContain('is named twice');
    }
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
  });

  test('where a run is going on', async () => {
    const world = await createWorld(heldSongs());
    world.write('m.yaml', manifestText({ seeds: 6 }));
    cpSync(join(original.folder, 'out-2'), join(world.folder, 'out-2'), { recursive: true });
    const { child, ended } = world.start('run', 'm.yaml', '--shard', '1/2', '--out', 'out-1');
    await until(() => existsSync(join(world.folder, 'out-1/state.sqlite-wal')));
    for (const words of [
      ['out-1', 'out-2', '--into', 'out'],
      ['out-2', '--into', 'out-1'],
    ]) {
      const refused = await world.songbatch('merge', ...words);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`out-1/state.sqlite is in use: run by pid`);
    }
    child.kill('SIGINT');
    await ended;
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
  });

  test('where a state has a song under a name outside its folder', async () => {
    const world = await copyShards();
    const db = new DatabaseSync(join(world.folder, 'out-1/state.sqlite'));
    db.exec(
      "UPDATE events SET detail = json_set(detail, '$[0][2]', json('[\"../../3.wav\"]')) WHERE type = 5",
    );
    db.close();
    const refused = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('a name that no song has');
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
  });

  test('where the state that is merged into is lost', async () => {
    const world = await copyShards();
    await world.songbatch('merge', 'out-1', '--into', 'out');
    rmSync(join(world.folder, 'out/state.sqlite'));
    const refused = await world.songbatch('merge', 'out-2', '--into', 'out');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('state out/state.sqlite is gone');
  });
});

describe('songs', () => {
  test('that are not what was saved, or not there, are missing, and come with the next run', async () => {
    const world = await copyShards();
    const [first = '', second = ''] = readdirSync(join(world.folder, 'out-1/vocal'));
    const altered = join(world.folder, 'out-1/vocal', first);
    const bytes = readFileSync(altered);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(altered, bytes);
    rmSync(join(world.folder, 'out-1/vocal', second));
    // What a link leads to is not the song that was saved there.
    const elsewhere = makeFolder();
    renameSync(join(world.folder, 'out-2/vocal'), join(elsewhere, 'vocal'));
    symlinkSync(join(elsewhere, 'vocal'), join(world.folder, 'out-2/vocal'));
    const others = readdirSync(join(elsewhere, 'vocal')).length;

    const merged = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out');
    expect(merged).toMatchObject({ code: 0 });
    expect(merged.stdout).toContain(
      `${2 + others} songs missing; the next run downloads them again`,
    );
    expect(merged.stdout).toContain(`vocal/${first} (in out-1 it is not the song that was saved)`);
    const missing = metadataIn(world, 'out').jobs.filter(({ outputs }) => outputs[0]?.missing);
    expect(missing).toHaveLength(2 + others);
    expect(existsSync(join(world.folder, 'out/vocal', first))).toBe(false);
    expect(existsSync(join(world.folder, 'out/vocal'))).toBe(true);

    expect(await world.songbatch('run', 'm.yaml', '--out', 'out')).toMatchObject({ code: 0 });
    expect(world.bought()).toBe(0);
    expect(checkSums(world, 'out')).toBe(0);
    rmSync(elsewhere, { recursive: true });
  });

  test('take no name from a file that is there, and keep the one they got', async () => {
    const world = await copyShards();
    world.write('out/vocal/1.wav', 'mine');
    const merged = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out', '--json');
    expect(merged).toMatchObject({ code: 0 });
    expect(world.read('out/vocal/1.wav')).toBe('mine');
    const { jobs } = metadataIn(world, 'out');
    const paths = jobs.map(({ outputs }) => outputs[0]?.path);
    expect(paths).toContainEqual(expect.stringMatching(/^vocal\/1~[0-9a-f]{8}\.wav$/));
    expect(checkSums(world, 'out')).toBe(0);
    expect(await world.songbatch('run', 'm.yaml', '--out', 'out')).toMatchObject({ code: 0 });
    const again = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ songs: { linked: 0, there: 6, missing: [] } });
    expect(metadataIn(world, 'out').jobs).toEqual(jobs);
  });
});

describe('merged again', () => {
  test('one of the shards takes the other in', async () => {
    const world = await copyShards();
    const merged = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out-1');
    expect(merged).toMatchObject({ code: 0 });
    const rest = await world.songbatch('run', 'm.yaml', '--out', 'out-1');
    expect(rest.stdout).toContain('6 done · 0 submissions');
    expect(checkSums(world, 'out-1')).toBe(0);
  });

  test('shards that went on from what was merged bring what is new', async () => {
    const world = await copyShards();
    await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out');
    world.write('m.yaml', manifestText({ seeds: 9 }));
    for (const index of [1, 2]) {
      const out = `next-${index}`;
      // As from a CI cache, which has the state and not the songs.
      mkdirSync(join(world.folder, out));
      cpSync(join(world.folder, 'out/state.sqlite'), join(world.folder, out, 'state.sqlite'));
      await world.songbatch('run', 'm.yaml', '--shard', `${index}/2`, '--out', out);
    }
    const merged = await world.songbatch('merge', 'next-1', 'next-2', '--into', 'out', '--json');
    expect(JSON.parse(merged.stdout)).toMatchObject({
      tally: { jobs: 9, done: 9 },
      songs: { there: 6, missing: [] },
      absentShards: [],
    });
    expect(world.bought()).toBe(3);
    expect(checkSums(world, 'out')).toBe(0);
  });

  test('says which shards are not among them, and that manifests differ', async () => {
    const world = await copyShards();
    const one = await world.songbatch('merge', 'out-1', '--into', 'out');
    expect(one.stdout).toContain('\n2/2 is not among these shards\n');
    world.write('n.yaml', manifestText({ seeds: 9 }));
    await world.songbatch('run', 'n.yaml', '--shard', '2/2', '--out', 'out-2');
    const both = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out');
    expect(both.stdout).not.toContain('not among');
    expect(both.stdout).toContain('from different manifests: metadata.json goes by n.yaml');
  });

  test('where it was killed it comes to the same, and no run comes in between', async () => {
    const world = await copyShards();
    const there = (path: string) => existsSync(join(world.folder, path));
    await world.songbatch('merge', 'out-1', 'out-2', '--into', 'whole');
    const whole = metadataIn(world, 'whole');
    const marker = 'out/state.sqlite.merging';
    // What is there when the kill comes; it may come late, so that not every try meets the moment.
    const moments = [
      marker,
      `${marker}/state.sqlite`,
      'out/vocal',
      'out/state.sqlite',
      'out/metadata.json',
    ];
    let interrupted = 0;
    for (let index = 0; index < moments.length || interrupted === 0; index++) {
      const moment = moments[index % moments.length] ?? '';
      rmSync(join(world.folder, 'out'), { recursive: true, force: true });
      const { child, ended } = world.start('merge', 'out-1', 'out-2', '--into', 'out');
      await until(() => child.exitCode !== null || there(moment));
      child.kill('SIGKILL');
      await ended;
      if (there(marker)) {
        interrupted++;
        const run = await world.songbatch('run', 'm.yaml', '--out', 'out');
        expect(run).toMatchObject({ code: 2, stdout: '' });
        expect(run.stderr).toContain('songs are being merged into out, or that was interrupted');
      }
      const repeated = await world.songbatch('merge', 'out-1', 'out-2', '--into', 'out');
      expect(repeated).toMatchObject({ code: 0 });
      expect(metadataIn(world, 'out')).toMatchObject({ jobs: whole.jobs, totals: whole.totals });
      expect(checkSums(world, 'out')).toBe(0);
      const [files, wanted] = ['out', 'whole'].map((out) => readdirSync(join(world.folder, out)));
      expect(files?.sort()).toEqual(wanted?.sort());
    }
    expect(world.bought()).toBe(0);
  });
});

test('a state of which a merge was killed is neither run with songs elsewhere nor merged on', async () => {
  const world = await copyShards();
  mkdirSync(join(world.folder, 'out-1/state.sqlite.merging'));
  const run = await world.songbatch(
    ...['run', 'm.yaml', '--state', 'out-1/state.sqlite', '--out', 'elsewhere'],
  );
  const merge = await world.songbatch('merge', 'out-2', 'out-1', '--into', 'whole');
  for (const { code, stderr } of [run, merge]) {
    expect(code).toBe(2);
    expect(stderr).toContain('songs are being merged into out-1, or that was interrupted');
  }
  expect(world.bought()).toBe(0);
  expect(existsSync(join(world.folder, 'whole'))).toBe(false);
  // To repeat it is what mends it.
  expect(await world.songbatch('merge', 'out-2', '--into', 'out-1')).toMatchObject({ code: 0 });
});

test('two shards in one output folder are refused, and told what to do', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 4 }));
  const states = ['1/2', '2/2'].map((shard, index) => {
    return ['run', 'm.yaml', '--shard', shard, '--state', `s${index}.sqlite`];
  });
  expect(await world.songbatch(...(states[0] ?? []))).toMatchObject({ code: 0 });
  const second = await world.songbatch(...(states[1] ?? []));
  expect(second).toMatchObject({ code: 2 });
  expect(second.stderr).toContain('give each shard an output folder of its own (--out)');
  expect(second.stderr).toContain('songbatch merge');
});
