import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SavedFile } from '../../src/job/history.ts';
import { writeChecksums } from '../../src/outputs/checksums.ts';
import { findMissing, isPresent, lookFor } from '../../src/outputs/presence.ts';
import { sha256 } from './songs.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'songbatch-sums-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function save(path: string, text: string): Promise<SavedFile> {
  const content = Buffer.from(text);
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
  return { path, bytes: content.length, sha256: sha256(content), mediaType: 'audio/mpeg' };
}

function sha256sum(): string {
  return execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], {
    cwd: dir,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

test('writes sums that sha256sum checks, whatever the names', async () => {
  const names = [
    'b.mp3',
    'a/ü ö.mp3',
    'a/-x *.wav',
    ' lead.mp3',
    'back\\slash.mp3',
    'two\nlines.mp3',
  ];
  const files = await Promise.all(names.map((name, n) => save(name, `song ${n}`)));
  await writeChecksums(dir, lookFor(dir, files));

  expect(sha256sum().match(/: OK$/gm)).toHaveLength(names.length);
  const lines = (await readFile(join(dir, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^\\?[0-9a-f]{64} {2}/, ''))).toEqual([
    'b.mp3',
    'a/ü ö.mp3',
    'a/-x *.wav',
    ' lead.mp3',
    'back\\\\slash.mp3',
    'two\\nlines.mp3',
  ]);

  await writeFile(join(dir, 'b.mp3'), 'something else');
  expect(sha256sum).toThrow(/1 computed checksum did NOT match/);
});

test('replaces earlier sums as a whole', async () => {
  const first = await save('a.mp3', 'first');
  await writeChecksums(dir, lookFor(dir, [first]));
  const second = await save('a.mp3', 'second');
  await writeChecksums(dir, lookFor(dir, [second]));
  expect(sha256sum()).toBe('a.mp3: OK\n');
  expect((await readdir(dir)).sort()).toEqual(['SHA256SUMS', 'a.mp3']);
});

test('keeps the earlier sums when the new ones cannot be made', async () => {
  const first = await save('a.mp3', 'first');
  await writeChecksums(dir, lookFor(dir, [first]));
  const broken = function* (): Generator<SavedFile> {
    yield first;
    throw new Error('no more');
  };
  await expect(writeChecksums(dir, lookFor(dir, broken()))).rejects.toThrow('no more');
  expect(sha256sum()).toBe('a.mp3: OK\n');
});

test('sees whether a saved file is there, whole, and a file', async () => {
  const file = await save('deep/a.mp3', 'la la');
  expect(await isPresent(dir, file)).toBe(true);
  expect(await isPresent(dir, { ...file, bytes: 4 })).toBe(false);
  expect(await isPresent(dir, { ...file, path: 'deep' })).toBe(false);
  await rm(join(dir, 'deep/a.mp3'));
  expect(await isPresent(dir, file)).toBe(false);
});

test('finds every file that is not there, however many there are', async () => {
  const there = await Promise.all([save('a.mp3', 'la'), save('b.mp3', 'la la')]);
  const gone = Array.from({ length: 600 }, (_, n): SavedFile => ({
    path: `gone-${n}.mp3`,
    bytes: 2,
    sha256: '',
    mediaType: 'audio/mpeg',
  }));
  const files = [...gone.slice(0, 300), ...there, ...gone.slice(300)];
  const missing = await findMissing(lookFor(dir, files));
  expect([...missing]).toEqual(gone.map(({ path }) => path));
});

test('leaves out what is not there any more, so that the sums check', async () => {
  const files = [await save('a.mp3', 'la'), await save('b.mp3', 'la la')];
  await rm(join(dir, 'a.mp3'));
  expect([...(await writeChecksums(dir, lookFor(dir, files)))]).toEqual(['a.mp3']);
  expect(sha256sum()).toBe('b.mp3: OK\n');
});
