/** `--junit`: the result of a run for test reports of CI services, valid and complete however the run ended. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { junitMisfits } from '../report/junit-misfits.ts';
import type { World } from './rig.ts';
import { createWorld, heldSongs, manifestText, until } from './rig.ts';

async function junitOf(world: World, path = 'junit.xml'): Promise<string> {
  const xml = world.read(path);
  expect(await junitMisfits(xml)).toEqual([]);
  return xml;
}

/** The counts in the head of the suite. */
function countsOf(xml: string) {
  const head = /<testsuite [^>]*>/.exec(xml)?.[0] ?? '';
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1]);
  return {
    tests: count('tests'),
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
  };
}

/** By the name of the test case: its element with all that is in it. */
function casesOf(xml: string): Map<string, string> {
  const cases = [...xml.matchAll(/<testcase [^>]*? name="([^"]*)"[^>]*?(\/>|>[^]*?<\/testcase>)/g)];
  return new Map(cases.map(([element, name = '']) => [name, element]));
}

const refusal = (code: number, message: string) => ({
  status: 200,
  body: JSON.stringify({ result: false, errors: [{ code, message }] }),
});
const isRun = (path: string) => path.startsWith('/Run/');

test('a batch is a suite, a job a test case by its output, with the seconds of its task', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 2, clones: ['vocal', 'both'] }));
  const { code } = await world.songbatch('run', 'm.yaml', '--junit', 'junit.xml');
  expect(code).toBe(0);
  const xml = await junitOf(world);
  expect(xml).toMatch(
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n {2}<testsuite name="test" /,
  );
  expect(countsOf(xml)).toEqual({ tests: 4, failures: 0, errors: 0, skipped: 0 });
  const cases = casesOf(xml);
  expect([...cases.keys()]).toEqual(['vocal/1', 'vocal/2', 'both/1', 'both/2']);
  expect(cases.get('both/2')).toMatch(
    /^<testcase classname="test\.both" name="both\/2" time="\d+\.\d{3}"\/>$/,
  );
  expect(cases.get('both/2')).not.toContain('time="0.000"');
  for (const [name, value] of [
    ['manifest', 'm\\.yaml'],
    ['manifest-sha256', '[0-9a-f]{64}'],
    ['model', 'wiro/text-to-song-with-reference-yue'],
    ['songbatch-version', '\\d+\\.\\d+\\.\\d+'],
    ['spent-usd', '0\\.0702'],
  ] as const) {
    expect(xml).toMatch(new RegExp(`<property name="${name}" value="${value}"/>`));
  }
  expect(xml).toContain('songs, metadata.json and SHA256SUMS are in out</system-out>');
  expect(readdirSync(world.folder).filter((name) => name.includes('junit'))).toEqual(['junit.xml']);
});

test('a run with nothing to do writes it all the same, and so says the configuration', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 2 }));
  world.write('.songbatchrc.yaml', 'junit: out/reports/songs.xml\nsummary: out/reports/songs.md');
  expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  const first = casesOf(await junitOf(world, 'out/reports/songs.xml'));
  expect(world.read('out/reports/songs.md')).toContain('✅ **Done**: 2 of 2 jobs are done.');
  rmSync(join(world.folder, 'out/reports'), { recursive: true });
  const { code, stdout } = await world.songbatch('run', 'm.yaml');
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0 submissions') as string,
  });
  expect(casesOf(await junitOf(world, 'out/reports/songs.xml'))).toEqual(first);
});

test('a failure has its reason as the type, its message, and every attempt with its task', async () => {
  const message = 'Model says: <b>"no" & ]]> ##[set-output name=x]';
  const world = await createWorld({
    faults: { rates: { 'task.fail': 1 } },
    meddle: (path, nth) =>
      isRun(path) && nth === 1 ? refusal(0, `invalid parameter ${message}`) : 'pass',
  });
  world.write('m.yaml', manifestText({ seeds: 2, more: 'retry: { attempts: 2 }' }));
  const { code, stderr } = await world.songbatch(
    'run',
    'm.yaml',
    '--tasks',
    '1',
    '--junit',
    'junit.xml',
  );
  expect(code).toBe(1);
  // A server must not command the service that reads the log.
  expect(stderr).toContain('# #[set-output name=x]');
  expect(stderr).not.toContain('##[');
  const xml = await junitOf(world);
  expect(countsOf(xml)).toEqual({ tests: 2, failures: 2, errors: 0, skipped: 0 });
  const refused = casesOf(xml).get('vocal/1') ?? '';
  expect(refused).toContain(' type="rejected"');
  expect(refused).toContain(
    'message="the API refused it: invalid parameter Model says: &lt;b&gt;&quot;no&quot; &amp; ]]&gt; # #[set-output name=x] (code 0)"',
  );
  expect(refused).toContain('\nclone=vocal seed=1\nattempt 1, ');
  const broken = casesOf(xml).get('vocal/2') ?? '';
  expect(broken).toMatch(
    /<failure message="the model exited with 1[^"]*" type="exit-code">the model exited with 1/,
  );
  const tasks = [
    ...broken.matchAll(
      /\nattempt (\d), task ([^,]+), 20\d\d-[^:]+:\d\d:[^:]+Z, \$0: the model exited/g,
    ),
  ];
  expect(tasks.map(([, attempt]) => attempt)).toEqual(['1', '2']);
  expect(new Set(tasks.map(([, , task]) => task)).size).toBe(2);
});

