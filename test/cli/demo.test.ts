import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createWorld, until } from './rig.ts';

const quickstart = fileURLToPath(
  new URL('../../examples/batches/quickstart.yaml', import.meta.url),
);

// Twelve songs are half a minute of work for one core that has nothing else to do.
test(
  'the quickstart makes twelve playable songs on the embedded server, and then nothing more',
  { timeout: 300_000 },
  async () => {
    const world = await createWorld({ environment: { WIRO_API_KEY: '' } });
    const words = ['run', quickstart, '--sandbox', '--out', 'songs'];
    const first = await world.songbatch(...words);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('12 done · 12 submissions');

    const folder = join(world.folder, 'songs');
    const songs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.wav'),
    );
    expect(songs).toHaveLength(12);
    for (const song of songs) {
      const wav = readFileSync(join(folder, song));
      const [rate, dataBytes] = [wav.readUInt32LE(24), wav.readUInt32LE(40)];
      expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 12)).toBe('RIFFWAVE');
      expect(rate).toBe(44_100);
      expect(dataBytes).toBeGreaterThan(rate * 4 * 5);
      // Not silence.
      const samples = new Int16Array(wav.buffer, wav.byteOffset + 44, dataBytes / 2);
      expect(samples.some((sample) => Math.abs(sample) > 8000)).toBe(true);
    }
    const check = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder });
    expect(check.status).toBe(0);

    const second = await world.songbatch(...words);
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('12 done · 0 submissions');
    expect(world.server.books().created).toBe(0);
  },
);

test('killed in mid-run, it goes on with the tasks that the embedded server had', async () => {
  const world = await createWorld();
  const part = ['--only', 'lyrics=short-kettle', '--skip', 'tags=slow-synth'];
  const words = ['run', quickstart, '--sandbox', '--out', 'songs', ...part];
  const { child, ended, stderr } = world.start(...words);
  await until(() => stderr().includes('✓'));
  child.kill('SIGKILL');
  await ended;

  const again = await world.songbatch(...words);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('that run crashed; going on from its state');
  expect(again.stdout).toContain('4 done');
  const { jobs } = world.json('songs/metadata.json') as {
    jobs: readonly { attempts: readonly { taskId: string }[] }[];
  };
  const bought = jobs.flatMap(({ attempts }) => attempts.map(({ taskId }) => taskId));
  expect(new Set(bought).size).toBe(4);
  const created = world.read('songs/.sandbox/journal.jsonl').match(/^\{"task":/gm);
  expect(created).toHaveLength(4);
});
