/** How a run ended, for machines: the summary, what is an exit code of 1, and the status beside it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { summaryJson } from '../../src/report/summary-report.ts';
import { createWorld, manifestText, tinySong, until, type World } from './rig.ts';
import { validated } from './schemas.ts';

const isRun = (path: string) => path.startsWith('/Run/');
/** Runs the CLI; what it prints is a summary, and says its own exit code. */
async function summaryOf(world: World, ...words: string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await world.songbatch(...words, '--json');
  const summary = validated('summary', stdout);
  expect(summary['exitCode']).toBe(code);
  return summary;
}

/** The first Run, that of seed 1, is refused; the tasks of seed 2 fail; all songs are 0.1 s long. */
async function faultyWorld(more = ''): Promise<World> {
  const refusal = {
    result: false,
    errors: [{ code: 0, message: 'Request parameter [seed] must be between 2 and 3' }],
  };
  const world = await createWorld({
    render: (song) =>
      song.seed === '2' ? Promise.reject(new Error('out of notes')) : tinySong(song),
    meddle: (path, nth) =>
      isRun(path) && nth === 1 ? { status: 200, body: JSON.stringify(refusal) } : 'pass',
  });
  world.write('m.yaml', faultyManifest(more));
  return world;
}

function faultyManifest(more = ''): string {
  return manifestText({ seeds: 3, more: `retry: { attempts: 2 }\nlimits: { tasks: 1 }\n${more}` });
}

