/** What a watcher asks of a server that is slow, odd or overrun: no service is hammered, whatever it says. */
import { expect, test } from 'vitest';
import { ApiFault } from '../../src/job/api-fault.ts';
import type { SongApi } from '../../src/job/song-api.ts';
import type { TaskReport, TaskState } from '../../src/job/task.ts';
import type { TaskHints } from '../../src/run/ports.ts';
import { createWatcher, type Watcher } from '../../src/run/watcher.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

const second = 1000;
const minute = 60 * second;
const start = 1_700_000_000_000;
const grace = 15 * second;

const running: TaskState = { kind: 'running' };
const song: TaskState = { kind: 'succeeded', outputs: [{ name: 'a', url: 'https://x.example/a' }] };
const empty: TaskState = { kind: 'failed', reason: 'no-outputs', exit: '0', message: '' };

interface Server {
  /** Where a task stands; undefined: there is no such task. */
  readonly stateOf: (id: string, now: number) => TaskState | undefined;
  /** Ids in the list, newest first; none unless given. */
  readonly listed?: (now: number) => readonly string[];
}

interface Bench {
  readonly clock: VirtualClock;
  readonly watcher: Watcher;
  readonly requests: { list: number; detail: number };
  /** Somebody says that the task has ended. */
  readonly speak: (id: string) => void;
  readonly ended: (id: string, acceptedAt?: number) => ReturnType<Watcher['ended']>;
}

function benchOf({ stateOf, listed = () => [] }: Server): Bench {
  const clock = createVirtualClock(start);
  const requests = { list: 0, detail: 0 };
  const listeners = new Map<string, () => void>();
  const report = (id: string): TaskReport | undefined => {
    const state = stateOf(id, clock.now());
    const cost = state?.kind === 'succeeded' ? 5n : 0n;
    return state && { id, token: id, status: 'any', cost, state };
  };
  const api = {
    task: async (id) => {
      requests.detail++;
      await clock.sleep(50);
      return report(id);
    },
    tasks: async (_, page) => {
      requests.list++;
      await clock.sleep(100);
      const ids = listed(clock.now());
      const tasks = ids.slice(page.start, page.start + page.limit).map(report);
      return { total: ids.length, tasks: tasks.filter((task) => task !== undefined) };
    },
  } satisfies Partial<SongApi> as Partial<SongApi> as SongApi;
  const hints: TaskHints = {
    follow: ({ taskId }, onEnd) => {
      listeners.set(taskId, onEnd);
      return () => listeners.delete(taskId);
    },
    close: () => Promise.resolve(),
  };
  const onTrouble = () => undefined;
  const options = {
    model: 'wiro/any',
    grace,
    hints,
    leave: new AbortController().signal,
    onTrouble,
    random: () => 0.5,
  };
  const watcher = createWatcher(api, clock, options);
  return {
    clock,
    watcher,
    requests,
    speak: (id) => listeners.get(id)?.(),
    ended: (id, acceptedAt = clock.now()) =>
      watcher.ended({ taskId: id, token: id }, acceptedAt, Infinity),
  };
}

test('a task that was said to have ended, and has no outputs yet, is asked for now and then', async () => {
  const bench = benchOf({ stateOf: (_, now) => (now < start + 10 * second ? empty : song) });
  const end = bench.ended('1');
  bench.speak('1');
  const report = await bench.clock.drive(end);
  expect(report).toMatchObject({ state: { kind: 'succeeded' } });
  expect(bench.requests.detail).toBeLessThan(25);
});

test('tasks that the list does not show yet are not looked for all the time', async () => {
  const bench = benchOf({
    stateOf: (_, now) => (now < start + minute ? running : song),
    listed: (now) => (now < start + 12 * second ? [] : ['2', '1']),
  });
  await bench.clock.drive(Promise.all([bench.ended('1'), bench.ended('2')]));
  expect(bench.requests.list).toBeLessThan(40);
});

test('nor are those that were said to have ended', async () => {
  const bench = benchOf({
    stateOf: (_, now) => (now < start + second ? running : song),
    listed: (now) => (now < start + 12 * second ? [] : ['2', '1']),
  });
  const ends = Promise.all([bench.ended('1'), bench.ended('2')]);
  await bench.clock.drive(bench.clock.sleep(second));
  bench.speak('1');
  bench.speak('2');
  await bench.clock.drive(ends);
  expect(bench.requests.list).toBeLessThan(40);
});

