/** A batch to begin with: what `songbatch init` writes is right, and what was there is kept. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorld } from './rig.ts';

test('what init --yes writes can be planned and run as it is, and nothing of it is committed by mistake', async () => {
  const world = await createWorld();
  const begun = await world.songbatch('init', 'my Songs!', '--yes');
  expect(begun).toMatchObject({ code: 0, stderr: '' });
  expect(begun.stdout).toContain('Next: cd my Songs! && songbatch run batch.yaml --sandbox');
  expect(world.read('my Songs!/batch.yaml')).toContain('\nname: my-songs\n');
  expect(world.read('my Songs!/.gitignore')).toBe('out/\n.env\n');

  const plan = await world.songbatch('plan', 'my Songs!/batch.yaml', '--sandbox');
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toContain('4 jobs');

  const part = ['--only', 'tags=night-jazz', '--only', 'seed=1'];
  const run = await world.songbatch('run', 'my Songs!/batch.yaml', '--sandbox', ...part);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('1 done') as string });
  expect(run.stderr).not.toContain('warning');
});

test('a file that is there is kept, and said to be', async () => {
  const world = await createWorld();
  world.write('batch.yaml', 'mine');
  world.write('.gitignore', 'node_modules/\n/out/');
  const { code, stdout } = await world.songbatch('init', '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kept: ['batch.yaml'] });
  expect(world.read('batch.yaml')).toBe('mine');
  expect(world.read('.gitignore')).toBe('node_modules/\n/out/\n.env\n');

  const again = await world.songbatch('init', '--yes', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ written: [] });
});

test.each([
  [['--name', 'Not A Name'], '"Not A Name" is no name for a batch'],
  [['--budget', 'lots'], '"lots" is no amount of USD'],
  [['--ci', 'jenkins'], 'Allowed choices are github, gitlab, none'],
])('init --yes %j is refused, and nothing is written', async (flags, why) => {
  const world = await createWorld();
  const { code, stderr } = await world.songbatch('init', '--yes', ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  expect(existsSync(join(world.folder, 'batch.yaml'))).toBe(false);
});

test('without a terminal there is nobody to ask: it says so, and writes nothing', async () => {
  const world = await createWorld();
  const { code, stderr } = await world.songbatch('init');
  expect(code).toBe(2);
  expect(stderr).toContain('--yes takes the defaults');
  expect(existsSync(join(world.folder, 'batch.yaml'))).toBe(false);
});

test('name and budget go where they belong', async () => {
  const world = await createWorld();
  await world.songbatch('init', '--yes', '--name', 'night', '--budget', '2.50');
  expect(world.read('batch.yaml')).toContain('dir: out/night');
  expect(world.read('songbatch.config.yaml')).toContain('budget: 2.50 #');
  expect(readFileSync(join(world.folder, '.songbatch/manifest.schema.json'), 'utf8')).toContain(
    '"$id"',
  );
});
