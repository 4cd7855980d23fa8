import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/state/sqlite-store.ts';
import { startRun } from './child-run.ts';
import { identity, policy } from './identity.ts';
import { scratchFolder } from './scratch.ts';
import { songJob, stagesBySeed } from './songs.ts';

// A limit on the size of files does to a write what a full disk does to it.
it('keeps nothing of what a full disk refuses, and goes on with what fits', async () => {
  const folder = scratchFolder();
  const path = join(folder, 'state.sqlite');
  const run = startRun(path, 1000);
  await run.ask('open');
  expect(await run.ask('long 2 3000')).toMatchObject({
    error: 'disk',
    message: expect.stringContaining('could not be written') as unknown,
  });
  expect(await run.ask('counts')).toMatchObject({ intended: 0 });
  expect(await run.ask('live 1 2')).toBe(1);
  expect(await run.ask('live 2 1')).toBe(1);
  expect(await run.ask('live 3 4')).toBe(1);
  expect(await run.ask('close')).toBe('closed');

  const { store, tookOver } = openStore(path, { identity, policy });
  expect(tookOver).toBeUndefined();
  expect(stagesBySeed(store)).toEqual({ 1: 'running', 2: 'intended', 3: 'saved' });
  expect(store.get(songJob(2).id)?.job).toEqual(songJob(2));
  store.close();
  expect(readdirSync(folder)).toEqual(['state.sqlite']);
});
