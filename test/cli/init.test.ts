/** A batch to begin with: what `songbatch init` writes is right, and what was there is kept. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorld } from './rig.ts';
import { hasTmux, openPane } from './tmux.ts';

test('what init --yes writes can be planned and run as it is, and nothing of it is committed by mistake', async () => {
  const world = await createWorld();
  const begun = await world.songbatch('init', 'my Songs!', '--yes');
  expect(begun).toMatchObject({ code: 0, stderr: '' });
  expect(begun.stdout).toContain(
    "Next: cd 'my Songs!' && songbatch run batches/my-songs.yaml --sandbox",
  );
  expect(world.read('my Songs!/batches/my-songs.yaml')).toContain('\nname: my-songs\n');
  expect(world.read('my Songs!/.gitignore')).toBe('out/\n.env\n');

  const plan = await world.songbatch('plan', 'my Songs!/batches/my-songs.yaml', '--sandbox');
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toContain('4 jobs');

  const part = ['--only', 'tags=night-jazz', '--only', 'seed=1'];
  const run = await world.songbatch('run', 'my Songs!/batches/my-songs.yaml', '--sandbox', ...part);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('1 done') as string });
  expect(run.stderr).not.toContain('warning');
});

test('a file that is there is kept, and said to be', async () => {
  const world = await createWorld();
  world.write('batches/mine.yaml', 'mine');
  world.write('.gitignore', 'node_modules/\n/out/');
  const { code, stdout } = await world.songbatch('init', '--yes', '--name', 'mine', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kept: ['batches/mine.yaml'] });
  expect(world.read('batches/mine.yaml')).toBe('mine');
  expect(world.read('.gitignore')).toBe('node_modules/\n/out/\n.env\n');

  const again = await world.songbatch('init', '--yes', '--name', 'mine', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ written: [] });
});

test.each([
  [['--name', 'Not A Name'], '"Not A Name" is no name for a batch'],
  [['--budget', 'lots'], '"lots" is no amount of USD'],
  [['--name', 'on'], '"on" is no name for a batch'],
  [['--budget', '0'], '"0" is no amount of USD'],
  [['--ci', 'jenkins'], 'Allowed choices are github, gitlab, none'],
])('init --yes %j is refused, and nothing is written', async (flags, why) => {
  const world = await createWorld();
  const { code, stderr } = await world.songbatch('init', '--yes', ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  expect(existsSync(join(world.folder, 'batches'))).toBe(false);
});

test('the workflow for GitHub is about the batch, and buys what was approved', async () => {
  const world = await createWorld();
  const words = ['init', '--yes', '--name', 'night', '--ci', 'github'];
  expect((await world.songbatch(...words)).code).toBe(0);
  const workflow = world.read('.github/workflows/songs.yml');
  expect(workflow).not.toContain('quickstart');
  // What its head tells the user to do, and then what it does.
  const [save = ''] = /songbatch plan batches\/night\.yaml --save \S+/.exec(workflow) ?? [];
  expect((await world.songbatch(...save.split(' ').slice(1))).code).toBe(0);
  const [run = ''] = /songbatch run batches\/night\.yaml --plan \S+ --dry-run/.exec(workflow) ?? [];
  expect((await world.songbatch(...run.split(' ').slice(1))).code).toBe(0);
});

test('without a terminal there is nobody to ask: it says so, and writes nothing', async () => {
  const world = await createWorld();
  const { code, stderr } = await world.songbatch('init');
  expect(code).toBe(2);
  expect(stderr).toContain('--yes takes the defaults');
  expect(existsSync(join(world.folder, 'batches'))).toBe(false);
});

test('name and budget go where they belong', async () => {
  const world = await createWorld();
  await world.songbatch('init', '--yes', '--name', 'night', '--budget', '2.50');
  expect(world.read('batches/night.yaml')).toContain('dir: out/night');
  expect(world.read('songbatch.config.yaml')).toContain('budget: 2.50 #');
  expect(readFileSync(join(world.folder, '.songbatch/manifest.schema.json'), 'utf8')).toContain(
    '"$id"',
  );
});

test.runIf(hasTmux)('on a terminal it asks, again where an answer cannot be used', async () => {
  const world = await createWorld();
  const pane = await openPane(world, 'songbatch init songs');
  const asks = (text: string) => pane.untilScreen((rows) => rows.at(-1)?.startsWith(text) === true);
  await asks('Name of the batch (songs):');
  await pane.press('Night Songs');
  await pane.press('Enter');
  await pane.untilScreen((rows) => rows.some((row) => row.startsWith('"Night Songs" is no name')));
  await pane.press('night');
  await pane.press('Enter');
  await asks('USD that a batch may cost (5):');
  await pane.press('Enter');
  await asks('CI workflow: github, gitlab, none (none):');
  await pane.press('gitlab');
  await pane.press('Enter');
  expect((await pane.ended()).at(-1)).toBe('exit 0');
  expect(world.read('songs/batches/night.yaml')).toContain('\nname: night\n');
  expect(world.read('songs/.gitlab-ci.yml')).toContain('songbatch run batches/night.yaml');
});

test.runIf(hasTmux)('Ctrl-C at a question writes nothing', async () => {
  const world = await createWorld();
  const pane = await openPane(world, 'songbatch init songs');
  await pane.untilScreen((rows) => rows.at(-1)?.startsWith('Name of the batch') === true);
  await pane.press('C-c');
  expect((await pane.ended()).slice(-2)).toEqual(['nothing was written', 'exit 130']);
  expect(existsSync(join(world.folder, 'songs'))).toBe(false);
});
test('a folder with letters of other languages names its batch without their marks', async () => {
  const world = await createWorld();
  const { stdout } = await world.songbatch('init', 'Über Café', '--yes');
  expect(stdout).toContain("cd 'Über Café' && ");
  expect(world.read('Über Café/batches/uber-cafe.yaml')).toContain('\nname: uber-cafe\n');
});

test.skipIf(process.platform !== 'linux')(
  'init where no folder can be made says so and ends',
  async () => {
    const world = await createWorld();
    const running = world.start('init', '/proc/songs', '--yes');
    const timer = setTimeout(() => running.child.kill('SIGKILL'), 5_000);
    const { code, stderr } = await running.ended;
    clearTimeout(timer);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be written');
  },
);
