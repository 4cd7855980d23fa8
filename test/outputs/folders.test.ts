/** Folders are looked at once, and synced for many at a time: neither may cost what it is there for. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFolderSync, createPlaces } from '../../src/outputs/folders.ts';

test('a name that is given while its folder is being synced waits for a sync that begins later', async () => {
  const begun: PromiseWithResolvers<undefined>[] = [];
  const sync = createFolderSync(async () => {
    const one = Promise.withResolvers<undefined>();
    begun.push(one);
    await one.promise;
  });
  const ended: string[] = [];
  const wait = (name: string) => void sync('/songs').then(() => ended.push(name));

  wait('first');
  wait('second');
  wait('third');
  expect(begun).toHaveLength(1);
  begun[0]?.resolve(undefined);
  await turn();
  expect(ended).toEqual(['first']);
  expect(begun).toHaveLength(2);
  wait('fourth');
  begun[1]?.resolve(undefined);
  await turn();
  expect(ended).toEqual(['first', 'second', 'third']);
  expect(begun).toHaveLength(3);
  begun[2]?.resolve(undefined);
  await turn();
  expect(ended).toEqual(['first', 'second', 'third', 'fourth']);
});

test('a sync that fails is the failure of those who waited for it, and of nobody else', async () => {
  let tries = 0;
  const sync = createFolderSync(() =>
    ++tries === 1 ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(),
  );
  const [first, second] = await Promise.allSettled([sync('/songs'), sync('/songs')]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
});

test('a folder that was looked at is remembered, one that leads out is refused every time', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'songbatch-folders-')));
  const elsewhere = mkdtempSync(join(tmpdir(), 'songbatch-elsewhere-'));
  mkdirSync(join(dir, 'inside'));
  symlinkSync(elsewhere, join(dir, 'outside'));
  const placeFor = createPlaces();

  expect(await placeFor(dir, 'one')).toBe(join(dir, 'one'));
  expect(await placeFor(dir, 'two')).toBe(join(dir, 'two'));
  expect(await placeFor(dir, 'inside/one')).toBe(join(dir, 'inside', 'one'));
  expect(await placeFor(dir, 'inside/two')).toBe(join(dir, 'inside', 'two'));
  for (const name of ['outside/one', 'outside/one', 'inside/..', '../one']) {
    await expect(placeFor(dir, name)).rejects.toThrow('leads out of the folder');
  }
});

test('a folder that somebody removes is made anew, one that comes to lead out is refused', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'songbatch-folders-')));
  const elsewhere = mkdtempSync(join(tmpdir(), 'songbatch-elsewhere-'));
  const placeFor = createPlaces();

  await placeFor(dir, 'songs/neon/one');
  rmSync(join(dir, 'songs'), { recursive: true });
  await placeFor(dir, 'songs/neon/two');
  expect(existsSync(join(dir, 'songs', 'neon'))).toBe(true);
  renameSync(join(dir, 'songs', 'neon'), join(elsewhere, 'neon'));
  symlinkSync(join(elsewhere, 'neon'), join(dir, 'songs', 'neon'));
  await expect(placeFor(dir, 'songs/neon/three')).rejects.toThrow('leads out of the folder');
});
