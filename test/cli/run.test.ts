import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { createWorld, manifestText, tinySong, until } from './rig.ts';

interface Metadata {
  readonly jobs: readonly {
    readonly id: string;
    readonly status: string;
    readonly attempts: readonly { readonly taskId?: string; readonly adopted?: boolean }[];
    readonly outputs: readonly { readonly path: string; readonly bytes: number }[];
  }[];
  readonly totals: { readonly songs: number; readonly costUsd: string };
}

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/metadata.schema.json', import.meta.url), 'utf8'),
) as object;
const ajv = new Ajv2020({ allErrors: true });
ajvFormats.default(ajv);
const isMetadata = ajv.compile<Metadata>(schema);

function checkedMetadata(document: unknown): Metadata {
  if (!isMetadata(document)) throw new Error(JSON.stringify(isMetadata.errors, undefined, 2));
  return document;
}

describe('a run', () => {
  test('makes every song once, verified, with metadata and checksums; again, it does nothing', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 6, clones: ['vocal', 'both'] }));

    const first = await world.songbatch('run', 'm.yaml');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('12 done · 12 submissions');
    expect(world.server.books()).toMatchObject({ created: 12, duplicates: 0 });

    const metadata = checkedMetadata(world.json('out/metadata.json'));
    expect(metadata.jobs).toHaveLength(12);
    for (const { status, outputs } of metadata.jobs) {
      expect(status).toBe('done');
      for (const { path, bytes } of outputs) {
        expect(statSync(join(world.folder, 'out', path)).size).toBe(bytes);
      }
    }
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
      cwd: join(world.folder, 'out'),
    });
    expect(statSync(join(world.folder, 'out/state.sqlite')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(world.folder, 'out/state.sqlite-wal'))).toBe(false);

    const second = await world.songbatch('run', 'm.yaml');
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('12 done · 0 submissions');
    expect(world.server.books().created).toBe(12);
  });

  test('after the manifest has grown, been renamed and reordered, buys only what is new', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    await world.songbatch('run', 'm.yaml');
    world.write(
      'm.yaml',
      manifestText({ seeds: 3 }).replace(
        /matrix:[^]*output:.*\n/,
        'matrix: { seed: [5, 3, 2, 1], clone: [vocal] }\noutput: { dir: out, name: "song-{seed}" }\n',
      ),
    );
    const again = await world.songbatch('run', 'm.yaml');
    expect(again.stdout).toContain('4 done · 1 submission ');
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test('downloads a song again whose file is gone, without buying it again', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 3 }));
    await world.songbatch('run', 'm.yaml');
    rmSync(join(world.folder, 'out/vocal/2.wav'));
    const again = await world.songbatch('run', 'm.yaml');
    expect(again.stdout).toContain('3 done · 0 submissions');
    expect(existsSync(join(world.folder, 'out/vocal/2.wav'))).toBe(true);
    expect(world.server.books().created).toBe(3);
  });

  test('tries failed tasks again where they cost nothing, and names what failed for good', async () => {
    let calls = 0;
    const world = await createWorld({
      render: (song) => {
        calls++;
        return song.seed === '2' || (song.seed === '3' && calls < 5)
          ? Promise.reject(new Error('out of notes'))
          : tinySong(song);
      },
    });
    world.write('m.yaml', manifestText({ seeds: 3, more: 'retry: { attempts: 4 }' }));
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', '--tasks', '1');
    expect(code).toBe(1);
    expect(stdout).toContain('2 done · 1 failed');
    expect(stderr).toContain('✗ vocal/2: the model exited with 1');
    const { jobs } = checkedMetadata(world.json('out/metadata.json'));
    expect(jobs.map(({ status, attempts }) => [status, attempts.length])).toEqual([
      ['done', 1],
      ['failed', 4],
      ['done', expect.any(Number)],
    ]);
  });

  test('buys as many of each as repeat says', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2, more: 'repeat: 3' }));
    const { code } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    // Equal parameters on purpose: two more of each.
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 4 });
    expect(existsSync(join(world.folder, 'out/vocal/1~3.wav'))).toBe(true);
  });

  test('uploads a local reference once, and not again in a later run', async () => {
    const world = await createWorld();
    const { file } = await tinySong({ prompt: 'reference' } as never);
    world.write('voice.wav', file);
    const more = '';
    const text = manifestText({ seeds: 3, more }).replace(
      'matrix:\n',
      'matrix:\n  reference: [{ id: voice, file: voice.wav }]\n',
    );
    world.write('m.yaml', text);
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    world.write('m.yaml', text.replace('to: 3', 'to: 5'));
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
    const { created, requests, tasks } = world.server.books();
    expect(created).toBe(5);
    expect(Object.entries(requests).find(([name]) => name.includes('Upload'))?.[1]).toBe(1);
    expect(new Set(tasks.map(({ parameters }) => parameters['inputAudioUrl'])).size).toBe(1);
  });
});

