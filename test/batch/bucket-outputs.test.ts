/** Songs that go to a bucket: none is saved that is not there, and none that is here is downloaded again. */
import { hash } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bucketOutputs, type BucketOutputs } from '../../src/batch/bucket-outputs.ts';
import { bucketShelf } from '../../src/batch/bucket-shelf.ts';
import { BucketError } from '../../src/bucket/bucket-error.ts';
import { DiskFault } from '../../src/job/disk-fault.ts';
import type { JobRecord, SavedFile } from '../../src/job/history.ts';
import type { Clock, Fetched } from '../../src/run/ports.ts';
import { memoryBucket, type MemoryBucket } from '../bucket/memory-bucket.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'songbatch-workroom-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const id = '0b7e1f3a'.repeat(8);
const place = { name: 'vocal/1', id };
const output = { url: 'http://127.0.0.1/song', name: 'song.mp3', contentType: 'audio/mpeg' };
const { signal } = new AbortController();
const song = Buffer.from('la la la');

/** A run, as far as songs are concerned. */
interface Run extends BucketOutputs {
  readonly downloads: () => number;
  /** What the state says from now on. */
  readonly save: (file: SavedFile, isMeasured?: boolean) => void;
  readonly told: readonly string[];
}

async function run(
  bucket: MemoryBucket,
  { measures = true, isOneOfMany = false, isGone = false, attempt }: RunChoice = {},
): Promise<Run> {
  let downloads = 0;
  let last = attempt;
  const told: string[] = [];
  const made = await bucketOutputs({
    bucket,
    shelf: bucketShelf(bucket, dir),
    knowsIfNoneMatch: true,
    dir,
    download: (folder) => async (): Promise<Fetched> => {
      downloads++;
      if (isGone) return { kind: 'gone', message: 'HTTP 410' };
      const file = join(folder, 'vocal/1.mp3');
      await mkdir(dirname(file), { recursive: true });
      writeFileSync(file, song);
      return { kind: 'saved', file: fileOf('vocal/1.mp3') };
    },
    recordsOf: (ids) =>
      Promise.resolve(
        new Map(last && ids.map((id) => [id, { attempts: [last] } as unknown as JobRecord])),
      ),
    measures,
    isOneOfMany,
    clock: hurriedClock(),
    tell: (text) => told.push(text),
  });
  return {
    ...made,
    downloads: () => downloads,
    save: (file, isMeasured = false) => (last = savedAttempt(file, isMeasured)),
    told,
  };
}

/** Whoever sleeps wakes up at once, later. */
function hurriedClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

