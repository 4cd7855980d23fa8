import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { StateError, type StateErrorKind } from '../../src/state/state-error.ts';
import { startRun } from './child-run.ts';
import { identity, policy } from './identity.ts';
import { scratchFolder } from './scratch.ts';
import { live, songJob, stagesBySeed } from './songs.ts';

/** A closed state with a few songs. */
async function sound(): Promise<string> {
  const path = join(scratchFolder(), 'state.sqlite');
  const { store } = openStore(path, { identity, policy });
  for (const seed of [1, 2, 3]) await live(store, seed, seed + 1);
  store.close();
  return path;
}

/** The files of a run that was killed. */
async function crashed(): Promise<string> {
  const path = join(scratchFolder(), 'state.sqlite');
  const run = startRun(path);
  await run.ask('open');
  for (const seed of [1, 2, 3]) await run.ask(`live ${seed} 4`);
  await run.kill();
  return path;
}

function sql(path: string, statement: string): void {
  const db = new DatabaseSync(path);
  db.exec(statement);
  db.close();
}

/** Refused to a run, with the file as it was. @param reader whether a reader is refused as well */
function expectRefusal(path: string, kind: StateErrorKind, words: string, reader = true): void {
  const before = statSync(path).isFile() ? readFileSync(path) : undefined;
  const refusal = (action: () => unknown): unknown => {
    try {
      return action();
    } catch (error) {
      return error;
    }
  };
  const openings = [
    () => openStore(path, { identity, policy }),
    ...(reader ? [() => openStoreReader(path)] : []),
  ];
  for (const open of openings) {
    const error = refusal(open);
    expect(error).toBeInstanceOf(StateError);
    expect(error).toMatchObject({ kind, path });
    expect(error).toHaveProperty('message', expect.stringContaining(words));
  }
  if (before) expect(readFileSync(path).equals(before)).toBe(true);
}

describe('what is not ours', () => {
  it.each([
    ['a short text', 'hello'],
    ['a long text', '# A song\n'.repeat(1000)],
  ])('refuses %s', (_, content) => {
    const path = join(scratchFolder(), 'state.sqlite');
    writeFileSync(path, content);
    expectRefusal(path, 'foreign', 'not a songbatch state file; move it away');
  });

  it("refuses another program's database", () => {
    const path = join(scratchFolder(), 'state.sqlite');
    sql(path, 'CREATE TABLE jobs (id)');
    expectRefusal(path, 'foreign', 'not a songbatch state file; move it away');
  });

  it('refuses a folder', () => {
    const path = join(scratchFolder(), 'state.sqlite');
    mkdirSync(path);
    expectRefusal(path, 'unreadable', 'cannot be read');
  });

  it('refuses the state of a later songbatch', async () => {
    const path = await sound();
    sql(path, 'PRAGMA user_version = 3');
    expectRefusal(path, 'newer', 'update songbatch');
  });

  it('refuses the state of another batch, and of the same batch bought elsewhere', async () => {
    const path = await sound();
    sql(path, "UPDATE meta SET value = 'mid\u001b[31mnight' WHERE key = 'name'");
    expectRefusal(path, 'other-batch', 'batch "mid?[31mnight"', false);
    sql(path, "UPDATE meta SET value = 'midnight-ab' WHERE key = 'name'");
    sql(path, "UPDATE meta SET value = 'http://127.0.0.1:4710/v1' WHERE key = 'service'");
    expectRefusal(path, 'other-batch', 'bought from http://127.0.0.1:4710/v1', false);
  });
});

