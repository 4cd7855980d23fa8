/** Songs that go to a bucket, as far as no bucket is needed to see it: `test/workers/s3` has one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createWorld, manifestText } from './rig.ts';

const toBucket = (place: string) =>
  manifestText({ seeds: 2 }).replace('dir: out', `dir: "${place}"`);

test('without the package a run says how to install it, and has begun nothing', async () => {
  const hook = pathToFileURL(join(import.meta.dirname, 'no-s3.child.ts')).href;
  const world = await createWorld({ environment: { NODE_OPTIONS: `--import=${hook}` } });
  world.write('m.yaml', toBucket('s3://songs/a'));
  const { code, stderr } = await world.songbatch('run', 'm.yaml');
  expect(code).toBe(2);
  expect(stderr).toContain(
    'songs go to s3://songs/a, and the package that speaks to S3 is not installed',
  );
  expect(stderr).toContain('hint: npm install @aws-sdk/client-s3');
  expect(world.server.books().created).toBe(0);
  expect(existsSync(join(world.folder, '.songbatch'))).toBe(false);
});

test('a plan asks no bucket, and shows where the songs go', async () => {
  const world = await createWorld();
  world.write('m.yaml', toBucket('s3://songs/{date}/'));
  const day = ['--date', '2026-11-22'];
  const text = await world.songbatch('plan', 'm.yaml', ...day);
  expect(text).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('s3://songs/2026-11-22') as string,
  });
  const json = await world.songbatch('plan', 'm.yaml', '--json', ...day);
  expect(JSON.parse(json.stdout)).toMatchObject({ outputDir: 's3://songs/2026-11-22' });
});

test.each([
  ['gs://songs/a', 'is neither a folder nor in a bucket'],
  ['s3:/songs/a', 'is neither a folder nor in a bucket'],
  ['s3://songs/a/../b', 'is no prefix of songs'],
])('--out %s is refused', async (out, why) => {
  const world = await createWorld();
  world.write('m.yaml', manifestText());
  const { code, stderr } = await world.songbatch('run', 'm.yaml', '--out', out);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(why) as string,
  });
  expect(world.server.books().created).toBe(0);
});
