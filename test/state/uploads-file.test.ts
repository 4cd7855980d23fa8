import { existsSync, readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DiskFault } from '../../src/job/disk-fault.ts';
import { openUploadsFile, type UploadsFile } from '../../src/state/uploads-file.ts';
import { scratchFolder } from './scratch.ts';

const ours = 'https://api.example/v1\nour-key';
const never = new AbortController().signal;
const sha256 = 'ab'.repeat(32);

function somewhere(): string {
  return join(scratchFolder(), 'uploads.sqlite');
}

function open(path: string, account = ours): UploadsFile {
  const file = openUploadsFile(path, account);
  onTestFinished(file.close);
  return file;
}

test('remembers, for everybody with the same account, the last URL', () => {
  const path = somewhere();
  const [one, other] = [open(path), open(path)];
  expect(other.recall(sha256)).toBeUndefined();
  one.remember(sha256, 'https://x/1');
  expect(other.recall(sha256)).toBe('https://x/1');
  other.remember(sha256, 'https://x/2');
  expect(one.recall(sha256)).toBe('https://x/2');
  one.close();
  expect(one.recall(sha256)).toBe('https://x/2');
  expect(open(path, 'https://api.example/v1\nanother-key').recall(sha256)).toBeUndefined();
});

test('makes no file before it is asked', () => {
  const path = somewhere();
  open(path);
  expect(existsSync(path)).toBe(false);
});

test('one uploads at a time, and the next goes on as soon as it is done', async () => {
  const path = somewhere();
  const [one, other] = [open(path), open(path)];
  const release = await one.reserve(sha256, never);
  let isReserved = false;
  const onWait = vi.fn();
  const waiting = other.reserve(sha256, never, onWait).then((releaseToo) => {
    isReserved = true;
    return releaseToo;
  });
  const releaseAnother = await other.reserve('cd'.repeat(32), never, () => {
    throw new Error('nobody has it');
  });
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(isReserved).toBe(false);
  expect(onWait).toHaveBeenCalledOnce();
  release();
  (await waiting)();
  releaseAnother();
  expect(readdirSync(dirname(path))).toEqual([]);
});

test('waiting for another upload ends with the signal', async () => {
  const path = somewhere();
  const [one, other] = [open(path), open(path)];
  const release = await one.reserve(sha256, never);
  const stop = new AbortController();
  const waiting = other.reserve(sha256, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
  release();
});

test.each([
  ['of a later version', 'PRAGMA application_id = 0x736e6775; PRAGMA user_version = 2'],
  ['of somebody else', 'CREATE TABLE music (title TEXT)'],
  ['whose salt is gone', undefined],
])('a file %s is refused and left as it is', (_name, sql) => {
  const path = somewhere();
  if (sql === undefined) open(path).remember(sha256, 'https://x/1');
  const db = new DatabaseSync(path);
  db.exec(sql ?? 'DELETE FROM meta');
  const before = db.prepare('PRAGMA schema_version').get();
  expect(() => open(path).recall(sha256)).toThrow(DiskFault);
  expect(db.prepare('PRAGMA schema_version').get()).toEqual(before);
  db.close();
});

test('takes no text for a URL that is none', () => {
  const path = somewhere();
  const file = open(path);
  file.remember(sha256, 'file:///etc/passwd');
  expect(file.recall(sha256)).toBeUndefined();
});
