/** How many looks it takes to wait for tasks, and how soon an end is found: on a virtual clock, seeded. */
import { expect, test } from 'vitest';
import type { SongApi } from '../../src/job/song-api.ts';
import type { TaskReport } from '../../src/job/task.ts';
import type { FollowedTask, TaskHints } from '../../src/run/ports.ts';
import { createWatcher } from '../../src/run/watcher.ts';
import { chance } from '../../src/sandbox/engine/random.ts';
import { createVirtualClock } from './virtual-clock.ts';

const minute = 60_000;
const start = 1_700_000_000_000;

interface Task {
  readonly id: string;
  readonly acceptedAt: number;
  readonly endsAt: number;
  readonly endsWell: boolean;
}

interface Circumstances {
  /** Milliseconds that a task takes; each is drawn from a tenth around it. */
  readonly duration?: number;
  readonly inFlight?: number;
  /** Tasks of others for each of ours, in the same list. */
  readonly others?: number;
  /** Milliseconds that a task takes to appear in the list. */
  readonly lag?: number;
  /** What a socket says of each task: when, in milliseconds after its end (which may be before). */
  readonly words?: (nth: number) => readonly number[];
  readonly endsWell?: (nth: number) => boolean;
}

/** Waits for so many tasks, of which so many are in flight at once, a new one for each that was found ended. */
async function watch(
  jobs: number,
  {
    duration = 3 * minute,
    inFlight = 100,
    others = 0,
    lag = 0,
    words,
    endsWell = () => true,
  }: Circumstances,
) {
  const clock = createVirtualClock(start);
  const random = chance('watching');
  const tasks: Task[] = [];
  const listeners = new Map<string, () => void>();
  const requests = { list: 0, detail: 0 };
  const notices: number[] = [];

  const report = (task: Task): TaskReport => ({
    id: task.id,
    token: task.id,
    status: 'any',
    cost: clock.now() < task.endsAt || !task.endsWell ? 0n : 5n,
    state:
      clock.now() < task.endsAt
        ? { kind: 'running' }
        : task.endsWell
          ? { kind: 'succeeded', outputs: [{ name: '0.wav', url: 'https://cdn.example/0.wav' }] }
          : { kind: 'failed', reason: 'exit-code', exit: '1', message: '' },
  });
  const unused = () => Promise.reject(new Error('not asked for here'));
  const api: SongApi = {
    run: unused,
    task: async (id) => {
      requests.detail++;
      await clock.sleep(50);
      return tasks.filter((task) => task.id === id).map(report)[0];
    },
    tasks: async (_, page) => {
      requests.list++;
      await clock.sleep(100);
      const listed = tasks.filter(({ acceptedAt }) => acceptedAt + lag <= clock.now()).toReversed();
      return {
        total: listed.length,
        tasks: listed.slice(page.start, page.start + page.limit).map(report),
      };
    },
    cancel: unused,
    kill: unused,
    price: unused,
    upload: unused,
    clockSkew: () => undefined,
    close: unused,
  };
  const hints: TaskHints = {
    follow: ({ taskId }, onEnd) => {
      listeners.set(taskId, onEnd);
      return () => listeners.delete(taskId);
    },
    close: () => Promise.resolve(),
  };
  const watcher = createWatcher(api, clock, {
    model: 'wiro/any',
    grace: 15_000,
    hints: words && hints,
    leave: new AbortController().signal,
    onTrouble: () => undefined,
    random: () => 0.5,
  });

  const accept = (): Task => {
    const task = {
      id: String(tasks.length),
      acceptedAt: clock.now(),
      endsAt: clock.now() + duration * (0.9 + 0.2 * random.next()),
      endsWell: endsWell(tasks.length),
    };
    tasks.push(task);
    for (let other = 0; other < others; other++)
      tasks.push({ ...task, id: `other ${task.id}.${other}` });
    return task;
  };
  const speak = async ({ id, endsAt }: Task, delay: number) => {
    await clock.sleep(endsAt + delay - clock.now());
    listeners.get(id)?.();
  };
  let left = jobs;
  const slot = async (place: number) => {
    // As fast as they can be submitted: ten a second.
    await clock.sleep(place * 100);
    while (left-- > 0) {
      const task = accept();
      for (const delay of words?.(Number(task.id)) ?? []) void speak(task, delay);
      const followed: FollowedTask = { taskId: task.id, token: task.id };
      const end = await watcher.ended(followed, task.acceptedAt, Infinity);
      expect(end !== 'overdue' && end?.state.kind).toBe(task.endsWell ? 'succeeded' : 'failed');
      notices.push(clock.now() - task.endsAt);
    }
  };
  const done = await clock.drive(
    Promise.all(Array.from({ length: inFlight }, (_, place) => slot(place))),
  );
  expect(done).not.toBe('stuck');
  expect(notices).toHaveLength(jobs);
  expect(listeners.size).toBe(0);
  const sorted = notices.toSorted((a, b) => a - b);
  return {
    requestsPerJob: (requests.list + requests.detail) / jobs,
    requests,
    median: sorted[Math.floor(jobs / 2)] ?? Infinity,
    latest: sorted.at(-1) ?? Infinity,
  };
}

