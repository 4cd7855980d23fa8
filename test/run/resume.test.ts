/** What a run does with what it finds, and with a server that does not behave. */
import { describe, expect, test } from 'vitest';
import type { NamePart } from '../../src/manifest/manifest.ts';
import type { RunOutcome } from '../../src/run/events.ts';
import { axisOf, seeds, valueOf } from '../plan/manifests.ts';
import type { Account } from './account.ts';
import { accepted, lost, noon, openAccount, runOn, song } from './account.ts';
import { emptyDisk, recordsOn } from './memory-store.ts';

const bySeed = (...numbers: number[]) => ({
  axes: [seeds(...numbers)],
  output: { dir: '/out', name: [{ axis: 'seed' }] as readonly NamePart[] },
});

/** Seeds of the tasks that were made, in their order. */
const bought = (account: Account) =>
  account.tasks.slice(1).map(({ parameters }) => parameters['seed']);

const finished = (outcome: RunOutcome | 'stuck'): RunOutcome => {
  if (outcome === 'stuck') throw new Error('the run is stuck');
  return outcome;
};

describe('what the manifest does not want any more', () => {
  test('is brought home where it was bought, and never bought anew', async () => {
    const disk = emptyDisk();
    // Three Runs: one arrived, the answers of all are lost; then the process dies (nobody settles).
    const account = openAccount();
    account.run = (make, { seed }) => {
      if (seed === '2') make();
      return lost;
    };
    await runOn(account, disk, bySeed(1, 2, 3), { deadline: 110 });
    expect(bought(account)).toEqual(['2']);

    account.run = (make) => accepted(make());
    const { outcome } = await runOn(account, disk, bySeed(1), { start: noon + 60_000 });
    expect(finished(outcome).tally).toMatchObject({ jobs: 2, done: 2, waiting: 0 });
    expect(bought(account)).toEqual(['2', '1']);
  });

  test('is settled and watched under the model that it was bought from', async () => {
    const disk = emptyDisk();
    const account = openAccount();
    account.run = (make) => {
      make();
      return lost;
    };
    const earlier = { ...bySeed(1), model: 'wiro/earlier' };
    await runOn(account, disk, earlier, { deadline: 110 });
    account.run = (make) => accepted(make());
    const now = { ...bySeed(1), model: 'wiro/now' };
    const { outcome } = await runOn(account, disk, now, { start: noon + 60_000 });
    expect(finished(outcome).tally).toMatchObject({ jobs: 2, done: 2 });
    // One of each model: the song of the earlier one was adopted, not bought again.
    expect(account.tasks.slice(1).map(({ model }) => model)).toEqual(['wiro/earlier', 'wiro/now']);
  });
});

test('more tasks in flight than may be now do not block each other', async () => {
  const disk = emptyDisk();
  const account = openAccount();
  await runOn(account, disk, bySeed(1, 2, 3, 4, 5), { tasks: 5, deadline: 1000 });
  let failures = 0;
  account.stateOf = (task, age) => {
    if (age < 180_000) return { kind: 'running' };
    if (Number(task.id) > 5) return song(task);
    failures++;
    return { kind: 'failed', reason: 'exit-code', exit: '1', message: '' };
  };
  const later = { start: noon + 60_000, tasks: 1 };
  const { outcome } = await runOn(account, disk, bySeed(1, 2, 3, 4, 5), later);
  expect(finished(outcome).tally).toMatchObject({ done: 5, failed: 0 });
  expect(failures).toBeGreaterThan(0);
});

test('--resubmit-unknown submits once more and no oftener, and keeps the money of what is unknown', async () => {
  const disk = emptyDisk();
  const account = openAccount({ echo: () => ({}) });
  account.run = (make) => {
    make();
    return lost;
  };
  await runOn(account, disk, bySeed(1));
  expect(bought(account)).toHaveLength(1);
  const again = { start: noon + 600_000, resubmitUnknown: true };
  const { outcome } = await runOn(account, disk, bySeed(1), again);
  expect(finished(outcome).stopped?.kind).toBe('in-doubt');
  expect(bought(account)).toHaveLength(2);
});

