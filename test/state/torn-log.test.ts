/**
 * What a power cut or a bad disk can do to the write-ahead log of a run, done to copies of it at every
 * place. The rule: a song that was acknowledged is there, or the state is refused.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/state/sqlite-store.ts';
import { StateError } from '../../src/state/state-error.ts';
import { identity, policy } from './identity.ts';
import { makeFolder, scratchFolder } from './scratch.ts';
import { goodLife, songJob, stagesBySeed } from './songs.ts';

type Stages = Readonly<Record<string, string>>;

interface Snapshot {
  readonly main: Buffer;
  readonly log: Buffer;
  /** For each acknowledged event: where the log ended, and where the songs stood. */
  readonly steps: readonly { readonly end: number; readonly stages: Stages }[];
}

let snapshot: Snapshot;

beforeAll(async () => {
  const folder = makeFolder();
  const path = join(folder, 'state.sqlite');
  const { store } = openStore(path, { identity, policy });
  const steps: Snapshot['steps'][number][] = [];
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    for (const event of goodLife(seed).slice(0, 1 + (seed % 4))) {
      await store.append(songJob(seed), event);
      steps.push({ end: readFileSync(`${path}-wal`).length, stages: stagesBySeed(store) });
    }
  }
  // The copy is made by another process: closing the file in this one would drop SQLite's locks.
  const copy = join(folder, 'copy');
  execFileSync('cp', [path, copy]);
  snapshot = { main: readFileSync(copy), log: readFileSync(`${path}-wal`), steps };
  store.close();
  rmSync(folder, { recursive: true });
});

/** What a run finds, or the error it is refused with. */
function reopen(path: string, log: Buffer): Stages | StateError {
  writeFileSync(path, snapshot.main);
  writeFileSync(`${path}-wal`, log);
  rmSync(`${path}-shm`, { force: true });
  try {
    const { store } = openStore(path, { identity, policy });
    const found = stagesBySeed(store);
    store.close();
    return found;
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
}

/** Where the songs stood when the log was so long. */
function acknowledged(length: number): Stages {
  return snapshot.steps.findLast(({ end }) => end <= length)?.stages ?? {};
}

const stride = process.env['EVERY_BYTE'] ? 1 : 127;

it(
  'loses no more than the last transaction, wherever that is cut off',
  { timeout: 900_000 },
  () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const { log } = snapshot;
    const frame = 24 + log.readUInt32BE(8);
    const places = [log.length];
    for (let at = lastTransaction(log); at < log.length; at += frame) {
      // Around the seams every byte, between them now and then (EVERY_BYTE=1: every byte, some minutes).
      for (const byte of [0, 1, 2, 7, 8, 9, 15, 16, 17, 22, 23, 24, 25, 26]) places.push(at + byte);
      for (let byte = 31; byte < frame; byte += stride) places.push(at + byte);
      places.push(at + frame - 2, at + frame - 1);
    }
    expect(places.length).toBeGreaterThan(190);
    for (const at of places) {
      expect(reopen(path, log.subarray(0, at)), `cut at ${at}`).toEqual(acknowledged(at));
    }
    expect(acknowledged(log.length)).not.toEqual(acknowledged(log.length - 1));
  },
);

it('loses no more than the last transaction, wherever that has a hole', () => {
  const path = join(scratchFolder(), 'state.sqlite');
  const { log } = snapshot;
  for (let at = lastTransaction(log); at < log.length; at += 512) {
    const torn = Buffer.from(log).fill(0, at, Math.min(at + 512, log.length));
    // Where there was nothing but zeros before, nothing is torn.
    const left = torn.equals(log) ? log.length : log.length - 1;
    expect(reopen(path, torn), `torn at ${at}`).toEqual(acknowledged(left));
  }
});

it('refuses a log with a bad byte before its last transaction', () => {
  const path = join(scratchFolder(), 'state.sqlite');
  const { log } = snapshot;
  const last = lastTransaction(log);
  let refused = 0;
  for (let at = 32; at < last; at += 509) {
    const bent = Buffer.from(log);
    bent.writeUInt8(bent.readUInt8(at) ^ 0x10, at);
    const found = reopen(path, bent);
    if (found instanceof StateError) {
      expect(found.kind).toBe('damaged');
      expect(readFileSync(`${path}-wal`).equals(bent)).toBe(true);
      refused += 1;
    } else {
      expect(found, `bent at ${at}`).toEqual(acknowledged(log.length));
    }
  }
  expect(refused).toBeGreaterThan(20);
});

/** Where the last transaction of a log begins: behind the last commit but one. */
function lastTransaction(log: Buffer): number {
  const frame = 24 + log.readUInt32BE(8);
  const commits: number[] = [];
  for (let at = 32; at + frame <= log.length; at += frame) {
    if (log.readUInt32BE(at + 4) !== 0) commits.push(at + frame);
  }
  return commits.at(-2) ?? 32;
}
