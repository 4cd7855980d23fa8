/** Tasks in flight, and songs that come home beside them. */
import { setImmediate as breath } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createSlots, type Land } from '../../src/run/slots.ts';
import type { NamePart } from '../../src/manifest/manifest.ts';
import { seeds } from '../plan/manifests.ts';
import { openAccount, runOn } from './account.ts';
import { emptyDisk } from './memory-store.ts';

/** Jobs that end when they are told to. */
function startJobs(tasks: number, jobs: number) {
  const { fly: inSlot } = createSlots(tasks);
  const flying: number[] = [];
  const landed: number[] = [];
  const over: number[] = [];
  const ends = Array.from({ length: jobs }, () => Promise.withResolvers<undefined>());
  const doneFlying = Array.from({ length: jobs }, () => Promise.withResolvers<undefined>());
  const fly = (nth: number) => async (land: Land) => {
    flying.push(nth);
    await doneFlying[nth]?.promise;
    await land();
    landed.push(nth);
    await ends[nth]?.promise;
    await land();
    over.push(nth);
  };
  const work = ends.map((_, nth) => inSlot(fly(nth)));
  return {
    flying,
    landed,
    over,
    endFlight: (nth: number) => doneFlying[nth]?.resolve(undefined),
    end: (nth: number) => ends[nth]?.resolve(undefined),
    work,
  };
}

test('a job whose task has ended leaves its slot to the next while its song comes home', async () => {
  const jobs = startJobs(2, 4);
  await breath();
  expect(jobs.flying).toEqual([0, 1]);
  jobs.endFlight(1);
  await breath();
  expect(jobs).toMatchObject({ flying: [0, 1, 2], landed: [1], over: [] });
});

test('while too many songs come home the slots stay taken', async () => {
  const jobs = startJobs(1, 70);
  for (let nth = 0; nth < 70; nth++) jobs.endFlight(nth);
  await breath();
  expect([jobs.landed.length, jobs.flying.length]).toEqual([64, 65]);
  jobs.end(7);
  await breath();
  expect([jobs.over, jobs.landed.length, jobs.flying.length]).toEqual([[7], 65, 66]);
});

test('a job that breaks down says so, and leaves its place to the next', async () => {
  const { fly: inSlot } = createSlots(1);
  const flying = inSlot(() => Promise.reject(new Error('in flight')));
  const landing = inSlot(async (land) => {
    await land();
    throw new Error('landing');
  });
  const next = inSlot(() => Promise.resolve());
  const ends = await Promise.allSettled([flying, landing, next]);
  expect(ends).toMatchObject([
    { reason: { message: 'in flight' } },
    { reason: { message: 'landing' } },
    { status: 'fulfilled' },
  ]);
});

test('a slow line leaves no place on the account empty', async () => {
  const account = openAccount();
  const { outcome, end } = await runOn(
    account,
    emptyDisk(),
    { axes: [seeds(1, 2, 3)], output: { dir: '/out', name: [{ axis: 'seed' }] } },
    { tasks: 1, fetching: 60_000 },
  );
  expect(outcome).toMatchObject({ tally: { done: 3 } });
  const times = account.tasks.slice(1).map(({ createdAt }) => createdAt);
  const [first = 0, , third = 0] = times;
  // Two tasks of three minutes, and a few seconds to find that they have ended; the songs would take two more.
  expect(third - first).toBeLessThan(2 * 195_000);
  expect(end - third).toBeGreaterThan(240_000 - 1000);
});

test('songs that have disappeared do not all come home at once', async () => {
  const account = openAccount();
  const disk = emptyDisk();
  const numbers = Array.from({ length: 100 }, (_, nth) => nth);
  const batch = {
    axes: [seeds(...numbers)],
    output: { dir: '/out', name: [{ axis: 'seed' }] as readonly NamePart[] },
  };
  const { end: start } = await runOn(account, disk, batch, { tasks: 100 });
  const { end, fetched } = await runOn(account, disk, batch, {
    start,
    lost: numbers.map(String),
    fetching: 60_000,
  });
  expect(fetched).toHaveLength(100);
  // 64, and then the rest.
  expect(end - start).toBe(120_000);
});