describe('killed in mid-run', () => {
  test('with SIGKILL, again and again, nothing is submitted twice and nothing is lost', async () => {
    // Slow enough to be hit at every stage, one kill for every other task that the server makes.
    const world = await createWorld({ speed: 100, workers: 4 });
    world.write(
      'm.yaml',
      manifestText({ seeds: 24, more: 'limits: { tasks: 5, requests: 1000/s }' }),
    );
    const settleSoon = ['--settle-grace', '1s'];
    for (let kill = 1; kill <= 10; kill++) {
      const before = world.server.books().created;
      const { child, ended } = world.start('run', 'm.yaml', ...settleSoon);
      await until(() => world.server.books().created >= Math.min(24, before + 2));
      child.kill('SIGKILL');
      expect((await ended).code).toBe(null);
    }
    const last = await world.songbatch('run', 'm.yaml', ...settleSoon);
    expect(last.stderr).not.toContain('bug');
    expect(last.code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 24, duplicates: 0 });
    const metadata = checkedMetadata(world.json('out/metadata.json'));
    expect(metadata.totals.songs).toBe(24);
    expect(metadata.totals.costUsd).toBe(String(Number(world.server.books().billed)));
  });

  test('with Ctrl-C, it leaves with 130, and the next run picks up the tasks in flight', async () => {
    const world = await createWorld({ speed: 30 });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const { child, ended } = world.start('run', 'm.yaml', '--tasks', '3');
    await until(() => world.server.books().created === 3);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('the same command goes on from here');
    const status = await world.songbatch('status', 'm.yaml', '--json');
    const { tally } = JSON.parse(status.stdout) as { tally: Record<string, number> };
    expect((tally['running'] ?? 0) + (tally['done'] ?? 0) + (tally['fetching'] ?? 0)).toBe(3);

    const again = await world.songbatch('run', 'm.yaml');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('6 done · 3 submissions');
    expect(world.server.books()).toMatchObject({ created: 6, duplicates: 0 });
  });
});

