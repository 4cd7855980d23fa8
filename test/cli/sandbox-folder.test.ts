/** A folder in which the embedded server cannot keep its books: exit 2, its path, and what to do. */
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorld, manifestText } from './rig.ts';

test.each<[string, string, 'file' | 'folder']>([
  ['is a file', '.sandbox', 'file'],
  ['has a folder for a lock', '.sandbox/lock', 'folder'],
  ['has a folder for a journal', '.sandbox/journal.jsonl', 'folder'],
  ['has a journal of somebody else', '.sandbox/journal.jsonl', 'file'],
])('run --sandbox: the folder %s', async (_, path, kind) => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 1 }));
  if (kind === 'file') world.write(`out/${path}`, 'something else\n');
  else mkdirSync(join(world.folder, 'out', path), { recursive: true });
  const { code, stderr } = await world.songbatch('run', 'm.yaml', '--sandbox');
  expect(code).toBe(2);
  expect(stderr).toContain(join('out', path));
  expect(stderr).toMatch(/move .*away or choose another/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('sandbox --folder with a file', async () => {
  const world = await createWorld();
  world.write('books', 'something else\n');
  const words = ['sandbox', '--port', '0', '--folder', 'books'];
  const { code, stdout, stderr } = await world.songbatch(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: the sandbox cannot keep its books in books: .*choose another/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('sandbox --folder where no folder can be made', async ({ skip }) => {
  if (!existsSync('/proc')) skip();
  const world = await createWorld();
  const words = ['sandbox', '--port', '0', '--folder', '/proc/nope/books'];
  const { code, stdout, stderr } = await world.songbatch(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^error: the sandbox cannot keep its books in \/proc\/nope\/books: ENOENT.*choose another folder$/m,
  );
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('sandbox --folder makes the folders above it', async () => {
  const world = await createWorld();
  const { child, ended } = world.start('sandbox', '--port', '0', '--folder', 'a/b/books');
  if (!child.stdout) throw new Error('the process has no stdout');
  await once(child.stdout, 'data');
  expect(existsSync(join(world.folder, 'a/b/books/journal.jsonl'))).toBe(true);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});