test('a hundred tasks of three minutes cost 0.2 looks each, and an end is found within 5 s', async () => {
  const { requestsPerJob, median } = await watch(400, {});
  expect(requestsPerJob).toBeLessThan(0.2);
  expect(median).toBeLessThan(5000);
});

test('also when others on the account have as many tasks in between', async () => {
  const { requestsPerJob, median } = await watch(400, { others: 1 });
  expect(requestsPerJob).toBeLessThan(0.5);
  expect(median).toBeLessThan(5000);
});

test('also from the very first, of which nothing is known yet', async () => {
  const { requestsPerJob, median } = await watch(100, {});
  expect(requestsPerJob).toBeLessThan(0.35);
  expect(median).toBeLessThan(5000);
});

test('a word that a task has ended brings the look forward', async () => {
  const { median, latest, requestsPerJob } = await watch(400, { words: () => [20] });
  expect(median).toBeLessThan(500);
  expect(latest).toBeLessThan(1000);
  expect(requestsPerJob).toBeLessThan(1.2);
});

test('words that come too early, twice, or too late neither end a task nor cost much', async () => {
  const said = await watch(200, {
    words: (nth) => [[-60_000], [-300, 20], [20, 30], [120_000], [5, 5, 5]][nth % 5] ?? [],
  });
  expect(said.median).toBeLessThan(5000);
  expect(said.requestsPerJob).toBeLessThan(3);
});

test('where no word ever comes, ends are found as if nobody had promised any', async () => {
  const silent = await watch(400, { words: () => [] });
  expect(silent.requestsPerJob).toBeLessThan(0.2);
  expect(silent.median).toBeLessThan(5000);
});

test('where words stop coming, the looks that were spared are made again', async () => {
  const { latest, median } = await watch(300, { words: (nth) => (nth < 150 ? [20] : []) });
  expect(median).toBeLessThan(5000);
  expect(latest).toBeLessThan(45_000);
});

test('tasks that the list shows late are not asked for one by one', async () => {
  const { requests, median } = await watch(300, { lag: 10_000 });
  expect(requests.detail).toBeLessThan(20);
  expect(median).toBeLessThan(5000);
});

test('every failure is confirmed by Detail', async () => {
  const { requests } = await watch(200, { endsWell: (nth) => nth % 4 !== 0 });
  expect(requests.detail).toBeGreaterThanOrEqual(50);
  expect(requests.detail).toBeLessThan(80);
});

test('tasks of a second are found within a part of that', async () => {
  const { median } = await watch(300, { duration: 1000, inFlight: 5 });
  expect(median).toBeLessThan(250);
});
