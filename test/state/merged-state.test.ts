import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';
import { apply, type JobEvent, type JobRecord } from '../../src/job/history.ts';
import type { History } from '../../src/job/reconcile.ts';
import { createMergedState } from '../../src/state/merged-state.ts';
import { openSourceState } from '../../src/state/source-state.ts';
import { openStore, openStoreReader } from '../../src/state/sqlite-store.ts';
import { holdTargetState } from '../../src/state/target-state.ts';
import { startRun } from './child-run.ts';
import { handful, job as someJob, possible } from './histories.ts';
import { identity, policy } from './identity.ts';
import { makeFolder, scratchFolder } from './scratch.ts';
import { goodLife, live, songJob, stagesBySeed, taskOf } from './songs.ts';

/** A state of these seeds, each with so many events; closed. */
async function stateOf(path: string, songs: Readonly<Record<number, number>>): Promise<void> {
  const { store } = openStore(path, { identity, policy });
  for (const [seed, events] of Object.entries(songs)) await live(store, Number(seed), events);
  store.close();
}

/** As a run that was killed leaves it: the last steps are in the log. */
async function killedState(folder: string): Promise<string> {
  const path = join(folder, 'state.sqlite');
  const run = startRun(path);
  await run.ask('open');
  await run.ask('live 1 3');
  await run.kill();
  return path;
}

function snapshot(folder: string): unknown {
  return readdirSync(folder)
    .sort()
    .map((name) => [name, statSync(join(folder, name)).mtimeMs, readFileSync(join(folder, name))]);
}

describe('a state that is only read', () => {
  it('tells of every job, its events and the facts', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    await stateOf(path, { 1: 4, 2: 2 });
    const { store } = openStore(path, { identity, policy });
    await store.setFact('tool', '1.0');
    store.close();

    const source = openSourceState(path, join(folder, 'scratch'));
    expect(source.identity).toEqual(identity);
    expect([...source.facts]).toEqual([['tool', '1.0']]);
    expect(source.counts.jobs).toMatchObject({ running: 1, saved: 1 });
    const places = [...source.jobs()];
    expect(places).toEqual(
      [1, 2].map((seed) => ({
        id: songJob(seed).id,
        number: seed,
        since: goodLife(seed)[0].at,
      })),
    );
    expect(source.read(1).events).toEqual(goodLife(1));
    expect(source.read(2).record.attempts).toMatchObject([{ stage: 'running' }]);
    source.close();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
  });

  it('is left as it is after a run that was killed, and its last steps are told', async () => {
    const folder = scratchFolder();
    const path = await killedState(folder);
    const before = snapshot(folder);
    const source = openSourceState(path, join(makeFolder(), 'scratch'));
    expect(source.counts.jobs.succeeded).toBe(1);
    expect(source.read(1).events).toHaveLength(3);
    source.close();
    expect(snapshot(folder)).toEqual(before);
  });

  it('may lie where nothing can be written', async () => {
    const folder = scratchFolder();
    const path = await killedState(folder);
    chmodSync(folder, 0o555);
    try {
      const source = openSourceState(path, join(makeFolder(), 'scratch'));
      expect(source.counts.jobs.succeeded).toBe(1);
      source.close();
    } finally {
      chmodSync(folder, 0o755);
    }
  });

  it('is refused while a run has it, by name, and a run finds it in use while it is read', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    const run = startRun(path);
    await run.ask('open');
    await run.ask('live 1 1');
    const before = readdirSync(folder);
    expect(() => openSourceState(path, join(folder, 'scratch'))).toThrow(
      `is in use: run by pid ${run.pid}`,
    );
    expect(readdirSync(folder)).toEqual(before);
    await run.ask('close');

    const source = openSourceState(path, join(folder, 'scratch'));
    expect(source.read(1).events).toHaveLength(1);
    const db = new DatabaseSync(path, { timeout: 0 });
    expect(() => {
      db.exec('PRAGMA journal_mode = WAL');
    }).toThrow('locked');
    db.close();
    source.close();
  });

  it('is refused in its own name where its copy shows that steps are missing', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'state.sqlite');
    await stateOf(path, { 1: 4 });
    const db = new DatabaseSync(path);
    db.exec(`INSERT INTO meta VALUES ('holder', '["ci-1",1,1]'); PRAGMA journal_mode = WAL`);
    db.close();
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    const scratch = join(makeFolder(), 'scratch');
    expect(() => openSourceState(path, scratch)).toThrow(`${path} is damaged`);
    expect(() => openSourceState(path, scratch)).not.toThrow(scratch);
  });
});

