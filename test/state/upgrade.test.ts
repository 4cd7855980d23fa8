import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { apply, type JobRecord } from '../../src/job/history.ts';
import { upgrade } from '../../src/state/upgrade.ts';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { openSourceState } from '../../src/state/source-state.ts';
import { identity, policy } from './identity.ts';
import { lives } from './layout-1.ts';
import { scratchFolder } from './scratch.ts';
import { goodLife, songJob, taskOf } from './songs.ts';

const fixture = fileURLToPath(new URL('fixtures/layout-1.sqlite', import.meta.url));

function copy(): string {
  const path = join(scratchFolder(), 'state.sqlite');
  copyFileSync(fixture, path);
  return path;
}

function expected(): readonly JobRecord[] {
  return Object.entries(lives).map(([seed, events]) =>
    events.reduce<JobRecord>(apply, { job: songJob(Number(seed)), attempts: [] }),
  );
}

const songs = [1, 7].flatMap((seed) =>
  goodLife(seed)[3].files.map((file) => ({ ...file, job: songJob(seed).id })),
);

const jobs = { waiting: 1, intended: 0, running: 1, succeeded: 1, saved: 2, failed: 2 };

it('reads a state of layout 1 as it is, and writes nothing', () => {
  const path = copy();
  const { size, mtimeMs } = statSync(path);
  const reader = openStoreReader(path, identity);
  expect([...(reader?.records() ?? [])]).toEqual(expected());
  expect([...(reader?.records(['failed']) ?? [])]).toEqual(expected().slice(3, 5));
  expect([...(reader?.savedFiles() ?? [])]).toEqual(songs);
  expect(reader?.counts().jobs).toEqual(jobs);
  expect(reader?.claims(taskOf(4))).toBe(true);
  expect(reader?.claims('4')).toBe(false);
  // It was never judged.
  expect(reader?.judged(policy)).toBeUndefined();
  reader?.close();
  expect(statSync(path)).toMatchObject({ size, mtimeMs });
});

it('merges a state of layout 1', () => {
  const source = openSourceState(copy(), join(scratchFolder(), 'scratch'));
  const places = [...source.jobs()];
  expect(places.map(({ since }) => since)).toEqual(
    Object.values(lives).map((events) => events[0]?.at),
  );
  expect(places.map(({ number }) => source.read(number).record)).toEqual(expected());
  source.close();
});

it('changes a state of layout 1 to that of today when a run opens it, and goes on', async () => {
  const path = copy();
  const { store } = openStore(path, { identity, policy });
  expect([...store.records()]).toEqual(expected());
  expect(store.fact('dearest-song')).toBe('3510000000');
  expect(store.judged(policy)?.counts()).toMatchObject({
    waiting: 1,
    running: 1,
    succeeded: 1,
    done: 1,
    unmeasured: 1,
    retriable: 1,
    lost: 1,
  });
  const record = await store.append(songJob(6), goodLife(6)[2]);
  expect(record.attempts[0]?.stage).toBe('succeeded');
  store.close();
  const again = openStore(path, { identity, policy }).store;
  expect(again.get(songJob(6).id)).toEqual(record);
  expect(again.claims(taskOf(6))).toBe(true);
  expect(again.counts().jobs).toEqual({ ...jobs, running: 0, succeeded: 2 });
  again.close();
});

it('can still be read by who began before a run changed its layout', () => {
  const path = copy();
  const reader = openStoreReader(path, identity);
  expect(reader?.get(songJob(6).id)).toEqual(expected()[5]);
  const { store } = openStore(path, { identity, policy });
  expect(reader?.get(songJob(6).id)).toEqual(expected()[5]);
  expect(reader?.counts().jobs).toEqual(jobs);
  expect(reader?.claims(taskOf(4))).toBe(true);
  expect([...(reader?.records() ?? [])]).toEqual(expected());
  expect([...(reader?.savedFiles() ?? [])]).toEqual(songs);
  reader?.close();
  store.close();
});

it('leaves a state of layout 1 as it was where the upgrade breaks off', () => {
  const path = copy();
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE temp.new_totals (a)');
  expect(() => {
    upgrade(db);
  }).toThrow('already exists');
  db.close();
  const reader = openStoreReader(path, identity);
  expect([...(reader?.records() ?? [])]).toEqual(expected());
  reader?.close();
});