async function all<Item>(items: AsyncIterable<Item> | Iterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

interface RunChoice {
  readonly measures?: boolean;
  readonly isOneOfMany?: boolean;
  /** The URLs are no good any more. */
  readonly isGone?: boolean;
  /** What the state says of the job at the start. */
  readonly attempt?: object;
}

function savedAttempt(file: SavedFile, isMeasured = false): object {
  return { stage: 'saved', files: [file], ...(isMeasured && { measured: [{}] }) };
}

function fileOf(path: string): SavedFile {
  return { path, bytes: song.length, sha256: hash('sha256', song), mediaType: 'audio/mpeg' };
}

/** Files of songs that are on this machine still. */
function left(): readonly string[] {
  return globSync('waiting/**/*.*', { cwd: dir }).sort();
}

test('a song is saved when it is in the bucket, and leaves this machine when it was listened to', async () => {
  const bucket = memoryBucket();
  const { outputs, songs, save } = await run(bucket);
  const fetched = await outputs.fetch(output, place, signal);
  expect(fetched).toEqual({ kind: 'saved', file: fileOf('vocal/1.mp3') });
  expect(bucket.objects.get('vocal/1.mp3')?.content.equals(song)).toBe(true);
  save(fileOf('vocal/1.mp3'));
  const path = await songs.open(fileOf('vocal/1.mp3'), signal);
  expect(readFileSync(path).equals(song)).toBe(true);
  expect(left()).toEqual(['waiting/vocal/1.mp3', 'waiting/vocal/1~0b7e1f3a.json']);
  await songs.done(fileOf('vocal/1.mp3'), signal);
  expect(left()).toEqual([]);
});

test('without ears it leaves when the state knows it', async () => {
  const bucket = memoryBucket();
  const { outputs, close, save } = await run(bucket, { measures: false });
  await outputs.fetch(output, place, signal);
  await close();
  // A crash before the state knows it would lose it where its URL is no good any more.
  expect(left()).toHaveLength(2);
  save(fileOf('vocal/1.mp3'));
  await close();
  expect(left()).toEqual([]);
});

test('what only the bucket has is fetched from there for the ears, and leaves again', async () => {
  const bucket = memoryBucket();
  bucket.objects.set('vocal/1.mp3', { content: song, sha256: hash('sha256', song) });
  const { songs } = await run(bucket);
  const path = await songs.open(fileOf('vocal/1.mp3'), signal);
  expect(readFileSync(path).equals(song)).toBe(true);
  await songs.done(fileOf('vocal/1.mp3'), signal);
  expect(left()).toEqual([]);
});

describe('a run that is killed', () => {
  /** Goes up to the put, and no further. */
  async function killedAtPut(when: 'before' | 'after'): Promise<MemoryBucket> {
    const bucket = memoryBucket({
      meddle: (call, _name, at) => {
        if (call === 'put' && at === when) throw new Error('killed');
      },
    });
    const { outputs } = await run(bucket);
    await expect(outputs.fetch(output, place, signal)).rejects.toThrow('killed');
    return bucket;
  }

  test.each(['before', 'after'] as const)(
    '%s the song was put there leaves it for the next, though its URL is no good any more',
    async (when) => {
      const { objects } = await killedAtPut(when);
      const bucket = memoryBucket();
      for (const [name, object] of objects) bucket.objects.set(name, object);
      const { outputs, downloads } = await run(bucket, {
        isGone: true,
        attempt: { stage: 'succeeded' },
      });
      const fetched = await outputs.fetch(output, place, signal);
      expect(fetched).toEqual({ kind: 'saved', file: fileOf('vocal/1.mp3') });
      expect(downloads()).toBe(0);
      expect([...bucket.objects.keys()]).toEqual(['vocal/1.mp3']);
    },
  );

  test('when the song was saved leaves nothing here for ever', async () => {
    const bucket = memoryBucket();
    await (await run(bucket)).outputs.fetch(output, place, signal);
    const attempt = savedAttempt(fileOf('vocal/1.mp3'));
    const { songs } = await run(bucket, { attempt });
    // It is not fetched again: it is here.
    bucket.objects.clear();
    expect(existsSync(await songs.open(fileOf('vocal/1.mp3'), signal))).toBe(true);
    await run(bucket, { attempt: savedAttempt(fileOf('vocal/1.mp3'), true) });
    expect(left()).toEqual([]);
  });

  test('while it drops a song leaves no note of it for ever', async () => {
    const bucket = memoryBucket();
    await (await run(bucket)).outputs.fetch(output, place, signal);
    rmSync(join(dir, 'waiting/vocal/1.mp3'));
    await run(bucket, { attempt: savedAttempt(fileOf('vocal/1.mp3'), true) });
    expect(left()).toEqual([]);
  });

  test('and whose song was changed here since downloads it again', async () => {
    await killedAtPut('before');
    writeFileSync(join(dir, 'waiting/vocal/1.mp3'), 'noise!!!');
    const bucket = memoryBucket();
    const { outputs, downloads } = await run(bucket);
    expect(await outputs.fetch(output, place, signal)).toMatchObject({ kind: 'unreachable' });
    expect(await outputs.fetch(output, place, signal)).toMatchObject({ kind: 'saved' });
    expect(downloads()).toBe(1);
    expect(bucket.objects.get('vocal/1.mp3')?.content.equals(song)).toBe(true);
  });
});

describe('a bucket', () => {
  test('that is away is waited for, and told of', async () => {
    let tries = 0;
    const bucket = memoryBucket({
      meddle: (call) => {
        if (call === 'put' && ++tries < 10) throw new BucketError('unreachable', 'SlowDown');
      },
    });
    const { outputs, told } = await run(bucket);
    expect(await outputs.fetch(output, place, signal)).toMatchObject({ kind: 'saved' });
    expect(told).toEqual(['! SlowDown; trying again (Ctrl-C ends it)']);
  });

  test('that stays away leaves the song for a later run', async () => {
    const bucket = memoryBucket({
      meddle: (call) => {
        if (call === 'put') throw new BucketError('unreachable', 'SlowDown');
      },
    });
    const { outputs, downloads } = await run(bucket);
    for (let tries = 1; tries <= 2; tries++) {
      const later = { kind: 'unreachable', message: 'SlowDown' };
      expect(await outputs.fetch(output, place, signal)).toEqual(later);
    }
    expect(downloads()).toBe(1);
    expect(left()).toHaveLength(2);
  });

  test('that stays away from one worker of many stops its buying, and leaves the song to all', async () => {
    const bucket = memoryBucket({
      meddle: (call) => {
        if (call === 'put') throw new BucketError('unreachable', 'SlowDown');
      },
    });
    const { outputs } = await run(bucket, { isOneOfMany: true });
    await expect(outputs.fetch(output, place, signal)).rejects.toThrow(DiskFault);
    expect(left()).toHaveLength(2);
  });

  test('that says no ends the run at once', async () => {
    const no = () => {
      throw new BucketError('refused', 'AccessDenied');
    };
    const { outputs, songs } = await run(memoryBucket({ meddle: no }));
    await expect(outputs.fetch(output, place, signal)).rejects.toThrow(DiskFault);
    await expect(outputs.isPresent(fileOf('a.mp3'))).rejects.toThrow(DiskFault);
    await expect(all(outputs.missingOf([fileOf('a.mp3')]))).rejects.toThrow(DiskFault);
    await expect(songs.open(fileOf('a.mp3'), signal)).rejects.toThrow(DiskFault);
  });
});

test('tells which songs are there, by what they are', async () => {
  const bucket = memoryBucket();
  const sha256 = hash('sha256', song);
  bucket.objects.set('here.mp3', { content: song, sha256 });
  bucket.objects.set('copied.mp3', { content: song });
  bucket.objects.set('other.mp3', { content: song, sha256: 'f'.repeat(64) });
  bucket.objects.set('short.mp3', { content: Buffer.from('la') });
  const files = ['here', 'copied', 'other', 'short', 'gone'].map((name) => fileOf(`${name}.mp3`));
  const { outputs } = await run(bucket);
  expect(await Promise.all(files.map(outputs.isPresent))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  // Of a list there is no more to be had than sizes.
  const missing = await all(outputs.missingOf(files));
  expect(missing.map(({ path }) => path)).toEqual(['short.mp3', 'gone.mp3']);
});
