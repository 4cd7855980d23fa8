/** Files that meet on disk, and what a run does before it buys anything for a place that it cannot use. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { World } from './rig.ts';
import { createWorld, manifestText } from './rig.ts';

interface Metadata {
  readonly jobs: readonly {
    readonly id: string;
    readonly status: string;
    readonly outputs: readonly {
      readonly path: string;
      readonly sha256: string;
      readonly missing?: true;
    }[];
  }[];
  readonly totals: { readonly songs: number };
}

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/metadata.schema.json', import.meta.url), 'utf8'),
) as object;
const ajv = new Ajv2020({ allErrors: true });
ajvFormats.default(ajv);
const isMetadata = ajv.compile<Metadata>(schema);

function metadataOf(world: World): Metadata {
  const document = world.json('out/metadata.json');
  if (!isMetadata(document)) throw new Error(JSON.stringify(isMetadata.errors, undefined, 2));
  return document;
}

function sumOf(world: World, path: string): string {
  return hash('sha256', readFileSync(join(world.folder, 'out', path)));
}

/** Every song that the metadata names is there, under a name of its own, and is what it says. */
function expectIntact(world: World, songs: number): Metadata {
  const metadata = metadataOf(world);
  const outputs = metadata.jobs.flatMap((job) => job.outputs);
  expect(new Set(outputs.map(({ path }) => path)).size).toBe(songs);
  for (const { path, sha256 } of outputs) expect(sumOf(world, path)).toBe(sha256);
  checkSums(world);
  return metadata;
}

function checkSums({ folder }: World): void {
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
    cwd: join(folder, 'out'),
    stdio: 'pipe',
  });
}

const edited = (text: string) => text.replace('Hello to the morning', 'Goodbye to the evening');

