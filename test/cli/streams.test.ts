/** Whoever reads the output may go away, or have no room for it: that must not end the work. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { World } from './rig.ts';
import { createWorld, executable, manifestText, until } from './rig.ts';

interface Piped {
  /** Of the CLI, not of what it is piped into. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of shell in which `songbatch` is the CLI. */
async function shell(world: World, line: string): Promise<Piped> {
  const script = `songbatch() { "$NODE" "$EXECUTABLE" "$@"; echo $? > code; }; ${line}`;
  const child = spawn('sh', ['-c', script], {
    cwd: world.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: world.folder,
      NODE: process.execPath,
      EXECUTABLE: executable,
      WIRO_BASE_URL: world.server.url,
      WIRO_API_KEY: 'test-key',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  await until(() => existsSync(join(world.folder, 'code')) && world.read('code').endsWith('\n'));
  return { code: Number(world.read('code')), stdout, stderr };
}

const hasFullDevice = existsSync('/dev/full');

describe('a run comes to its end with its own exit code and with its files', () => {
  test.each<[string, string, boolean]>([
    ['when nobody reads on', 'songbatch run m.yaml 2>&1 | head -n 1', true],
    ['when nobody reads at all', 'songbatch run m.yaml 2>&1 | true', true],
    [
      'when only the progress is not read',
      '{ songbatch run m.yaml 2>&3 | cat; } 3>&1 | true',
      true,
    ],
    ['when there is no room for the result', 'songbatch run m.yaml >/dev/full', hasFullDevice],
    ['when there is no room for the progress', 'songbatch run m.yaml 2>/dev/full', hasFullDevice],
  ])('%s', async (_, line, isPossible) => {
    if (!isPossible) return;
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 4 }));
    const { code, stderr } = await shell(world, line);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(world.json('out/metadata.json')).toMatchObject({ totals: { songs: 4 } });
    expect(existsSync(join(world.folder, 'out/state.sqlite-wal'))).toBe(false);
    expect(world.server.books()).toMatchObject({ created: 4, duplicates: 0 });
  });

  test.runIf(hasFullDevice)('which is 3 where a script misses the document', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const { code, stderr } = await shell(world, 'songbatch run m.yaml --json >/dev/full');
    expect(code).toBe(3);
    expect(stderr).toContain('error: the result cannot be written');
    expect(world.json('out/metadata.json')).toMatchObject({ totals: { songs: 2 } });
  });

  test('which is 1 where jobs failed', async () => {
    const world = await createWorld({ render: () => Promise.reject(new Error('broken')) });
    world.write('m.yaml', manifestText({ seeds: 2, more: 'retry: { attempts: 1 }' }));
    expect((await shell(world, 'songbatch run m.yaml 2>&1 | true')).code).toBe(1);
  });
});

test.runIf(hasFullDevice)('retry marks its jobs though there is no room to say so', async () => {
  const world = await createWorld({ faults: { rates: { 'task.fail': 1 } } });
  world.write('m.yaml', manifestText({ seeds: 2, more: 'retry: { attempts: 1 }' }));
  await world.songbatch('run', 'm.yaml');
  expect((await shell(world, 'songbatch retry m.yaml >/dev/full')).code).toBe(0);
  const { stdout } = await world.songbatch('status', 'm.yaml', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ tally: { waiting: 2, failed: 0 } });
});

describe('a command that only prints', () => {
  test.each(['plan m.yaml', 'status m.yaml', 'run --help'])(
    'ends quietly when nobody reads on: %s',
    async (words) => {
      const world = await createWorld();
      world.write('m.yaml', manifestText());
      const { code, stderr } = await shell(world, `songbatch ${words} | true`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test.runIf(hasFullDevice)('says so when there is no room for the result', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText());
    const { code, stderr } = await shell(world, 'songbatch plan m.yaml --json >/dev/full');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: the result cannot be written: .*no space left.*\n$/i);
  });
});