test('what was not started is skipped and says why, and what is elsewhere is not in it', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 4, clones: ['vocal', 'both'] }));
  const only = ['--only', 'clone=both', '--max-jobs', '1', '--junit', 'junit.xml'];
  expect((await world.songbatch('run', 'm.yaml', ...only)).code).toBe(3);
  const xml = await junitOf(world);
  expect(countsOf(xml)).toEqual({ tests: 4, failures: 0, errors: 0, skipped: 3 });
  expect([...casesOf(xml).keys()]).toEqual(['both/1', 'both/2', 'both/3', 'both/4']);
  expect(casesOf(xml).get('both/4')).toMatch(
    /<skipped message="not started: .*as many as --max-jobs allows"\/>/,
  );
});

test('shards tell of their own jobs, and together of all', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 6 }));
  const names = new Set<string>();
  let told = 0;
  for (const shard of ['1/2', '2/2']) {
    const flags = ['--shard', shard, '--out', `out-${shard[0] ?? ''}`, '--junit', 'junit.xml'];
    expect((await world.songbatch('run', 'm.yaml', ...flags)).code).toBe(0);
    const xml = await junitOf(world);
    expect(xml).toContain(`<property name="shard" value="${shard}"/>`);
    for (const name of casesOf(xml).keys()) names.add(name);
    told += casesOf(xml).size;
  }
  expect({ told, names: names.size }).toEqual({ told: 6, names: 6 });
});

test('a job in doubt is an error: somebody has to look', async () => {
  const world = await createWorld({
    meddle: (path, nth) => (isRun(path) && nth === 1 ? 'lose-request' : 'pass'),
  });
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const { code } = await world.songbatch(
    'run',
    'm.yaml',
    '--settle-grace',
    '0s',
    '--junit',
    'junit.xml',
  );
  expect(code).toBe(3);
  const xml = await junitOf(world);
  expect(countsOf(xml)).toEqual({ tests: 1, failures: 0, errors: 1, skipped: 0 });
  expect(casesOf(xml).get('vocal/1')).toMatch(
    /<error message="nobody knows yet whether it was bought: [^"]*proves nothing[^"]*" type="in-doubt">/,
  );
});

test('after Ctrl-C it tells of tasks that go on at the server; the next run, of what became of them', async () => {
  const { render, release } = heldSongs();
  const world = await createWorld({ render });
  world.write('m.yaml', manifestText({ seeds: 4 }));
  const { child, ended } = world.start('run', 'm.yaml', '--tasks', '2', '--junit', 'junit.xml');
  await until(() => world.server.books().created === 2);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  const xml = await junitOf(world);
  expect(countsOf(xml)).toMatchObject({ tests: 4, failures: 0, errors: 0 });
  expect(xml).toMatch(
    /<skipped message="its task \S+ goes on at the server, and the next run brings it home: interrupted"\/>/,
  );
  expect(xml).toContain('<skipped message="not started: interrupted"/>');

  release();
  // Of these the next run wants one only; the other is brought home as well, and told.
  const only = ['--only', 'seed=1', '--junit', 'junit.xml'];
  expect((await world.songbatch('run', 'm.yaml', ...only)).code).toBe(0);
  const cases = casesOf(await junitOf(world));
  expect([...cases.keys()][0]).toBe('vocal/1');
  expect([...cases.keys()][1]).toMatch(/^vocal\/2 \([0-9a-f]{10}, not selected\)$/);
  expect(cases.size).toBe(2);
});

