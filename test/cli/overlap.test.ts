/** A timer starts a run while the one before is still going on: real processes, one batch. */
import { expect, test } from 'vitest';
import type { Running, World } from './rig.ts';
import { createWorld, manifestText, until } from './rig.ts';

async function underWay(): Promise<{ world: World; first: Running }> {
  const world = await createWorld({ speed: 1 });
  world.write('m.yaml', manifestText({ seeds: 2 }));
  const first = world.start('run', 'm.yaml');
  await until(() => world.server.books().created === 2);
  return { world, first };
}

test('is refused, and says who has the batch and since when', async () => {
  const { world, first } = await underWay();
  const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(
      String.raw`^error: \S+/out/state\.sqlite is in use: run by pid ${first.child.pid ?? '?'} on host \S+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Nothing was started`,
      'm',
    ),
  );
  // Another state would buy everything again.
  expect(stderr).not.toContain('--state');
  first.child.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect(world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
});

test('--unless-running leaves it at that: one line, exit 0', async () => {
  const { world, first } = await underWay();
  const { code, stdout, stderr } = await world.songbatch(
    'run',
    'm.yaml',
    '--unless-running',
    '--json',
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toMatch(/^a run of this batch is under way \(run by pid \d+ [^)]+\): [^\n]+\n$/);
  first.child.kill('SIGINT');
  await first.ended;
  expect(world.server.books().created).toBe(2);
});

test('--unless-running hides nothing else that keeps a run from starting', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText().replace('[Pop]', '[Popp]'));
  expect((await world.songbatch('run', 'm.yaml', '--unless-running')).code).toBe(2);
  world.write('m.yaml', manifestText());
  world.write('out/state.sqlite', 'not a state');
  expect((await world.songbatch('run', 'm.yaml', '--unless-running')).code).toBe(2);
});

test('--unless-running goes on with what a run left that was killed', async () => {
  const { world, first } = await underWay();
  first.child.kill('SIGKILL');
  await first.ended;
  const next = world.start('run', 'm.yaml', '--unless-running');
  await until(() => next.stderr().includes('going on from its state'));
  next.child.kill('SIGINT');
  expect((await next.ended).code).toBe(130);
  expect(world.server.books()).toMatchObject({ created: 2, duplicates: 0 });
});
