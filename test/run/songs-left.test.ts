/** Songs of earlier runs that nobody has listened to yet, and others that could not be had. */
import { expect, test } from 'vitest';
import type { NamePart } from '../../src/manifest/manifest.ts';
import { seeds } from '../plan/manifests.ts';
import { accepted, openAccount, runOn, type Account, type AccountTask } from './account.ts';
import { emptyDisk, type Disk } from './memory-store.ts';

const output = { dir: '/out', name: [{ axis: 'seed' }] as readonly NamePart[] };
const of = (...wanted: readonly number[]) => ({ axes: [seeds(...wanted)], output });
const numbers = Array.from({ length: 200 }, (_, nth) => nth);

/** Jobs that are done but for listening. */
async function deafBatch(...wanted: readonly number[]): Promise<{
  readonly account: Account;
  readonly disk: Disk;
  readonly start: number;
}> {
  const account = openAccount();
  const disk = emptyDisk();
  const { end } = await runOn(account, disk, of(...wanted), { tasks: 200 });
  return { account, disk, start: end };
}

test('are measured beside buying, which does not wait for it', async () => {
  const { account, disk, start } = await deafBatch(...numbers);
  const settings = { start, measuring: 3_600_000 };
  const { outcome, heard } = await runOn(account, disk, of(...numbers, 999), settings);
  expect(outcome).toMatchObject({ tally: { done: 201 } });
  expect(heard).toHaveLength(201);
  expect((account.tasks.at(-1)?.createdAt ?? Infinity) - start).toBeLessThan(1000);
});

test('are measured where nothing more is bought', async () => {
  const { account, disk, start } = await deafBatch(1, 2, 3, 4);
  // What is not selected is not done with either: the plan is walked through, and begins with new jobs.
  const skip = [{ axis: 'seed' as const, labels: ['4'] }];
  const settings = { start, measuring: 1000, budget: 20n, selection: { only: [], skip } };
  const { outcome, heard } = await runOn(account, disk, of(8, 9, 1, 2, 3, 4), settings);
  expect(outcome).toMatchObject({ stopped: { kind: 'budget' }, tally: { done: 3, waiting: 2 } });
  expect(heard.toSorted()).toEqual(['1', '2', '3']);
});

test('are counted once where they have disappeared, too', async () => {
  const { account, disk, start } = await deafBatch(1, 2);
  const settings = { start, measuring: 1000, lost: ['1'] };
  const { outcome, heard, fetched } = await runOn(account, disk, of(1, 2), settings);
  expect(outcome).toMatchObject({ tally: { done: 2, fetching: 0 } });
  expect([heard.toSorted(), fetched]).toEqual([['1', '2'], ['1']]);
});

test.each(['leave', 'drain'])('are left to a later run by one that is to %s', async (choice) => {
  const { account, disk, start } = await deafBatch(...numbers);
  const interrupt = AbortSignal.abort(choice);
  const { heard } = await runOn(account, disk, of(...numbers), { start, measuring: 1, interrupt });
  expect(heard).toEqual([]);
});

test('a task that nobody knew is not asked for again by a run that is interrupted', async () => {
  const account = openAccount({ run: (make) => accepted({ ...make(), id: 'nobody' }) });
  const disk = emptyDisk();
  const first = await runOn(account, disk, of(1));
  expect(first.outcome).toMatchObject({ tally: { failed: 1 } });
  const events = disk.events.length;
  const interrupt = AbortSignal.abort('leave');
  const second = await runOn(account, disk, of(1), { start: first.end, interrupt });
  expect(second.outcome).toMatchObject({ tally: { failed: 1 } });
  expect(disk.events).toHaveLength(events);
});

test('a task that nobody knew is asked for again where nothing may be bought', async () => {
  const disk = emptyDisk();
  const account = openAccount({
    run: () => ({ kind: 'refused', code: 97, message: 'no money' }),
  });
  await runOn(account, disk, of(1));
  account.run = (make) => accepted({ ...make(), id: 'nobody' });
  const { end: start } = await runOn(account, disk, of(2));
  account.tasks.push({ id: 'nobody', model: 'any', parameters: {}, createdAt: start - 1e6 });
  const settings = { start, buysNothing: 'not what was approved' };
  const { outcome, fetched } = await runOn(account, disk, of(1, 2), settings);
  expect(outcome).toMatchObject({ tally: { waiting: 1, done: 1 }, submissions: 0 });
  expect(fetched).toEqual(['2']);
});

test('what lost tasks turn out to have cost is part of the budget', async () => {
  const disk = emptyDisk();
  const unknown: AccountTask[] = [];
  const account = openAccount({
    run: (make) => {
      const task = { ...make(), id: `lost-${unknown.length}` };
      account.tasks.pop();
      unknown.push(task);
      return accepted(task);
    },
  });
  const { end: start } = await runOn(account, disk, of(...numbers), { tasks: 200 });
  account.tasks.push(...unknown);
  account.run = (make) => accepted(make());
  const settings = { start, tasks: 500, budget: 1005n, price: 5n };
  const { outcome } = await runOn(account, disk, of(...numbers, 997, 998, 999), settings);
  expect(outcome).toMatchObject({ tally: { done: 201, spent: 1005n }, submissions: 1 });
});