describe('what is damaged', () => {
  it.each([
    ['an event is gone', 'DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)', 'events'],
    ['a job is gone', 'DELETE FROM jobs WHERE number = 3', 'jobs'],
    ['an outlook was changed', 'UPDATE jobs SET outlook = 4 WHERE number = 1', 'open jobs'],
  ])('refuses a state in which %s', async (_, statement, words) => {
    const path = await sound();
    sql(path, statement);
    expectRefusal(path, 'damaged', words, false);
  });

  it('refuses a state without one of its tables', async () => {
    const path = await sound();
    sql(path, 'DROP TABLE events');
    expectRefusal(path, 'damaged', 'events');
  });

  it('refuses a state with a page full of rubbish', async () => {
    const path = await sound();
    const bytes = readFileSync(path);
    for (let page = 1; page < bytes.length / 4096; page++) {
      const bent = Buffer.from(bytes);
      bent.fill(0xa5, page * 4096, (page + 1) * 4096);
      writeFileSync(path, bent);
      expectRefusal(path, 'damaged', 'Nothing was changed', false);
    }
  });

  it('refuses a state that was cut off', async () => {
    const path = await sound();
    const bytes = readFileSync(path);
    for (const size of [100, 4000, 4096, 8192, bytes.length - 4096, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, size));
      expectRefusal(path, 'damaged', 'Nothing was changed', false);
    }
  });

  it('refuses a state with something behind its end', async () => {
    const path = await sound();
    writeFileSync(path, 'more', { flag: 'a' });
    expectRefusal(path, 'damaged', 'it should have', false);
  });

  it.each([
    ['no JSON', "detail = '[1'"],
    ['of another type', "detail = '[7,true]' WHERE type = 1"],
    ['of an unknown type', 'type = 99 WHERE type = 1'],
    ['out of order', 'type = 6, detail = json_array() WHERE type = 1'],
  ])('reads no record out of an event that is %s', async (_, change) => {
    const path = await sound();
    // The index of tasks would not take them.
    sql(path, `DROP INDEX tasks; UPDATE events SET ${change}`);
    const reader = openStoreReader(path);
    expect(() => reader?.get(songJob(1).id)).toThrow(StateError);
    expect(() => [...(reader?.records() ?? [])]).toThrow(/is damaged: .*Nothing was changed/);
    reader?.close();
  });

  it('reads no record out of a job whose values are gone', async () => {
    const path = await sound();
    sql(path, 'DELETE FROM texts');
    const reader = openStoreReader(path);
    expect(() => reader?.get(songJob(1).id)).toThrow(/is damaged: .*text \d+/);
    reader?.close();
  });

  it('tells when the log of a killed run was left behind, and how to go on', async () => {
    const path = await crashed();
    const copy = join(scratchFolder(), 'state.sqlite');
    // What a checkpoint had moved into the file before the run was killed.
    sql(path, 'PRAGMA journal_mode = DELETE');
    copyFileSync(path, copy);
    sql(copy, 'PRAGMA journal_mode = WAL');
    rmSync(`${copy}-wal`, { force: true });
    rmSync(`${copy}-shm`, { force: true });
    expectRefusal(copy, 'damaged', 'the -wal file with its last steps is missing', false);
    expectRefusal(copy, 'damaged', `sqlite3 ${copy} "PRAGMA journal_mode = DELETE"`, false);
    sql(copy, 'PRAGMA journal_mode = DELETE');
    const { store, tookOver } = openStore(copy, { identity, policy });
    expect(tookOver).toBeDefined();
    expect(stagesBySeed(store)).toEqual({ 1: 'saved', 2: 'saved', 3: 'saved' });
    store.close();
  });

  it('does not begin anew beside the log of a state that is gone', async () => {
    const path = await crashed();
    const log = readFileSync(`${path}-wal`);
    writeFileSync(path, '');
    expectRefusal(path, 'damaged', 'its write-ahead log is still there', false);
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });
});

it('finishes what was half undone when a run was killed in the moment of opening', async () => {
  const path = await sound();
  const torn = join(scratchFolder(), 'state.sqlite');
  const db = new DatabaseSync(path);
  // A transaction that has reached the file but was not committed.
  db.exec('PRAGMA cache_size = 1; BEGIN; UPDATE jobs SET spec = hex(randomblob(9000))');
  copyFileSync(path, torn);
  copyFileSync(`${path}-journal`, `${torn}-journal`);
  db.exec('ROLLBACK');
  db.close();
  const before = readFileSync(torn);
  expect(before.equals(readFileSync(path))).toBe(false);
  expect(() => openStoreReader(torn)).toThrow('The next run will put that right');
  expect(readFileSync(torn).equals(before)).toBe(true);
  const { store } = openStore(torn, { identity, policy });
  expect(stagesBySeed(store)).toEqual({ 1: 'running', 2: 'succeeded', 3: 'saved' });
  store.close();
});