function history(job: History['record']['job'], events: readonly JobEvent[]): History {
  const fresh: JobRecord = { job, attempts: [] };
  return { events, record: events.reduce(apply, fresh) };
}

const anyHistory = fc
  .tuple(someJob, fc.array(fc.tuple(fc.nat(), handful), { minLength: 1, maxLength: 8 }))
  .map(([job, steps]) =>
    steps.reduce(
      (grown, [pick, events]) => {
        const next = possible(grown.record);
        return history(job, [...grown.events, events[next[pick % next.length] ?? 'intended']]);
      },
      history(job, []),
    ),
  );

describe('a state that is made of others', () => {
  it('is a state like any other: a run opens it, and finds what was put in', () => {
    const histories = fc.uniqueArray(anyHistory, {
      selector: ({ record }) => record.job.id,
      maxLength: 6,
    });
    fc.assert(
      fc.property(histories, (some) => {
        const folder = makeFolder();
        const path = join(folder, 'state.sqlite');
        const merged = createMergedState(path, identity);
        for (const one of some) merged.add(one);
        merged.setFact('tool', '1.0');
        const counts = merged.finish();
        merged.close();
        const { store, tookOver } = openStore(path, { identity, policy });
        expect(tookOver).toBeUndefined();
        expect([...store.records()]).toEqual(some.map(({ record }) => record));
        expect(store.counts()).toEqual(counts);
        expect(store.fact('tool')).toBe('1.0');
        store.close();
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  it('goes on with what happens to a job since', async () => {
    const path = join(scratchFolder(), 'state.sqlite');
    const merged = createMergedState(path, identity);
    const [intended, accepted, succeeded, saved] = goodLife(1);
    const number = merged.add(history(songJob(1), [intended, accepted]));
    merged.add(history(songJob(2), [goodLife(2)[0]]));
    for (const event of [succeeded, saved]) merged.append(number, event);
    expect(merged.read(number).attempts).toMatchObject([{ stage: 'saved' }]);
    const counts = merged.finish();
    const { store } = openStore(path, { identity, policy });
    expect(store.counts()).toEqual(counts);
    expect(counts).toMatchObject({ spent: succeeded.cost, jobs: { saved: 1, intended: 1 } });
    await live(store, 3);
    store.close();
  });

  it('knows the tasks that two jobs claim', () => {
    const merged = createMergedState(join(scratchFolder(), 'state.sqlite'), identity);
    for (const seed of [1, 2, 3]) merged.add(history(songJob(seed), goodLife(seed)));
    expect(merged.sharedTasks()).toEqual([]);
    merged.add(history(songJob(4), goodLife(2)));
    expect(merged.sharedTasks()).toEqual([
      { taskId: taskOf(2), jobs: [songJob(2).id, songJob(4).id] },
    ]);
    merged.close();
  });
});

describe('the state that others are merged into', () => {
  function draft(folder: string, seed: number): string {
    const path = join(folder, 'draft.sqlite');
    const merged = createMergedState(path, identity);
    merged.add(history(songJob(seed), goodLife(seed)));
    merged.finish();
    return path;
  }

  it('gives way to the merged one, with what a killed run left beside it', async () => {
    const folder = scratchFolder();
    const path = await killedState(folder);
    const target = holdTargetState(path);
    const old = target.open();
    expect(old?.counts.jobs.succeeded).toBe(1);
    expect(await startRun(path).ask('open')).toMatchObject({ error: 'running' });
    old?.close();
    target.replaceBy(draft(folder, 2));
    target.release();
    expect(readdirSync(folder)).toEqual(['state.sqlite']);
    const reader = openStoreReader(path);
    expect(reader && stagesBySeed(reader)).toEqual({ 2: 'saved' });
    reader?.close();
  });

  it('is refused while its log cannot be folded in, for it would be played back into another', async () => {
    const folder = scratchFolder();
    const path = await killedState(folder);
    const reader = openStoreReader(path);
    const list = reader?.records()[Symbol.iterator]();
    list?.next();
    expect(() => holdTargetState(path)).toThrow('is being read by another program');
    reader?.close();
    holdTargetState(path).release();
  });

  it('is made where there is none, and is no link', () => {
    const folder = scratchFolder();
    const target = holdTargetState(join(folder, 'out/state.sqlite'));
    expect(target.open()).toBeUndefined();
    target.release();
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });
});
