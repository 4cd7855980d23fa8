/** How a run finds the number of tasks that the account allows, while others come and go. */
import { expect, test } from 'vitest';
import type { RunEvent, RunOutcome } from '../../src/run/events.ts';
import type { RunPorts } from '../../src/run/ports.ts';
import { runBatch } from '../../src/run/run.ts';
import type { TaskReport } from '../../src/job/task.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { everything } from '../../src/plan/selection.ts';
import { manifestOf, seeds } from '../plan/manifests.ts';
import { openAccount, runOn } from './account.ts';
import { emptyDisk, memoryStore } from './memory-store.ts';
import { createVirtualClock } from './virtual-clock.ts';

const minute = 60_000;
const start = 1_700_000_000_000;

interface Sharing {
  readonly jobs: number;
  /** `limits.tasks` */
  readonly tasks: number;
  readonly allowedAt: (minute: number) => number;
  /** Tasks of others on the account. */
  readonly othersAt: (minute: number) => number;
  readonly says: string;
}

/** Runs three-minute tasks on an account that others use, too. */
async function runOnSharedAccount({ jobs, tasks: most, allowedAt, othersAt, says }: Sharing) {
  const clock = createVirtualClock(start);
  const tasks: { readonly id: string; readonly endsAt: number }[] = [];
  const refusals: number[] = [];
  let mostAtOnce = 0;
  const limits: number[] = [];
  const live = () => tasks.filter(({ endsAt }) => endsAt > clock.now()).length;
  const report = ({ id, endsAt }: { id: string; endsAt: number }): TaskReport => ({
    id,
    token: id,
    status: 'any',
    state:
      endsAt > clock.now()
        ? { kind: 'running' }
        : { kind: 'succeeded', outputs: [{ name: '0.wav', url: 'https://cdn.example/0.wav' }] },
    cost: 1n,
  });
  const ports: RunPorts = {
    api: {
      run: async () => {
        await clock.sleep(200);
        const at = (clock.now() - start) / minute;
        if (live() + othersAt(at) >= allowedAt(at)) {
          refusals.push(clock.now());
          return { kind: 'refused', code: 96, message: says };
        }
        const id = String(tasks.length + 1);
        tasks.push({ id, endsAt: clock.now() + 3 * minute });
        mostAtOnce = Math.max(mostAtOnce, live());
        return { kind: 'accepted', taskId: id, token: id };
      },
      task: (id) => Promise.resolve(tasks.filter((task) => task.id === id).map(report)[0]),
      tasks: (_, { start: first, limit }) =>
        Promise.resolve({
          total: tasks.length,
          tasks: tasks
            .toReversed()
            .slice(first, first + limit)
            .map(report),
        }),
      cancel: () => Promise.resolve({ kind: 'stopped' }),
      kill: () => Promise.resolve({ kind: 'stopped' }),
      price: () => Promise.resolve({}),
      upload: () => Promise.reject(new Error('no uploads here')),
      clockSkew: () => undefined,
      close: () => Promise.resolve(),
    },
    store: memoryStore(emptyDisk()),
    outputs: {
      fetch: (_, { name }) =>
        Promise.resolve({
          kind: 'saved',
          file: { path: name, bytes: 1, sha256: '', mediaType: 'audio/wav' },
        }),
      isPresent: () => Promise.resolve(true),
      missingOf: () => [],
    },
    clock,
    emit: (event: RunEvent) => {
      if (event.type === 'throttled' || event.type === 'raised') limits.push(event.limit);
    },
  };
  const plan = makePlan(
    manifestOf({
      axes: [seeds(...Array.from({ length: jobs }, (_, seed) => seed))],
      output: { dir: '/out', name: [{ axis: 'seed' }] },
    }),
  );
  if ('problems' in plan) throw new Error('the plan of this test is wrong');
  const settings = {
    plan,
    selection: everything,
    tasks: most,
    settleGrace: 10_000,
    resubmitUnknown: false,
  };
  const outcome = await clock.drive(runBatch(settings, ports, new AbortController().signal));
  return {
    outcome: outcome as RunOutcome,
    minutes: (clock.now() - start) / minute,
    mostAtOnce,
    refusals,
    limits,
  };
}

const others = (minute: number) => (minute > 10 && minute < 25 ? 3 : 0);

test.each([
  ['names its limit', 'With your balance you can run up to 5 tasks at the same time.'],
  ['names none', 'Too many tasks.'],
])('finds the limit of an account that %s, without hammering', async (_, says) => {
  const { outcome, minutes, mostAtOnce, refusals, limits } = await runOnSharedAccount({
    jobs: 60,
    tasks: 20,
    allowedAt: () => 5,
    othersAt: others,
    says,
  });
  expect(outcome.tally).toMatchObject({ done: 60, failed: 0 });
  expect(mostAtOnce).toBe(5);

  // Each change of the limit is told: down to what is allowed, up by one.
  for (const [index, limit] of limits.entries()) {
    const before = limits[index - 1] ?? 20;
    expect(limit <= before || limit === before + 1).toBe(true);
  }
  expect(Math.min(...limits)).toBeLessThanOrEqual(2);
  expect(limits.filter((limit, index) => limit > (limits[index - 1] ?? 20)).length).toBeGreaterThan(
    2,
  );

  // Beyond the first burst (nobody can know the limit before) never two refusals within 15 s.
  const later = refusals.filter((time) => time - start > 1000);
  const gaps = later.slice(1).map((time, index) => time - (later[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15_000);

  // Five at once, two while others have three places: at best 60 x 3 min / 5 + what others took.
  const best = (60 * 3) / 5 + (15 * 3) / 5;
  expect(minutes).toBeLessThan(best * 1.35);
});

test('asked for far more tasks than the account allows, sends few Runs in vain', async () => {
  const { outcome, mostAtOnce, refusals } = await runOnSharedAccount({
    jobs: 600,
    tasks: 500,
    allowedAt: () => 5,
    othersAt: () => 0,
    says: 'Too many tasks.',
  });
  expect(outcome.tally).toMatchObject({ done: 600 });
  expect(mostAtOnce).toBe(5);
  expect(refusals.filter((time) => time - start < 5000).length).toBeLessThanOrEqual(32);
});

test('uses a limit that was raised from tens to hundreds within twenty minutes', async () => {
  const { outcome, minutes, mostAtOnce } = await runOnSharedAccount({
    jobs: 3000,
    tasks: 400,
    allowedAt: (minute) => (minute < 5 ? 25 : 300),
    othersAt: () => 0,
    says: 'Too many tasks.',
  });
  expect(outcome.tally).toMatchObject({ done: 3000 });
  expect(mostAtOnce).toBe(300);
  // At best 5 minutes with 25, then 3 minutes for each three hundred.
  expect(minutes).toBeLessThan(5 + 20 + (3000 / 300) * 3 * 1.35);
});

test('no more Runs are on their way at once than the rate of the manifest lets through in half a second', async () => {
  for (const [requestsPerSecond, together] of [
    [10, 32],
    [100, 50],
    [10_000, 256],
  ] as const) {
    const account = openAccount();
    const axes = [seeds(...Array.from({ length: 300 }, (_, seed) => seed))];
    const limits = { ...manifestOf().limits, requestsPerSecond };
    const output = { dir: '/out', name: [{ axis: 'seed' }] as const };
    await runOn(account, emptyDisk(), { axes, limits, output }, { tasks: 300 });
    const [, first] = account.tasks;
    const madeAtOnce = account.tasks.filter(({ createdAt }) => createdAt === first?.createdAt);
    expect(madeAtOnce).toHaveLength(together);
  }
});
