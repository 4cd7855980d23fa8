/** What becomes of songs that are measured: in the state, the metadata, the outcome and the exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { createWorld, manifestText, tinySong } from './rig.ts';

interface Metadata {
  readonly jobs: readonly {
    readonly id: string;
    readonly status: string;
    readonly coordinates: { readonly seed: string };
    readonly findings?: readonly { readonly check: string; readonly message: string }[];
    readonly soundsLike?: { readonly job: string; readonly similarity: number };
    readonly outputs: readonly {
      readonly path: string;
      readonly sha256: string;
      readonly measures?: { readonly measured: boolean; readonly duration?: number };
    }[];
  }[];
}

/** Six seconds of a tune; every note's pitch is drawn from what the seed is. */
function tune({ seed }: Pick<SongParameters, 'seed'>, seconds = 6) {
  const rate = 8000;
  const file = Buffer.alloc(44 + rate * seconds * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(rate * seconds * 2, 40);
  for (let index = 0; index < rate * seconds; index++) {
    const note = Math.floor(index / (rate / 4));
    const pitch = 200 + ((note * 7919 + Number(seed) * 104_729) % 17) * 97;
    const fade = 1 - (index % (rate / 4)) / (rate / 4);
    const level = 8000 * fade * Math.sin((2 * Math.PI * pitch * index) / rate);
    file.writeInt16LE(Math.round(level), 44 + index * 2);
  }
  return Promise.resolve({ file, seconds });
}

test('every song is measured, and metadata says what it measures', async () => {
  const { songbatch, write, json, folder } = await createWorld({ render: (song) => tune(song) });
  write('m.yaml', manifestText({ seeds: 2 }));
  const { code, stderr } = await songbatch('run', 'm.yaml');
  expect(code).toBe(0);
  expect(stderr).toMatch(/✓ vocal\/1\.wav {2}6\.0 s {2}-\d+\.\d LUFS/);
  for (const { outputs } of (json('out/metadata.json') as Metadata).jobs) {
    expect(outputs[0]?.measures).toMatchObject({ measured: true, duration: 6, sampleRate: 8000 });
    const picture = `out/report/sound/${outputs[0]?.sha256.slice(0, 32) ?? ''}`;
    expect(readFileSync(join(folder, `${picture}.png`), 'latin1')).toMatch(/^\x89PNG/);
    expect(json(`${picture}.json`)).toHaveProperty('fingerprint');
    expect(outputs[0]?.measures).not.toHaveProperty('fingerprint');
    const { lows, highs } = json(`${picture}.json`) as Record<'lows' | 'highs', number[]>;
    expect([lows.length, highs.length]).toEqual([1000, 1000]);
    expect(Math.max(...highs)).toBeGreaterThan(20);
  }
});

test('a song that fails a check is a failed job that is kept; changing the check buys nothing', async () => {
  const { songbatch, write, json, server } = await createWorld({
    render: (song) => tune(song, song.seed === '2' ? 3 : 6),
  });
  write('m.yaml', manifestText({ seeds: 3, more: 'checks: { minSeconds: 5 }' }));
  const strict = await songbatch('run', 'm.yaml');
  expect(strict.code).toBe(1);
  expect(strict.stderr).toContain('✗ vocal/2: it lasts 3 s, at least 5 s is wanted');
  expect(strict.stdout).toMatch(/^2 done · 1 failed/);
  const failed = (json('out/metadata.json') as Metadata).jobs.find(
    ({ status }) => status === 'failed',
  );
  expect(failed).toMatchObject({
    coordinates: { seed: '2' },
    findings: [{ check: 'minSeconds', message: 'lasts 3 s, at least 5 s is wanted' }],
    outputs: [{ path: 'vocal/2.wav' }],
  });
  const status = await songbatch('status', 'm.yaml');
  expect(status.stdout).toContain('vocal/2  lasts 3 s, at least 5 s is wanted');

  const retried = await songbatch('retry', 'm.yaml');
  expect(retried.stdout).toMatch(/^0 of 0 failed jobs are wanted again/);
  expect(retried.stderr).toMatch(/^1 is here and fails a check: /);
  const again = await songbatch('run', 'm.yaml');
  expect(again.code).toBe(1);
  expect(again.stdout).toMatch(/^2 done · 1 failed · 0 submissions/);

  write('m.yaml', manifestText({ seeds: 3, more: 'checks: { minSeconds: 5, warn: true }' }));
  expect((await songbatch('run', 'm.yaml')).code).toBe(0);
  write('m.yaml', manifestText({ seeds: 3, more: 'checks: { minSeconds: 2 }' }));
  expect((await songbatch('run', 'm.yaml')).stdout).toMatch(/^3 done · 0 submissions/);
  expect(server.books()).toMatchObject({ created: 3, duplicates: 0 });
});

test('a check that only warns says so, and the job is done', async () => {
  const { songbatch, write, json } = await createWorld({ render: (song) => tune(song) });
  write('m.yaml', manifestText({ seeds: 1, more: 'checks: { loudness: -9..-5, warn: true }' }));
  const { code, stderr } = await songbatch('run', 'm.yaml');
  expect(code).toBe(0);
  expect(stderr).toMatch(/! vocal\/1 has a loudness of -\d+(\.\d+)? LUFS, -9 to -5 LUFS is wanted/);
  const [job] = (json('out/metadata.json') as Metadata).jobs;
  expect(job).toMatchObject({ status: 'done', findings: [{ check: 'loudness' }] });
});

test('seeds that bring the same song are told', async () => {
  const { songbatch, write, json } = await createWorld({
    render: ({ seed }) => tune({ seed: seed === '3' ? '1' : seed }),
  });
  write('m.yaml', manifestText({ seeds: 3 }));
  const { code, stdout } = await songbatch('run', 'm.yaml');
  expect(code).toBe(0);
  expect(stdout).toMatch(/vocal\/[13] sounds like vocal\/[13] \(100 %\): only the seed differs/);
  expect(stdout).not.toContain('vocal/2 sounds');
  const alike = (json('out/metadata.json') as Metadata).jobs.filter(({ soundsLike }) => soundsLike);
  expect(alike).toHaveLength(1);
  expect(alike[0]?.soundsLike?.similarity).toBe(1);
});

test('songs that nobody listens to now are measured by a later run, and its checks hold then', async () => {
  const { songbatch, write, json, server } = await createWorld({
    render: (song) => tune(song, song.seed === '2' ? 3 : 6),
  });
  write('m.yaml', manifestText({ seeds: 3, more: 'checks: { minSeconds: 5 }' }));
  const deaf = await songbatch('run', 'm.yaml', '--no-measure');
  expect(deaf.code).toBe(0);
  expect(deaf.stderr).toContain('songs are not measured now, so none fails a check');
  expect(deaf.stdout).toMatch(/^3 done/);
  const measured = () =>
    (json('out/metadata.json') as Metadata).jobs.map(({ outputs }) => outputs[0]?.measures);
  expect(measured()).toEqual([undefined, undefined, undefined]);
  expect((await songbatch('run', 'm.yaml', '--no-measure')).stdout).toMatch(
    /^3 done · 0 submissions/,
  );
  const hearing = await songbatch('run', 'm.yaml');
  expect(hearing.code).toBe(1);
  expect(hearing.stdout).toMatch(/^2 done · 1 failed · 0 submissions/);
  expect(measured().map((one) => one?.duration)).toEqual([6, 3, 6]);
  expect(server.books()).toMatchObject({ created: 3, duplicates: 0 });
});

test('songs of a run that was killed before they were measured are measured by the next', async () => {
  const { songbatch, start, write, json, server } = await createWorld({ render: tinySong });
  write('m.yaml', manifestText({ seeds: 30 }));
  const running = start('run', 'm.yaml', '--tasks', '30');
  while (!running.stderr().includes('✓')) await new Promise((wake) => setTimeout(wake, 2));
  running.child.kill('SIGKILL');
  await running.ended;
  const { stdout } = await songbatch('run', 'm.yaml');
  expect(stdout).toMatch(/^30 done/);
  const { jobs } = json('out/metadata.json') as Metadata;
  expect(jobs.every(({ outputs }) => outputs[0]?.measures?.measured)).toBe(true);
  expect(server.books()).toMatchObject({ created: 30, duplicates: 0 });
});