describe('jobs whose parameters are a part of another job', () => {
  const axes = [
    axisOf('reference', [
      valueOf('none', {}),
      valueOf('neon', { inputAudioUrl: 'https://example.com/neon.mp3' }),
    ]),
  ];
  const name: readonly NamePart[] = [{ axis: 'reference' }];
  const manifest = { axes, output: { dir: '/out', name } };

  test.each([
    ['both Runs arrived', true],
    ['only the larger one arrived', false],
  ])('each gets its own task when answers are lost: %s', async (_, bothArrive) => {
    const disk = emptyDisk();
    const account = openAccount();
    const made: string[] = [];
    account.run = (make, parameters) => {
      const isLarge = parameters['inputAudioUrl'] !== undefined;
      const key = isLarge ? 'neon' : 'none';
      if (made.includes(key)) throw new Error(`${key} was bought twice`);
      const isFirst = account.tasks.length === 1;
      if (isLarge || bothArrive || !isFirst) {
        made.push(key);
        const task = make();
        return made.length === 2 && !bothArrive ? accepted(task) : lost;
      }
      return lost;
    };
    const { outcome } = await runOn(account, disk, manifest);
    expect(finished(outcome).tally).toMatchObject({ done: 2 });
    for (const { job, attempts } of recordsOn(disk).values()) {
      const last = attempts.at(-1);
      const task = account.tasks.find(({ id }) => last && 'taskId' in last && id === last.taskId);
      expect(task?.parameters['inputAudioUrl']).toBe(job.parameters.inputAudioUrl);
    }
  });
});

test('outputs that come some seconds after the end are waited for, not bought again', async () => {
  const account = openAccount({
    stateOf: (task, age) => {
      if (age < 180_000) return { kind: 'running' };
      return age < 220_000
        ? { kind: 'failed', reason: 'no-outputs', exit: '0', message: '' }
        : song(task);
    },
  });
  const { outcome } = await runOn(account, emptyDisk(), bySeed(1), { settleGrace: 60_000 });
  expect(finished(outcome).tally).toMatchObject({ done: 1 });
  expect(bought(account)).toHaveLength(1);
});

test('where no Run is ever answered the run gives up, and has bought nothing', async () => {
  const account = openAccount({ run: () => lost });
  const { outcome, end } = await runOn(account, emptyDisk(), bySeed(1, 2));
  expect(finished(outcome).stopped?.kind).toBe('unreachable');
  expect(end - noon).toBeLessThan(15 * 60_000);
  expect(bought(account)).toEqual([]);
});

test('a price that is far below the bills does not overrun the budget', async () => {
  const account = openAccount({ costOf: () => 50n });
  const limits = { budget: 100n, price: 5n, tasks: 20 };
  const { outcome } = await runOn(account, emptyDisk(), bySeed(1, 2, 3, 4, 5, 6), limits);
  expect(finished(outcome).stopped?.kind).toBe('budget');
  expect(finished(outcome).tally.spent).toBeLessThanOrEqual(100n);
  expect(finished(outcome).tally.done).toBeGreaterThan(0);
});

test('songs that were adopted long after their end do not pass for songs that take no time', async () => {
  const disk = emptyDisk();
  const account = openAccount();
  account.run = (make) => {
    make();
    return lost;
  };
  await runOn(account, disk, bySeed(1, 2, 3), { deadline: 110 });
  account.run = (make) => accepted(make());
  let looks = 0;
  account.stateOf = (task, age) => {
    looks++;
    return age < 180_000 ? { kind: 'running' } : song(task);
  };
  await runOn(account, disk, bySeed(1, 2, 3, 4), { start: noon + 3_600_000 });
  expect(looks).toBeLessThan(50);
});

test('tasks that ended while nobody watched are brought home late, and not stopped first', async () => {
  const disk = emptyDisk();
  const account = openAccount();
  await runOn(account, disk, bySeed(1, 2, 3), { deadline: 1000 });
  const { outcome, stops } = await runOn(account, disk, bySeed(1, 2, 3), { start: noon + 1e8 });
  expect(finished(outcome).tally).toMatchObject({ done: 3 });
  expect(stops).toBe(0);
});