describe('a report that cannot be written', () => {
  test.each<[string, string, RegExp]>([
    ['a folder', 'folder', /--junit folder: it is a folder/],
    [
      'the manifest',
      'm.yaml',
      /--junit m\.yaml: what is there is no such report, and is not overwritten/,
    ],
    ['below a file', 'm.yaml/junit.xml', /--junit m\.yaml\/junit\.xml: cannot write .*in the way/],
    ['a device', '/dev/null', /--junit \/dev\/null: it is no regular file/],
  ])('is refused before anything is bought: %s', async (_, path, message) => {
    const world = await createWorld();
    mkdirSync(join(world.folder, 'folder'));
    const manifest = manifestText({ seeds: 1 });
    world.write('m.yaml', manifest);
    // Both are claimed in the same way.
    for (const flag of path === 'folder' ? ['--junit', '--summary'] : ['--junit']) {
      const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', flag, path);
      expect(stderr.replace('--summary', '--junit')).toMatch(message);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
    expect(world.read('m.yaml')).toBe(manifest);
    expect(existsSync(join(world.folder, 'out'))).toBe(false);
    expect(world.server.books().created).toBe(0);
  });

  test('at the end is told, and is exit code 3; the same command writes it and buys nothing', async () => {
    let isMoved = false;
    const world = await createWorld({
      meddle: (path) => {
        // The reports are claimed by then, and nothing is submitted yet.
        if (path === '/Tool/Detail' && !isMoved) mkdirSync(join(world.folder, 'junit.xml'));
        isMoved = true;
        return 'pass';
      },
    });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const command = ['run', 'm.yaml', '--junit', 'junit.xml', '--summary', 'songs.md'];
    const first = await world.songbatch(...command);
    expect(first.code).toBe(3);
    expect(first.stderr).toMatch(/error: cannot write \S*junit\.xml: something else is in the way/);
    expect(first.stderr).not.toMatch(/^\s+at /m);
    expect(first.stdout).toContain('2 done');
    expect(world.read('songs.md')).toContain('2 of 2 jobs are done');

    rmSync(join(world.folder, 'junit.xml'), { recursive: true });
    const second = await world.songbatch(...command);
    expect(second.code).toBe(0);
    expect(countsOf(await junitOf(world))).toMatchObject({ tests: 2 });
    expect(world.server.books().created).toBe(2);
  });
});

test.each(['state.sqlite', 'state.sqlite.lock', 'metadata.json', 'SHA256SUMS', '{song}'])(
  'a report takes the place of nothing that the run has made: %s',
  async (name) => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const song = (await world.songbatch('run', 'm.yaml', '--out', 'first')).stderr;
    const [, path = ''] = /✓ (\S+)/.exec(song) ?? [];
    const report = `out/${name.replace('{song}', path)}`;
    for (const flag of ['--junit', '--summary']) {
      const { created } = world.server.books();
      const { code, stdout, stderr } = await world.songbatch(
        ...['run', 'm.yaml', '--out', 'out', flag, report],
      );
      expect(code).toBe(3);
      expect(stdout).toContain('2 done');
      expect(stderr).toContain(`${flag} ${report} is not written`);
      expect((await world.songbatch('run', 'm.yaml', '--out', 'out')).code).toBe(0);
      expect(world.server.books().created).toBe(created + 2);
      rmSync(join(world.folder, 'out'), { recursive: true });
    }
  },
);

test('cancel tells of what it stopped', async () => {
  const world = await createWorld({ speed: 1 });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  const { child, ended } = world.start('run', 'm.yaml');
  await until(() => world.server.books().created === 2);
  child.kill('SIGINT');
  await ended;
  expect((await world.songbatch('cancel', 'm.yaml', '--junit', 'junit.xml')).code).toBe(0);
  const xml = await junitOf(world);
  expect(countsOf(xml)).toEqual({ tests: 2, failures: 2, errors: 0, skipped: 0 });
  expect(xml).toContain('<failure message="cancelled by you" type="stopped">');
});

test.each([
  ['--junit', '--summary'],
  ['--log-file', '--junit'],
  ['--log-file', '--summary'],
])('%s and %s do not go into one file', async (one, other) => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  const words = [one, 'both.txt', other, './both.txt'];
  const { code, stderr } = await world.songbatch('run', 'm.yaml', ...words);
  expect(stderr).toContain(`${one} and ${other} name one file: ./both.txt`);
  expect(code).toBe(2);
  expect(world.server.books().created).toBe(0);
});
