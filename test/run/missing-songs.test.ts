/** Songs of earlier runs that have disappeared from the disk. */
import { expect, test } from 'vitest';
import { stockFact } from '../../src/run/stock-note.ts';
import { seeds } from '../plan/manifests.ts';
import { accepted, noon, openAccount, runOn, song, type Account } from './account.ts';
import type { Disk } from './memory-store.ts';
import { emptyDisk } from './memory-store.ts';

const output = { dir: '/out', name: [{ axis: 'seed' }] as const };
const of = (...wanted: readonly number[]) => ({ axes: [seeds(...wanted)], output });

/** Four jobs that are done, of two songs each. */
async function doneBatch(): Promise<{ readonly account: Account; readonly disk: Disk }> {
  const account = openAccount({
    run: (make) => accepted(make()),
    stateOf: (task, age) => {
      const end = song(task);
      if (age < 90_000 || end.kind !== 'succeeded') return { kind: 'running' };
      return { ...end, outputs: end.outputs.flatMap((one) => [one, { ...one, name: '1.wav' }]) };
    },
  });
  const disk = emptyDisk();
  await runOn(account, disk, of(1, 2, 3, 4));
  return { account, disk };
}

const lost = ['2', '2~part2', '3'];

test('are fetched once more, and nothing is bought for them', async () => {
  const { account, disk } = await doneBatch();
  const bought = account.tasks.length;
  expect(disk.facts.get(stockFact)).toContain('"outside":{"done":0');
  const run = await runOn(account, disk, of(1, 2, 3, 4), { start: noon + 600_000, lost });
  expect(run.fetched.toSorted()).toEqual(['2', '2~part2', '3', '3~part2']);
  expect(run.outcome).toMatchObject({ tally: { done: 4 } });
  expect(account.tasks).toHaveLength(bought);
});

test('are left where their jobs are not selected, or not in the plan any more', async () => {
  const { account, disk } = await doneBatch();
  const skip = [{ axis: 'seed' as const, labels: ['2'] }];
  const settings = { selection: { only: [], skip }, start: noon + 600_000, lost: [...lost, '4'] };
  const run = await runOn(account, disk, of(1, 2, 3), settings);
  expect(disk.facts.get(stockFact)).toBe('');
  expect(run.fetched.toSorted()).toEqual(['3', '3~part2']);
});

test('are left to a later run by one that is interrupted', async () => {
  const { account, disk } = await doneBatch();
  const settings = { start: noon + 600_000, interrupt: AbortSignal.abort('leave'), lost };
  const run = await runOn(account, disk, of(1, 2, 3, 4), settings);
  expect(run.fetched).toEqual([]);
});