test('tasks that were short teach no haste to look at those that are long', async () => {
  const acceptedAt = new Map<string, number>();
  const bench = benchOf({
    stateOf: (id, now) => {
      const age = now - (acceptedAt.get(id) ?? 0);
      return age < (id.startsWith('short') ? 100 : 3 * minute) ? running : song;
    },
    listed: () => [...acceptedAt.keys()].toReversed(),
  });
  const accept = (id: string) => {
    acceptedAt.set(id, bench.clock.now());
    return bench.ended(id);
  };
  await bench.clock.drive(
    Promise.all(Array.from({ length: 100 }, (_, nth) => accept(`short ${nth}`))),
  );
  bench.requests.list = 0;
  const long = Array.from({ length: 60 }, async (_, nth) => {
    await bench.clock.sleep(nth * 10 * second);
    await accept(`long ${nth}`);
  });
  await bench.clock.drive(Promise.all(long));
  expect(bench.requests.list + bench.requests.detail).toBeLessThan(60 * 10);
});

test('a task that Detail does not know for a moment, when it is said to have ended, is not given up', async () => {
  const bench = benchOf({
    stateOf: (_, now) => (now > start && now < start + 2 * second ? undefined : song),
  });
  const end = bench.ended('1', start - 2 * minute);
  bench.speak('1');
  const report = await bench.clock.drive(end);
  expect(report).toMatchObject({ state: { kind: 'succeeded' } });
});

test('ten thousand tasks are found by listing them, not one by one', async () => {
  const ids = Array.from({ length: 10_000 }, (_, nth) => String(nth));
  const bench = benchOf({ stateOf: () => song, listed: () => ids.toReversed() });
  await bench.clock.drive(Promise.all(ids.map((id) => bench.ended(id, start - minute))));
  expect(bench.requests.list + bench.requests.detail).toBeLessThan(300);
});

test('two tasks among hundreds of somebody else cost two requests', async () => {
  const others = Array.from({ length: 1000 }, (_, nth) => `other ${nth}`);
  const bench = benchOf({ stateOf: () => song, listed: () => [...others, '2', '1'] });
  await bench.clock.drive(
    Promise.all([bench.ended('1', start - minute), bench.ended('2', start - minute)]),
  );
  expect(bench.requests.list + bench.requests.detail).toBeLessThan(6);
});

test('a task that was accepted in the future, by a clock that was wrong, is looked at now', async () => {
  const bench = benchOf({ stateOf: () => song });
  await bench.clock.drive(bench.ended('1', start + 60 * minute));
  expect(bench.clock.now()).toBeLessThan(start + minute);
});

test('ten thousand tasks of which nothing is known cost little more than a page for each look', async () => {
  const ids = Array.from({ length: 10_000 }, (_, nth) => String(nth));
  const bench = benchOf({ stateOf: () => running, listed: () => ids.toReversed() });
  for (const id of ids) void bench.ended(id, start - 20_000 + Number(id));
  await bench.clock.drive(bench.clock.sleep(50 * second));
  // The oldest are the last of a hundred pages.
  expect(bench.requests.list).toBeGreaterThan(5);
  expect(bench.requests.list + bench.requests.detail).toBeLessThan(200);
});

test('thousands of ends are known before as many pages could be read one after the other', async () => {
  const ids = Array.from({ length: 8000 }, (_, nth) => String(nth));
  const bench = benchOf({
    stateOf: (_, now) => (now < start + minute ? running : song),
    listed: () => ids.toReversed(),
  });
  const ends = ids.map(async (id, nth) => {
    await bench.clock.sleep(nth);
    return bench.ended(id);
  });
  await bench.clock.drive(Promise.race(ends));
  const first = bench.clock.now();
  await bench.clock.drive(Promise.all(ends));
  expect(bench.clock.now() - first).toBeLessThan((ids.length / 100) * 100);
});

test('a task is given up when it has taken too long, also while the API wants no looks', async () => {
  const clock = createVirtualClock(start);
  const refuse = () => Promise.reject(new ApiFault('general', 'not now'));
  const api = {
    task: refuse,
    tasks: refuse,
  } satisfies Partial<SongApi> as Partial<SongApi> as SongApi;
  const watcher = createWatcher(api, clock, {
    model: 'wiro/any',
    grace,
    leave: new AbortController().signal,
    onTrouble: () => undefined,
    random: () => 0.5,
  });
  const ends = [minute, 2 * minute].map((ms, nth) => {
    const task = { taskId: String(nth), token: '' };
    return watcher.ended(task, start, start + ms).then((end) => [end, clock.now() - start]);
  });
  expect(await clock.drive(Promise.all(ends))).toEqual([
    ['overdue', minute],
    ['overdue', 2 * minute],
  ]);
});