describe('after the lyrics were edited', () => {
  test('the earlier song stays, the new one is saved beside it, and neither is fetched again', async () => {
    let downloads = 0;
    const world = await createWorld({
      meddle: (path) => {
        if (path.startsWith('/files/')) downloads++;
        return 'pass';
      },
      meddleWithSongs: true,
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    await world.songbatch('run', 'm.yaml');
    const before = sumOf(world, 'vocal/1.wav');

    world.write('m.yaml', edited(manifestText({ seeds: 1 })));
    const { code } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    expect(sumOf(world, 'vocal/1.wav')).toBe(before);
    const { jobs } = expectIntact(world, 2);
    expect(jobs.map(({ outputs }) => outputs[0]?.path)).toEqual([
      'vocal/1.wav',
      `vocal/1~${jobs[1]?.id.slice(0, 8)}.wav`,
    ]);

    for (const text of [manifestText({ seeds: 1 }), edited(manifestText({ seeds: 1 }))]) {
      world.write('m.yaml', text);
      const again = await world.songbatch('run', 'm.yaml');
      expect(again.stdout).toContain('1 done · 0 submissions');
    }
    expect(downloads).toBe(2);
    expect(world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
  });

  test('a song that was on its way when the run was killed does not mix with the new one', async () => {
    let kill: (() => void) | undefined;
    const world = await createWorld({
      meddle: (path) => {
        if (!path.startsWith('/files/')) return 'pass';
        return ({ headers, status, body }) => {
          const { connection: _, 'transfer-encoding': __, ...kept } = headers;
          const plain = Object.fromEntries(
            Object.entries(kept).flatMap(([name, value]) =>
              typeof value === 'string' ? [[name, value]] : [],
            ),
          );
          if (!kill) return { status, headers: plain, body };
          setTimeout(kill, 50);
          return { status, headers: plain, body: body.subarray(0, 5000), then: 'silence' };
        };
      },
      meddleWithSongs: true,
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { child, ended } = world.start('run', 'm.yaml');
    kill = () => child.kill('SIGKILL');
    expect((await ended).code).toBe(null);
    kill = undefined;

    world.write('m.yaml', edited(manifestText({ seeds: 1 })));
    const { code } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    const { jobs } = expectIntact(world, 2);
    expect(jobs.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(readdirSync(join(world.folder, 'out/vocal'))).toHaveLength(2);
    expect(world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
  });
});

test("a file of the user's own is not overwritten, nor taken for a song", async () => {
  const world = await createWorld();
  world.write('out/vocal/1.wav', 'two weeks of my work');
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const { code, stderr } = await world.songbatch('run', 'm.yaml');
  expect(code).toBe(0);
  expect(stderr).toMatch(/vocal\/1~[0-9a-f]{8}\.wav/);
  expect(world.read('out/vocal/1.wav')).toBe('two weeks of my work');
  expectIntact(world, 1);
});

test('where both names of a song are taken the run stops; moved away, it goes on', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const plan = await world.songbatch('plan', 'm.yaml', '--json', '--limit', '1');
  const { id } = (JSON.parse(plan.stdout) as { list: { id: string }[] }).list[0] ?? { id: '' };
  world.write('out/vocal/1.wav', 'mine');
  const other = world.write(`out/vocal/1~${id.slice(0, 8)}.wav`, 'mine as well');
  const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml');
  expect(stderr + stdout).toMatch(/something else is in the way under its name/);
  expect(code).toBe(3);
  expect(readFileSync(other, 'utf8')).toBe('mine as well');

  rmSync(other);
  const again = await world.songbatch('run', 'm.yaml');
  expect(again.stdout).toContain('1 done · 0 submissions');
  expect(world.read('out/vocal/1.wav')).toBe('mine');
  expectIntact(world, 1);
});

test('runs bring the metadata up to date, and come to what one that writes it anew would write', async () => {
  const world = await createWorld();
  const { songbatch, write, read } = world;
  write('m.yaml', manifestText({ seeds: 4 }));
  const metadata = () => read('out/metadata.json').replace(/"writtenAt": "[^"]+"/, '');
  expect((await songbatch('run', 'm.yaml', '--max-jobs', '2')).code).toBe(3);
  expect(metadataOf(world).totals.songs).toBe(2);
  expect((await songbatch('run', 'm.yaml')).code).toBe(0);
  expectIntact(world, 4);
  const updated = metadata();

  const file = join(world.folder, 'out/metadata.json');
  const { ino } = statSync(file);
  expect((await songbatch('run', 'm.yaml')).code).toBe(0);
  expect(statSync(file).ino).toBe(ino);
  rmSync(file);
  expect((await songbatch('run', 'm.yaml')).code).toBe(0);
  expect(metadata()).toBe(updated);
});

test('a song that the user removed is told as missing, and its checksum is not asked for', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 3 }));
  await world.songbatch('run', 'm.yaml');
  world.write('m.yaml', manifestText({ seeds: 2 }));
  rmSync(join(world.folder, 'out/vocal/3.wav'));
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  checkSums(world);
  const { jobs, totals } = metadataOf(world);
  expect(jobs.map(({ outputs }) => outputs[0]?.missing)).toEqual([undefined, undefined, true]);
  expect(totals.songs).toBe(2);
});

describe('an output folder that cannot be used is refused before anything is bought', () => {
  test.for([
    ['is a file', 'file', /file: something else is in the way/],
    ['would be below a file', 'file/below', /below: something else is in the way/],
    ['the system does not let be made', '/proc/nope', /\/proc\/nope: it cannot be made there/],
  ] as const)('one that %s', async ([, out, message], { skip }) => {
    if (out.startsWith('/proc') && !existsSync('/proc')) skip();
    const world = await createWorld();
    world.write('file', 'not a folder');
    world.write('m.yaml', manifestText({ seeds: 1 }));
    for (const state of [[], ['--state', 'elsewhere/state.sqlite']]) {
      const { code, stderr } = await world.songbatch('run', 'm.yaml', '--out', out, ...state);
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
    expect(world.server.books().created).toBe(0);
  });

  test('a folder for the state that cannot be made is refused as well', async ({ skip }) => {
    if (!existsSync('/proc')) skip();
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--state', '/proc/nope/s');
    expect(stderr).toMatch(/\/proc\/nope/);
    expect(stderr).not.toMatch(/this is a bug/);
    expect([2, 3]).toContain(code);
    expect(world.server.books().created).toBe(0);
  });
});

test('a reference song that changed after it was hashed is not sent for the one that was meant', async () => {
  let isChanged = false;
  const world = await createWorld({
    meddle: (path) => {
      // The price is asked for when the manifest has been read and nothing is submitted yet.
      if (path === '/Tool/Detail' && !isChanged) {
        world.write('voice.wav', 'RIFF\0\0\0\0WAVE'.padEnd(500, 'lo'));
        isChanged = true;
      }
      return 'pass';
    },
  });
  const withReference = manifestText({ seeds: 1 }).replace(
    'matrix:\n',
    'matrix:\n  reference: [{ id: voice, file: voice.wav }]\n',
  );
  world.write('m.yaml', withReference);
  world.write('voice.wav', 'RIFF\0\0\0\0WAVE'.padEnd(500, 'la'));
  const first = await world.songbatch('run', 'm.yaml');
  expect(isChanged).toBe(true);
  expect(first.stderr + first.stdout).toMatch(/voice\.wav has changed since the manifest was read/);
  expect(first.code).toBe(3);
  expect(world.server.books().created).toBe(0);

  expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  expect(world.server.books()).toMatchObject({ created: 1, duplicates: 0 });
});

describe('where the state is gone but the metadata tells of tasks', () => {
  test.for([
    ['removed', 'gone'],
    ['cut to nothing', 'empty'],
  ] as const)('%s: nothing is bought again', async ([, words]) => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    await world.songbatch('run', 'm.yaml');
    const state = join(world.folder, 'out/state.sqlite');
    renameSync(state, `${state}.kept`);
    if (words === 'empty') writeFileSync(state, '');

    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain(
      `out/metadata.json tells of 2 tasks, but their state out/state.sqlite is ${words}`,
    );
    expect(world.server.books().created).toBe(2);

    renameSync(`${state}.kept`, state);
    const again = await world.songbatch('run', 'm.yaml');
    expect(again.stdout).toContain('2 done · 0 submissions');
  });

  test('another --state counts as gone; without the metadata the batch starts anew', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    await world.songbatch('run', 'm.yaml');
    const elsewhere = ['--state', 'other/state.sqlite'];
    expect((await world.songbatch('run', 'm.yaml', ...elsewhere)).code).toBe(2);
    expect(world.server.books().created).toBe(2);

    renameSync(join(world.folder, 'out/metadata.json'), join(world.folder, 'old.json'));
    expect((await world.songbatch('run', 'm.yaml', ...elsewhere)).code).toBe(0);
    expect(world.server.books().created).toBe(4);
  });

  test.for([
    ['of another program', '{"tool":{"name":"tagger"},"jobs":[{"taskId":"1"}]}'],
    ['without a task', '{"tool":{"name":"songbatch"},"jobs":[{"prompt":"\\"taskId\\": 1"}]}'],
    ['that is no JSON', 'taskId'],
  ] as const)('metadata %s refuses nothing', async ([, text]) => {
    const world = await createWorld();
    world.write('out/metadata.json', text);
    world.write('m.yaml', manifestText({ seeds: 1 }));
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  });
});
