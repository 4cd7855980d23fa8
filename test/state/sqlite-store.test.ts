import { chmodSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { recordsQuery } from '../../src/state/reading.ts';
import { connect, disconnect } from '../../src/state/run-connection.ts';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { identity, policy } from './identity.ts';
import { makeFolder, scratchFolder } from './scratch.ts';
import { goodLife, live, songJob, stagesBySeed } from './songs.ts';
import { storeContract } from './store-contract.ts';

storeContract('the embedded store', () => {
  const folder = makeFolder();
  return {
    open: () => openStore(join(folder, 'state.sqlite'), { identity, policy }).store,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

describe('a state file', () => {
  it('is one file when it was closed, and may be read by its owner only', async () => {
    const folder = join(scratchFolder(), 'out', 'midnight-ab');
    const path = join(folder, 'state.sqlite');
    const { store, tookOver } = openStore(path, { identity, policy });
    await live(store, 1);
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    store.close();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(tookOver).toBeUndefined();
  });

  it('is written with a full sync at every opening', () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const full = 2;
    for (const owner of [identity, undefined]) {
      const db = connect(path, owner);
      expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: full });
      expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
      disconnect(db);
    }
  });

  it('begins anew on the empty file of a creation that was cut short', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    new DatabaseSync(path).close();
    expect(openStoreReader(path)).toBeUndefined();
    const { store } = openStore(path, { identity, policy });
    await live(store, 1);
    store.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is the same by a link to it', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    openStore(path, { identity, policy }).store.close();
    symlinkSync(path, join(folder, 'link.sqlite'));
    const { store } = openStore(join(folder, 'link.sqlite'), { identity, policy });
    expect(() => openStore(path, { identity, policy })).toThrow('is in use');
    await live(store, 1);
    store.close();
    expect(readdirSync(folder)).toEqual(['link.sqlite', 'state.sqlite']);
  });

  it('needs at most 400 bytes for a finished job, beside what no other job has', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const { store } = openStore(path, { identity, policy });
    const seeds = Array.from({ length: 2000 }, (_, index) => 100_000 + index);
    await Promise.all(seeds.map((seed) => live(store, seed)));
    store.close();
    const own = seeds.reduce((sum, seed) => sum + bytesOfItsOwn(seed), 0);
    expect((statSync(path).size - own) / seeds.length).toBeLessThan(400);
  });

  it('is one file also when a list was left half read', async () => {
    const folder = scratchFolder();
    const { store } = openStore(join(folder, 'state.sqlite'), { identity, policy });
    for (const seed of [1, 2, 3]) await live(store, seed);
    store.records()[Symbol.iterator]().next();
    store.close();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
  });

  it('goes on for other jobs when the history of one turns out to be damaged', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const first = openStore(path, { identity, policy }).store;
    for (const seed of [1, 2]) await live(first, seed, 2);
    first.close();
    const db = new DatabaseSync(path);
    db.exec("UPDATE events SET type = 2, detail = '[1]' WHERE seq = 2");
    db.close();

    const { store } = openStore(path, { identity, policy });
    await expect(store.append(songJob(1), goodLife(1)[2])).rejects.toMatchObject({
      name: 'StateError',
      kind: 'damaged',
    });
    const record = await store.append(songJob(2), goodLife(2)[2]);
    expect(record.attempts[0]?.stage).toBe('succeeded');
    expect(store.counts().jobs).toMatchObject({ running: 1, succeeded: 1 });
    store.close();
  });

  it('has its log folded in while a run is busy with what earlier ones have left', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const { store } = openStore(path, { identity, policy });
    const failed = { type: 'failed', at: 5, failure: { reason: 'timeout' }, cost: 0n } as const;
    for (const seed of [1, 2, 3]) {
      await live(store, seed, 2);
      await store.append(songJob(seed), failed);
    }
    const left = [...(store.judged(policy)?.records(['retriable']) ?? [])];
    expect(left.map(({ job }) => job.id)).toEqual([1, 2, 3].map((seed) => songJob(seed).id));

    const taken = store.judged(policy)?.records(['retriable'])[Symbol.iterator]();
    taken?.next();
    for (const seed of [4, 5]) await live(store, seed);
    const songs = store.savedFiles()[Symbol.iterator]();
    songs.next();
    const second = await store.append(songJob(2), { type: 'intended', at: 6 });
    const other = new DatabaseSync(path);
    const folding = other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    other.close();
    expect(folding).toMatchObject({ busy: 0 });
    expect(taken?.next().value).toEqual(second);
    expect(songs.next().value).toMatchObject({ job: songJob(5).id });
    store.close();
  });

  it('finds open jobs without looking at the others', () => {
    const path = join(scratchFolder(), 'state.sqlite');
    openStore(path, { identity, policy }).store.close();
    const db = new DatabaseSync(path, { readOnly: true });
    const planOf = (sql: string): string =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => String(row['detail']))
        .join('\n');
    expect(planOf(recordsQuery(['intended', 'running', 'succeeded']))).toContain('undone');
    expect(planOf(recordsQuery(['running']))).toContain('undone');
    expect(planOf(recordsQuery(['done']))).not.toContain('undone');
    expect(planOf(recordsQuery(['intended', 'running']))).not.toContain('TEMP B-TREE FOR ORDER');
    // The index has no others.
    const done = 'SELECT number FROM jobs INDEXED BY undone WHERE outlook = 4';
    expect(() => db.prepare(done)).toThrow('no query solution');
    db.close();
  });
});

