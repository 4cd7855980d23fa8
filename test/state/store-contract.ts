/**
 * What every store must do, whatever it keeps its jobs in. A store's own test file calls
 * `storeContract` and adds what is particular to it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';
import { apply, costOf, type AttemptStage, type JobRecord } from '../../src/job/history.ts';
import type { JobId } from '../../src/job/job.ts';
import { outlookOf, outlooks } from '../../src/job/outlook.ts';
import type { JobFile, Store, StoreCounts } from '../../src/job/store.ts';
import { handful, job as someJob, possible } from './histories.ts';
import { policy } from './identity.ts';
import { goodLife, live, songJob, taskOf } from './songs.ts';

/** A place for the state of one batch. */
export interface StoreHome {
  /** Opens the state, which is new the first time, to be judged by `policy`. */
  readonly open: () => Store | Promise<Store>;
  /** Takes the place away. Everything opened has been closed. */
  readonly remove: () => void | Promise<void>;
}

export function storeContract(name: string, makeHome: () => StoreHome | Promise<StoreHome>): void {
  describe(name, () => {
    let home: StoreHome;
    let store: Store;
    const reopen = async (): Promise<void> => {
      store.close();
      store = await home.open();
    };

    beforeEach(async () => {
      home = await makeHome();
      store = await home.open();
    });
    afterEach(async () => {
      store.close();
      await home.remove();
    });

    it('knows nothing at first', () => {
      expect(store.get(songJob(1).id)).toBeUndefined();
      expect(store.has(songJob(1).id)).toBe(false);
      expect([...store.records()]).toEqual([]);
      expect([...store.savedFiles()]).toEqual([]);
      expect(store.counts()).toEqual(countsOf([]));
      expect(store.claims(taskOf(1))).toBe(false);
      expect(store.fact('tool')).toBeUndefined();
    });

    it('answers an append with the record after it, and keeps that', async () => {
      const job = songJob(1);
      let record: JobRecord = { job, attempts: [] };
      for (const event of goodLife(1)) {
        record = apply(record, event);
        expect(await store.append(job, event)).toEqual(record);
        expect(store.get(job.id)).toEqual(record);
      }
      await reopen();
      expect(store.get(job.id)).toEqual(record);
    });

    it('shows nothing that is not durable yet', async () => {
      const job = songJob(1);
      const appended = store.append(job, goodLife(1)[0]);
      const set = store.setFact('tool', '1.0');
      expect(store.get(job.id)).toBeUndefined();
      expect(store.counts()).toEqual(countsOf([]));
      expect(store.fact('tool')).toBeUndefined();
      await Promise.all([appended, set]);
      expect(store.get(job.id)?.attempts).toHaveLength(1);
      expect(store.fact('tool')).toBe('1.0');
    });

    it('takes several events of one job in one tick in their order', async () => {
      const job = songJob(1);
      const records = await Promise.all(goodLife(1).map((event) => store.append(job, event)));
      expect(records.map((record) => record.attempts[0]?.stage)).toEqual([
        'intended',
        'running',
        'succeeded',
        'saved',
      ]);
      expect(store.get(job.id)).toEqual(records.at(-1));
    });

    it('rejects an event that cannot follow, and only that', async () => {
      const [intended, accepted, succeeded] = goodLife(1);
      const outcomes = await Promise.allSettled([
        store.append(songJob(1), intended),
        store.append(songJob(1), succeeded),
        store.append(songJob(1), accepted),
        store.append(songJob(2), accepted),
        store.append({ ...songJob(3), id: 'not an id' }, intended),
      ]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'rejected',
      ]);
      expect(store.get(songJob(1).id)?.attempts[0]?.stage).toBe('running');
      expect(store.get(songJob(2).id)).toBeUndefined();
      expect(store.counts()).toEqual(countsOf([...store.records()]));
      await reopen();
      expect(store.get(songJob(1).id)?.attempts[0]?.stage).toBe('running');
    });

    it('lists jobs in the order in which they came, also by stage', async () => {
      for (const [seed, events] of [1, 4, 2, 3, 2, 1].entries()) await live(store, seed, events);
      const seeds = (stages?: readonly AttemptStage[]): unknown =>
        [...store.records(stages)].map(({ job }) => Number(job.coordinates.seed));
      expect(seeds()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(seeds(['running'])).toEqual([2, 4]);
      expect(seeds(['saved', 'intended'])).toEqual([0, 1, 5]);
      expect(seeds(['intended', 'running', 'succeeded'])).toEqual([0, 2, 3, 4, 5]);
      expect(seeds(['failed'])).toEqual([]);
      expect(seeds([])).toEqual([]);
    });

    it('tells which jobs something has happened to since a revision, and who came before', async () => {
      const start = store.revision();
      for (const seed of [0, 1, 2, 3, 4]) await live(store, seed, 2);
      const before = store.revision();
      await live(store, 5, 1);
      await store.append(songJob(3), goodLife(3)[2]);
      await store.append(songJob(1), goodLife(1)[2]);
      await store.append(songJob(1), goodLife(1)[3]);
      await reopen();
      const places = (since: number) => [...store.changes(since)].map(({ place }) => place);
      expect(places(start)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(places(before)).toEqual([2, 4, 6]);
      expect(places(store.revision())).toEqual([]);
      const changed = [...store.changes(before)].map(({ record }) => record);
      expect(changed).toEqual([1, 3, 5].map((seed) => store.get(songJob(seed).id)));

      const all = [...store.records()];
      expect([...store.recordsBefore(5, 2)]).toEqual(all.slice(2, 4));
      expect([...store.recordsBefore(2, 20)]).toEqual(all.slice(0, 1));
      expect([...store.recordsBefore(1, 20)]).toEqual([]);
    });

    it('lists the songs of any number of jobs, those that come meanwhile included', async () => {
      const seeds = Array.from({ length: 330 }, (_, seed) => seed);
      await Promise.all(seeds.map((seed) => live(store, seed, seed % 10 === 3 ? 3 : 4)));
      const songs = store.savedFiles()[Symbol.iterator]();
      const listed = [songs.next().value];
      await store.append(songJob(323), goodLife(323)[3]);
      await live(store, 330);
      listed.push(...{ [Symbol.iterator]: () => songs });
      expect(listed).toHaveLength(330 - 33 + 2);
      expect(listed).toEqual(songsOf([...store.records()]));
    });

    it('goes on listing what was there when a list began', async () => {
      for (const seed of [1, 2, 3]) await live(store, seed, 1);
      const list = store.records()[Symbol.iterator]();
      expect(list.next().value).toMatchObject({ attempts: [{ stage: 'intended' }] });
      await store.append(songJob(2), { type: 'withdrawn', at: 1, why: 'not sent' });
      await live(store, 4);
      const rest = [...{ [Symbol.iterator]: () => list }];
      expect(rest.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
      expect([...store.records()].map(({ attempts }) => attempts.length)).toEqual([1, 0, 1, 1]);
    });

    it('can be closed with a list half read', async () => {
      for (const seed of [1, 2, 3]) await live(store, seed, 1);
      store.records()[Symbol.iterator]().next();
      await reopen();
      expect(store.counts().jobs.intended).toBe(3);
    });

    it('counts a job whose intent was withdrawn as waiting', async () => {
      await live(store, 1, 1);
      await store.append(songJob(1), { type: 'withdrawn', at: 1, why: 'not sent' });
      expect(store.get(songJob(1).id)).toEqual({ job: songJob(1), attempts: [] });
      expect(store.counts().jobs).toEqual({ ...countsOf([]).jobs, waiting: 1 });
    });

    it('adds up costs beyond any machine number, exactly', async () => {
      const huge = 10n ** 24n + 1n;
      for (const seed of [1, 2]) {
        await live(store, seed, 2);
        await store.append(songJob(seed), { type: 'succeeded', at: 1, cost: huge, outputs: [] });
      }
      await reopen();
      expect(store.counts().spent).toBe(2n * huge);
      expect(store.get(songJob(1).id)?.attempts[0]).toMatchObject({ cost: huge });
    });

    it('claims the tasks of all attempts, also of those that failed', async () => {
      const job = songJob(1);
      await live(store, 1, 2);
      await store.append(job, {
        type: 'failed',
        at: 1,
        failure: { reason: 'timeout' },
        cost: 0n,
      });
      await store.append(job, { type: 'intended', at: 2 });
      await store.append(job, {
        type: 'accepted',
        at: 3,
        taskId: 'second',
        token: 't',
        adopted: true,
      });
      await reopen();
      expect([taskOf(1), 'second', 'third', '', '2'].map(store.claims)).toEqual([
        true,
        true,
        false,
        false,
        false,
      ]);
    });

    it('keeps facts, the last word for each name', async () => {
      await Promise.all([
        store.setFact('tool', '1.0'),
        store.setFact('holder', 'a name like any other'),
        store.setFact('tool', '1.1'),
      ]);
      await reopen();
      expect(store.fact('tool')).toBe('1.1');
      expect(store.fact('holder')).toBe('a name like any other');
      expect(store.fact('name')).toBeUndefined();
    });

    it('follows a job whose labels and place were renamed', async () => {
      await live(store, 1, 2);
      const renamed = {
        ...songJob(1),
        coordinates: { lyrics: 'rivers', seed: '1' },
        output: 'rivers/1',
      };
      const record = await store.append(renamed, goodLife(1)[2]);
      expect(record.job).toEqual(renamed);
      await reopen();
      expect(store.get(renamed.id)).toEqual(record);
      expect([...store.records()]).toEqual([record]);
    });

    it('knows beforehand which jobs are done, and which are to be tried again', async () => {
      const failures = [{ reason: 'timeout' }, { reason: 'task-unknown', message: '' }] as const;
      for (const [seed, failure] of [...failures, { reason: 'stopped' } as const].entries()) {
        await live(store, seed, 2);
        await store.append(songJob(seed), { type: 'failed', at: 5e12, failure, cost: 0n });
      }
      for (const seed of [3, 4]) await live(store, seed);
      await store.append(songJob(4), { type: 'measured', at: 5e12, measured: [] });
      for (const moment of ['now', 'later']) {
        if (moment === 'later') await reopen();
        const counts = store.judged(policy)?.counts();
        expect(counts).toMatchObject({ retriable: 1, lost: 1, failed: 1, unmeasured: 1, done: 1 });
        agree(store, new Map([...store.records()].map((record) => [record.job.id, record])));
      }
    });

    it('keeps what was appended just before it was closed', async () => {
      const appended = store.append(songJob(1), goodLife(1)[0]);
      await reopen();
      expect(store.get(songJob(1).id)).toEqual(await appended);
    });

    it('takes nothing after it was closed, and may be closed again', async () => {
      store.close();
      store.close();
      await expect(store.append(songJob(1), goodLife(1)[0])).rejects.toThrow('closed');
      await expect(store.setFact('tool', '1.0')).rejects.toThrow('closed');
      store = await home.open();
      expect(store.counts()).toEqual(countsOf([]));
    });

    it('has at any time what the events add up to, however it was opened and closed', async () => {
      const step = fc.record({
        job: fc.nat(),
        type: fc.nat(),
        events: handful,
        then: fc.constantFrom('queue', 'queue', 'wait', 'reopen'),
      });
      const jobs = fc.uniqueArray(someJob, {
        minLength: 1,
        maxLength: 4,
        selector: ({ id }) => id,
      });
      await fc.assert(
        fc.asyncProperty(jobs, fc.array(step, { maxLength: 40 }), async (some, steps) => {
          const place = await makeHome();
          let tested = await place.open();
          const expected = new Map<JobId, JobRecord>();
          let queued: Promise<unknown>[] = [];
          try {
            for (const { job: pick, type, events, then } of steps) {
              const job = some[pick % some.length];
              if (!job) continue;
              const before = expected.get(job.id) ?? { job, attempts: [] };
              const next = possible(before);
              const event = events[next[type % next.length] ?? 'intended'];
              const after = apply(before, event);
              expected.set(job.id, after);
              queued.push(
                tested.append(job, event).then((record) => {
                  expect(record).toEqual(after);
                }),
              );
              if (then === 'queue') continue;
              if (then === 'reopen') {
                tested.close();
                tested = await place.open();
              }
              await Promise.all(queued);
              queued = [];
              agree(tested, expected);
            }
            await Promise.all(queued);
            agree(tested, expected);
          } finally {
            tested.close();
            await place.remove();
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

function agree(store: Store, expected: ReadonlyMap<JobId, JobRecord>): void {
  const records = [...expected.values()];
  expect([...store.records()]).toEqual(records);
  expect([...store.savedFiles()]).toEqual(songsOf(records));
  expect(store.counts()).toEqual(countsOf(records));
  const judged = store.judged(policy);
  for (const outlook of outlooks) {
    const those = records.filter((record) => outlookOf(record, policy) === outlook);
    expect(judged?.counts()[outlook]).toBe(those.length);
    expect([...(judged?.records([outlook]) ?? [])]).toEqual(those);
  }
  for (const record of records) {
    expect(store.get(record.job.id)).toEqual(record);
    expect(store.has(record.job.id)).toBe(true);
    for (const attempt of record.attempts) {
      if ('taskId' in attempt) expect(store.claims(attempt.taskId)).toBe(true);
    }
  }
}

function songsOf(records: readonly JobRecord[]): readonly JobFile[] {
  return records.flatMap(({ job, attempts }) => {
    const last = attempts.at(-1);
    return last?.stage === 'saved' ? last.files.map((file) => ({ ...file, job: job.id })) : [];
  });
}

/** A recount from scratch. */
function countsOf(records: readonly JobRecord[]): StoreCounts {
  const jobs = { waiting: 0, intended: 0, running: 0, succeeded: 0, saved: 0, failed: 0 };
  let spent = 0n;
  for (const record of records) {
    jobs[record.attempts.at(-1)?.stage ?? 'waiting'] += 1;
    spent += costOf(record);
  }
  return { jobs, spent };
}