describe('when answers are lost', () => {
  const isRun = (path: string) => path.startsWith('/Run/');

  test('a Run that the server took is found in the task list and adopted', async () => {
    const world = await createWorld({
      meddle: (path, nth) => (isRun(path) && nth % 2 === 1 ? 'lose-answer' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 8 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain('its answer had been lost, it is not bought again');
    expect(world.server.books()).toMatchObject({ created: 8, duplicates: 0 });
    const { jobs } = checkedMetadata(world.json('out/metadata.json'));
    expect(jobs.filter(({ attempts }) => attempts[0]?.adopted)).toHaveLength(4);
  });

  test('a Run that never arrived is sent again once the list has shown that there is none', async () => {
    const world = await createWorld({
      meddle: (path, nth) => (isRun(path) && nth <= 2 ? 'lose-request' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 4 }));
    const { code } = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect(code).toBe(0);
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test('where the list cannot be read the job stays in doubt, and nothing is sent again', async () => {
    const denied = '{"result":false,"errors":[{"code":1,"message":"not allowed"}]}';
    let isListDown = true;
    const world = await createWorld({
      meddle: (path, nth) => {
        if (isRun(path) && nth === 1) return 'lose-answer';
        return path === '/Task/List' && isListDown ? { status: 200, body: denied } : 'pass';
      },
    });
    world.write('m.yaml', manifestText({ seeds: 3 }));
    const first = await world.songbatch('run', 'm.yaml', '--tasks', '1', '--settle-grace', '1s');
    expect(first.code).toBe(3);
    expect(first.stdout).toContain('2 done · 1 in doubt');
    expect(world.server.books().created).toBe(3);

    isListDown = false;
    const second = await world.songbatch('run', 'm.yaml', '--settle-grace', '1s');
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('3 done · 0 submissions');
    expect(world.server.books()).toMatchObject({ created: 3, duplicates: 0 });
  });
});

test('what may have been bought is bought again only on the explicit word of the user', async () => {
  // The first Run never arrives, and the list stays empty: nobody can tell.
  const world = await createWorld({
    meddle: (path, nth) => (path.startsWith('/Run/') && nth === 1 ? 'lose-request' : 'pass'),
  });
  world.write('m.yaml', manifestText({ seeds: 1 }));
  // No task is late: there is none, and nothing to wait for.
  const grace = ['--settle-grace', '0s'];
  const first = await world.songbatch('run', 'm.yaml', ...grace);
  expect(first.code).toBe(3);
  expect(first.stdout).toContain('the task list is empty, which proves nothing');
  expect((await world.songbatch('run', 'm.yaml', ...grace)).code).toBe(3);
  expect(world.server.books().created).toBe(0);

  const last = await world.songbatch('run', 'm.yaml', ...grace, '--resubmit-unknown');
  expect(last.code).toBe(0);
  expect(world.server.books().created).toBe(1);
});

describe('when the API says no', () => {
  const refusal = (code: number, message: string) => ({
    status: 200,
    body: JSON.stringify({ result: false, errors: [{ code, message }] }),
  });

  test('too many tasks (96) is waited out; it is no failure and no attempt', async () => {
    const text = 'With your balance you can run up to 2 tasks at the same time.';
    const world = await createWorld({
      speed: 3000,
      meddle: (path, nth) => (path.startsWith('/Run/') && nth === 4 ? refusal(96, text) : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--tasks', '3');
    expect(code).toBe(0);
    expect(stderr).toMatch(/at most [12] in flight now/);
    expect(world.server.books().created).toBe(6);
  });

  test('a wish to be left alone (429) is told, and granted', async () => {
    const busy = { ...refusal(429, 'slow down'), status: 429, headers: { 'retry-after': '2' } };
    const world = await createWorld({
      meddle: (path, nth) => (path.startsWith('/Run/') && nth === 1 ? busy : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--tasks', '1');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^! the API refuses more requests: slow down; no submissions for 2 s$/m);
    expect(world.server.books().created).toBe(2);
  });

  test('no balance (97) stops submitting, brings home what is in flight and exits with 3', async () => {
    const world = await createWorld({
      meddle: (path, nth) =>
        path.startsWith('/Run/') && nth > 2 ? refusal(97, 'Insufficient balance') : 'pass',
    });
    world.write('m.yaml', manifestText({ seeds: 6 }));
    const { code, stdout } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(3);
    expect(stdout).toContain('2 done · 4 waiting');
    expect(stdout).toContain("the account's balance is used up");
  });

  test('wrong credentials are found before anything is sent: exit 2', async () => {
    const world = await createWorld({ key: 'right', secret: 'and-secret' });
    world.write('m.yaml', manifestText());
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('WIRO_API_KEY');
    expect(world.server.books().created).toBe(0);
  });

  test('signed calls are accepted where the project is signed', async () => {
    const world = await createWorld({
      key: 'right',
      secret: 'and-secret',
      environment: { WIRO_API_KEY: 'right', WIRO_API_SECRET: 'and-secret' },
    });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    expect((await world.songbatch('run', 'm.yaml')).code).toBe(0);
  });
});

describe('limits', () => {
  test('the budget is never exceeded, and says what is left', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 40 }));
    const { code, stdout } = await world.songbatch('run', 'm.yaml', '--budget', '0.10');
    expect(code).toBe(3);
    expect(stdout).toContain('the budget of $0.1 is used up');
    // Three songs of $0.01755; a fourth at the price that the API states would exceed $0.10.
    expect(world.server.books()).toMatchObject({ created: 3, billed: '0.052650000000' });
  });

  test('halt stops a broken batch', async () => {
    const world = await createWorld({ render: () => Promise.reject(new Error('broken')) });
    const more = 'retry: { attempts: 1 }\nhalt: { failures: 3 }\nlimits: { tasks: 1 }';
    world.write('m.yaml', manifestText({ seeds: 20, more }));
    const { code, stdout } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(3);
    expect(stdout).toContain('3 jobs failed (halt.failures: 3)');
    expect(world.server.books().created).toBeLessThan(6);
  });

  test('--max-jobs buys so many and no more; --shard takes its part', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 10 }));
    const few = await world.songbatch('run', 'm.yaml', '--max-jobs', '2');
    expect(few.code).toBe(3);
    expect(world.server.books().created).toBe(2);
    const shards = ['1/2', '2/2'];
    for (const shard of shards) {
      const run = await world.songbatch('run', 'm.yaml', '--shard', shard);
      expect(run.code).toBe(0);
    }
    expect(world.server.books()).toMatchObject({ created: 10, duplicates: 0 });
  });

  test('the deadline leaves tasks on the server for the next run', async () => {
    const world = await createWorld({ speed: 10 });
    world.write('m.yaml', manifestText({ seeds: 4 }));
    const { code, stdout } = await world.songbatch('run', 'm.yaml', '--deadline', '1s');
    expect(code).toBe(3);
    expect(stdout).toContain('the deadline of 1 s is reached');
    expect(world.server.books().created).toBe(4);
  });
});
