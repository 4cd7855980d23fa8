import { expect, test } from 'vitest';

import type { SongApi, TaskPage } from '../../src/job/song-api.ts';
import type { TaskReport } from '../../src/job/task.ts';
import { createSettler } from '../../src/run/settler.ts';
import { createVirtualClock } from './virtual-clock.ts';

const now = 1_700_000_000_000;
const sent = { prompt: '[verse]\nla', seed: '1' };

/** Tasks of others, made after our intent, the newest first. */
function othersTasks(count: number): TaskReport[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(count - index),
    token: '',
    status: 'task_queue',
    state: { kind: 'queued' },
    cost: 0n,
    createdAt: now / 1000,
    parameters: { ...sent, seed: `other ${index}` },
  }));
}

/** Settles one doubt, an hour after its intent, by what the list answers to each start. */
async function settleBy(page: (start: number) => TaskPage, skew?: number) {
  const clock = createVirtualClock(now + 3_600_000);
  const unused = () => Promise.reject(new Error('not asked for here'));
  const api: SongApi = {
    run: unused,
    task: unused,
    tasks: (_, { start }) => Promise.resolve(page(start)),
    cancel: unused,
    kill: unused,
    price: unused,
    upload: unused,
    clockSkew: () => undefined,
    close: unused,
  };
  const question = {
    id: 'a'.repeat(32),
    sent,
    intendedAt: now,
    skew,
    doubtedAt: now,
    isFromEarlierRun: true,
  };
  const settler = createSettler(api, clock, {
    model: 'wiro/any',
    grace: 15_000,
    claimed: () => new Set(),
    resubmitUnknown: false,
    signal: new AbortController().signal,
  });
  return clock.drive(settler.settle(question));
}

const pagesOf = (tasks: readonly TaskReport[]) => (start: number) => ({
  total: tasks.length,
  tasks: tasks.slice(start, start + 100),
});

test('there is no task where the whole list shows none', async () => {
  for (const count of [1, 99, 100, 150]) {
    expect(await settleBy(pagesOf(othersTasks(count)))).toEqual({
      kind: 'no-task',
      isProven: true,
    });
  }
});

test('a task on the second page is found', async () => {
  const ours = { ...othersTasks(1)[0], id: 'ours', parameters: sent } as TaskReport;
  const settled = await settleBy(pagesOf([...othersTasks(120), ours]));
  expect(settled).toMatchObject({ kind: 'adopted', task: { id: 'ours' } });
});

test.each<[string, (start: number) => TaskPage]>([
  [
    'its second page comes empty',
    (start) => (start === 0 ? pagesOf(othersTasks(150))(0) : { total: 150, tasks: [] }),
  ],
  [
    'its second page comes empty and counts none',
    (start) => (start === 0 ? pagesOf(othersTasks(150))(0) : { total: 0, tasks: [] }),
  ],
  ['its first page comes again and again', () => pagesOf(othersTasks(150))(0)],
])('a list that breaks off proves nothing: %s', async (_, page) => {
  expect(await settleBy(page)).toMatchObject({
    kind: 'open',
    message: 'the task list breaks off, which proves nothing',
  });
});

test('a clock that was wrong at the intent and has been set right since does not hide the task', async () => {
  // An hour fast at that time: the task seems to have been made an hour before it was wanted.
  const ours = {
    ...othersTasks(1)[0],
    id: 'ours',
    parameters: sent,
    createdAt: now / 1000 - 3600 + 1,
  } as TaskReport;
  const page = pagesOf([ours, ...othersTasks(3)]);
  expect(await settleBy(page, 3_600_000)).toMatchObject({ kind: 'adopted', task: { id: 'ours' } });
  expect(await settleBy(page)).toEqual({ kind: 'no-task', isProven: true });
});

test('a task is not taken from a job that came into doubt while the list was being read', async () => {
  const clock = createVirtualClock(now + 3_600_000);
  const unused = () => Promise.reject(new Error('not asked for here'));
  const larger = { ...sent, mood: ['happy'] };
  const theirs = { ...othersTasks(1)[0], id: 'theirs', parameters: larger } as TaskReport;
  const question = {
    sent,
    intendedAt: now,
    skew: undefined,
    doubtedAt: now,
    isFromEarlierRun: false,
  };
  let late: Promise<unknown> | undefined;
  const settler = createSettler(
    {
      run: unused,
      task: unused,
      tasks: async (_, { start }) => {
        late ??= settler.settle({ ...question, id: 'b'.repeat(32), sent: larger });
        await clock.sleep(500);
        return pagesOf([theirs, ...othersTasks(3)])(start);
      },
      cancel: unused,
      kill: unused,
      price: unused,
      upload: unused,
      clockSkew: () => undefined,
      close: unused,
    },
    clock,
    {
      model: 'wiro/any',
      grace: 15_000,
      claimed: () => new Set(),
      resubmitUnknown: false,
      signal: new AbortController().signal,
    },
  );
  const smaller = await clock.drive(settler.settle({ ...question, id: 'a'.repeat(32) }));
  expect(smaller).toEqual({ kind: 'no-task', isProven: true });
  expect(await clock.drive(late ?? unused())).toMatchObject({ task: { id: 'theirs' } });
});