describe('a reader', () => {
  it('finds nothing where there is no state', () => {
    const path = join(scratchFolder(), 'state.sqlite');
    expect(openStoreReader(path)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  it('follows a run that goes on, and outlives it', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    const { store } = openStore(path, { identity, policy });
    await live(store, 1, 2);
    const reader = openStoreReader(path);
    expect(reader && stagesBySeed(reader)).toEqual({ 1: 'running' });
    await live(store, 2);
    await store.setFact('tool', '1.0');
    expect(reader && stagesBySeed(reader)).toEqual({ 1: 'running', 2: 'saved' });
    expect(reader?.counts()).toEqual(store.counts());
    expect(reader?.fact('tool')).toBe('1.0');
    expect(reader?.claims('1000002')).toBe(true);
    store.close();
    expect(reader && stagesBySeed(reader)).toEqual({ 1: 'running', 2: 'saved' });
    reader?.close();
    reader?.close();

    const again = openStore(path, { identity, policy });
    expect(again.tookOver).toBeUndefined();
    expect(stagesBySeed(again.store)).toEqual({ 1: 'running', 2: 'saved' });
    again.store.close();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
  });

  it('that was there first sees a run begin', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    openStore(path, { identity, policy }).store.close();
    const reader = openStoreReader(path);
    expect(reader?.counts().jobs.saved).toBe(0);
    const { store } = openStore(path, { identity, policy });
    await live(store, 1);
    expect(reader?.counts().jobs.saved).toBe(1);
    reader?.close();
    store.close();
  });

  it('reads a closed state from a folder where nothing may be written, and leaves no trace', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    const { store } = openStore(path, { identity, policy });
    await live(store, 1);
    store.close();
    const before = statSync(path, { bigint: true });
    chmodSync(folder, 0o500);
    const reader = openStoreReader(path);
    expect(reader && stagesBySeed(reader)).toEqual({ 1: 'saved' });
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
    reader?.close();
    chmodSync(folder, 0o700);
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });
});

/** What sets a finished job apart: id, seed (label and value), times, task, songs and their places. */
function bytesOfItsOwn(seed: number): number {
  const [, accepted, succeeded, saved] = goodLife(seed);
  const id = 16;
  const times = 4 * 6;
  const words = [
    String(seed),
    String(seed),
    songJob(seed).output,
    accepted.taskId,
    accepted.token,
    ...succeeded.outputs.map(({ url }) => url),
    ...saved.files.flatMap(({ path, sha256 }) => [path, sha256]),
  ];
  return id + times + words.join('').length;
}