describe('the summary', () => {
  test('of a run that is done', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const before = Date.now();
    const summary = await summaryOf(world, 'run', 'm.yaml', '--log-file', 'run.ndjson');
    expect(summary).toMatchObject({
      manifest: { name: 'test', path: 'm.yaml' },
      outcome: 'done',
      exitCode: 0,
      tally: { jobs: 2, done: 2 },
      submissions: 2,
      spentUsd: '0.0351',
      failed: [],
      inDoubt: [],
      notListed: { failed: 0, inDoubt: 0, nearDuplicates: 0 },
    });
    expect(summary).not.toHaveProperty('stopped');
    const times = [summary['startedAt'], summary['endedAt']].map((time) =>
      Date.parse(String(time)),
    );
    const inOrder = [before, ...times, Date.now()];
    expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
    const files = summary['files'] as Record<string, string>;
    expect(Object.keys(files)).toEqual(['state', 'metadata', 'checksums', 'page', 'log']);
    for (const file of Object.values(files)) {
      expect(file.startsWith(world.folder)).toBe(true);
      expect(world.read(file.slice(world.folder.length)).length).toBeGreaterThan(0);
    }
  });

  test('names every job that failed, by which task and why, also when it failed in an earlier run', async () => {
    const world = await faultyWorld('checks: { minSeconds: 5 }');
    const first = await summaryOf(world, 'run', 'm.yaml');
    const taskOf = (seed: string) =>
      world.server.books().tasks.findLast(({ parameters }) => parameters['seed'] === seed)?.id;
    expect(first).toMatchObject({ outcome: 'failed', exitCode: 1, tally: { done: 0, failed: 3 } });
    const { failed } = first;
    expect(failed).toEqual([
      {
        id: expect.any(String) as string,
        output: 'vocal/1',
        coordinates: { clone: 'vocal', seed: '1' },
        attempts: 1,
        reason: 'rejected',
        message: expect.stringContaining('[seed] must be between') as string,
        costUsd: '0',
      },
      {
        id: expect.any(String) as string,
        output: 'vocal/2',
        coordinates: { clone: 'vocal', seed: '2' },
        attempts: 2,
        taskId: taskOf('2'),
        reason: 'exit-code',
        message: expect.stringContaining('the model exited with 1') as string,
        costUsd: '0',
      },
      {
        id: expect.any(String) as string,
        output: 'vocal/3',
        coordinates: { clone: 'vocal', seed: '3' },
        attempts: 1,
        taskId: taskOf('3'),
        reason: 'checks',
        message: 'it lasts 0.1 s, at least 5 s is wanted',
        costUsd: '0.01755',
      },
    ]);
    expect((await summaryOf(world, 'run', 'm.yaml'))['failed']).toEqual(failed);
    const some = await summaryOf(world, 'run', 'm.yaml', '--only', 'seed=2');
    expect(some).toMatchObject({ tally: { jobs: 1 }, failed: [{ output: 'vocal/2' }] });
    // What passes today's checks is done, and what the manifest does not have any more has not failed.
    world.write('m.yaml', faultyManifest().replace('from: 1', 'from: 2'));
    const last = await summaryOf(world, 'run', 'm.yaml');
    expect(last).toMatchObject({ tally: { done: 1, failed: 1 }, failed: [{ output: 'vocal/2' }] });
  });

  test('says why it stopped: one job is one job', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    expect(await summaryOf(world, 'run', 'm.yaml', '--max-jobs', '1')).toMatchObject({
      outcome: 'stopped',
      exitCode: 3,
      stopped: { kind: 'max-jobs', message: '1 job submitted, as many as --max-jobs allows' },
    });
    expect(await summaryOf(world, 'run', 'm.yaml', '--budget', '0.04')).toMatchObject({
      exitCode: 3,
      stopped: { kind: 'budget', message: expect.stringContaining('$0.04') as string },
    });
  });

  test('has what is in doubt', async () => {
    const world = await createWorld({
      meddle: (path, nth) => (isRun(path) && nth === 1 ? 'lose-request' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    expect(await summaryOf(world, 'run', 'm.yaml', '--settle-grace', '0s')).toMatchObject({
      outcome: 'stopped',
      exitCode: 3,
      stopped: { kind: 'in-doubt', message: '1 job could not be brought to an end' },
      inDoubt: [{ output: 'vocal/1', coordinates: { clone: 'vocal', seed: '1' } }],
    });
    validated('status', (await world.songbatch('status', 'm.yaml', '--json')).stdout);
  });

  test('of an interrupted run, of the status after it, and of cancelling what it left', async () => {
    const world = await createWorld({ speed: 1 });
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const nothing = await world.songbatch('status', 'm.yaml', '--json');
    expect(validated('status', nothing.stdout)).toMatchObject({ state: null });
    const { child, ended } = world.start('run', 'm.yaml', '--json', '--tasks', '2');
    await until(() => world.server.books().created === 2);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect(code).toBe(143);
    expect(validated('summary', stdout)).toMatchObject({
      exitCode: 143,
      stopped: { kind: 'interrupted', inFlight: 'leave' },
    });
    const status = await world.songbatch('status', 'm.yaml', '--json');
    expect(validated('status', status.stdout)).toMatchObject({
      inFlight: [{ output: 'vocal/1' }, { output: 'vocal/2' }],
    });
    expect(await summaryOf(world, 'cancel', 'm.yaml')).toMatchObject({
      exitCode: 0,
      outcome: 'stopped',
      stopped: { kind: 'cancelled' },
      failed: [{ reason: 'stopped' }, { reason: 'stopped' }],
    });
  });

  test('counts as failed, and lists, a task that was in flight and is not selected', async () => {
    const world = await createWorld({ speed: 1 });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const { child, ended } = world.start('run', 'm.yaml', '--only', 'seed=2');
    await until(() => world.server.books().created === 1);
    child.kill('SIGINT');
    await ended;
    expect(await summaryOf(world, 'cancel', 'm.yaml', '--only', 'seed=1')).toMatchObject({
      tally: { failed: 1, waiting: 1 },
      failed: [{ output: 'vocal/2', reason: 'stopped' }],
    });
  });

  test('lists the first thousand of each kind, and counts the rest', () => {
    const job = { id: 'a'.repeat(32), output: 'x', coordinates: { seed: '1' } } as never;
    const failure = { reason: 'timeout' } as const;
    let asked = 0;
    const failed = function* () {
      for (asked = 1; asked <= 100_000; asked++) yield { job, attempts: [], failure };
    };
    const none = { waiting: 0, doubt: 1_001, running: 0, fetching: 0, done: 0, spent: 0n };
    const summary = summaryJson({
      manifest: { name: 'test', path: 'm.yaml', sha256: '0'.repeat(64) },
      outcome: {
        tally: { ...none, jobs: 101_001, failed: 100_000 },
        strays: new Set(),
        inDoubt: Array.from({ length: 1_001 }, () => ({ job, message: 'lost' })),
        submissions: 101_001,
      },
      exitCode: 1,
      startedAt: 0,
      endedAt: 1,
      failed: failed(),
      alike: [],
      outputDir: '/out',
      files: { state: '/out/s', metadata: '/out/m', checksums: '/out/c' },
    }) as Record<string, unknown[]>;
    expect([summary['failed']?.length, summary['inDoubt']?.length]).toEqual([1_000, 1_000]);
    expect(summary['notListed']).toEqual({ failed: 99_000, inDoubt: 1, nearDuplicates: 0 });
    expect(asked).toBeLessThan(1_002);
  });
});

describe('what exits with 1 at the end', () => {
  test.each<[failOn: string, someFailed: number, allFailed: number]>([
    ['none', 0, 0],
    ['any', 1, 1],
    ['all', 0, 1],
  ])('with --fail-on %s', async (failOn, someFailed, allFailed) => {
    const world = await createWorld({
      render: (song) =>
        song.seed === '1' ? tinySong(song) : Promise.reject(new Error('out of notes')),
    });
    world.write('m.yaml', manifestText({ seeds: 3, more: 'retry: { attempts: 1 }' }));
    const all = await summaryOf(world, 'run', 'm.yaml', '--fail-on', failOn, '--skip', 'seed=1');
    expect(all).toMatchObject({ outcome: 'failed', exitCode: allFailed, tally: { failed: 2 } });
    // The configuration says the same, and a flag comes before it.
    world.write('.songbatchrc.yaml', `failOn: ${failOn}`);
    const some = await summaryOf(world, 'run', 'm.yaml');
    expect(some).toMatchObject({ outcome: 'failed', exitCode: someFailed, tally: { done: 1 } });
    const flag = await world.songbatch('run', 'm.yaml', '--fail-on', 'any');
    expect(flag.code).toBe(1);
  });

  test('--fail-on makes nothing of what stopped with work left', async () => {
    const world = await faultyWorld();
    const words = ['run', 'm.yaml', '--fail-on', 'none', '--max-jobs', '1'];
    expect((await summaryOf(world, ...words))['exitCode']).toBe(3);
    const wrong = await world.songbatch('run', 'm.yaml', '--fail-on', 'some');
    expect(wrong.stderr).toContain('Allowed choices are none, any, all');
    expect(wrong.code).toBe(2);
  });
});

test('the examples with jq in the help do what they look like', async () => {
  const world = await faultyWorld();
  const jqOf = async (command: string): Promise<string[][]> => {
    const { stdout } = await world.songbatch(command, '--help');
    return Array.from(stdout.matchAll(/jq (-r )?'([^']+)'/g), ([, flag = '', program = '']) =>
      flag === '' ? [program] : [flag.trim(), program],
    );
  };
  const jq = (words: readonly string[], input: string) => {
    const { status, stdout, stderr } = spawnSync('jq', ['-c', ...words], {
      input,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };
  const { stdout: summary } = await world.songbatch(
    ...['run', 'm.yaml', '--json', '--log-file', 'run.ndjson'],
  );
  const [failures, facts, songs, alarms, ...others] = await jqOf('run');
  expect(others).toEqual([]);
  expect(
    jq(failures ?? [], summary)
      .trim()
      .split('\n')
      .sort(),
  ).toEqual([
    expect.stringMatching(/^vocal\/1: the API refused it/),
    expect.stringMatching(/^vocal\/2: the model exited with 1/),
  ]);
  expect(JSON.parse(jq(facts ?? [], summary))).toEqual({
    outcome: 'failed',
    exitCode: 1,
    spentUsd: '0.01755',
  });
  const log = world.read('run.ndjson');
  expect(jq(songs ?? [], log)).toBe('vocal/3.wav\n');
  expect(jq(alarms ?? [], log)).toMatch(/^\S+Z the model exited with 1.*$/m);

  const { stdout: status } = await world.songbatch('status', 'm.yaml', '--json');
  const [reasons, inFlight] = await jqOf('status');
  expect(
    jq(reasons ?? [], status)
      .split('\n')
      .sort(),
  ).toEqual(['', '"exit-code"', '"rejected"']);
  expect(jq(inFlight ?? [], status)).toBe('');
});

test.each(['run', 'status', 'plan'])(
  '%s --json names the manifest as it was given',
  async (command) => {
    const world = await createWorld();
    world.write('batches/m.yaml', manifestText({ seeds: 1 }));
    const { stdout } = await world.songbatch(command, 'batches/../batches/m.yaml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ manifest: { path: 'batches/../batches/m.yaml' } });
  },
);
