/**
 * An account at Wiro in virtual time: a limit of tasks that changes (code 96), tasks that take as long as
 * is drawn for them, answers that take their time, a list that shows a hundred tasks a page and is a
 * little behind; some tasks fail, some take three times as long, a few never end. One seed draws it all.
 *
 * The way to it is the client's own: its rate limit, and its bound on requests under way.
 */
import pLimit from 'p-limit';
import type { RunAnswer, SongApi } from '../../src/job/song-api.ts';
import type { TaskReport, TaskState } from '../../src/job/task.ts';
import { chance } from '../../src/sandbox/engine/random.ts';
import { createRateLimit } from '../../src/wiro/rate-limit.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Shares of all tasks. */
const failing = 0.02;
const slow = 0.005;
const hanging = 0.0001;
/** Milliseconds that an accepted task takes to come to the list. */
const listLag = 2000;
/** Milliseconds for which the list goes back. */
const kept = 3_600_000;
const price = 5_000_000_000n;

export interface Circumstances {
  readonly time: VirtualTime;
  readonly seed: string;
  /** From so many accepted Runs on the account is not busy any more. */
  readonly jobs: number;
  /** What the client allows itself. */
  readonly requestsPerSecond: number;
  readonly requestsInFlight: number;
  /** Tasks that the account allows, so many milliseconds after the start. */
  readonly limitAt: (elapsed: number) => number;
}

export type Call = 'Run' | 'Task/List' | 'Task/Detail' | 'other';

/** What happened, as the server has seen it. */
export interface Books {
  readonly requests: Readonly<Record<Call, number>>;
  /** In any second by the clock. */
  readonly mostRequests: number;
  /** Runs that were answered with code 96. */
  readonly refusals: number;
  readonly accepted: number;
  readonly mostInFlight: number;
  /** While there were jobs to submit: milliseconds, and the sum over them of tasks in flight and of tasks allowed. */
  readonly elapsed: number;
  readonly used: number;
  readonly allowed: number;
  /** Milliseconds of all tasks that ended by themselves, and how many did. */
  readonly taken: number;
  readonly ended: number;
}

export interface VirtualServer {
  readonly api: SongApi;
  readonly books: () => Books;
  /** When a task ended that the list may still show. */
  readonly endOf: (taskId: string) => number | undefined;
}

interface Task {
  readonly id: string;
  readonly acceptedAt: number;
  /** Infinity: never. */
  endsAt: number;
  readonly succeeds: boolean;
  isKilled: boolean;
}

export function createVirtualServer(circumstances: Circumstances): VirtualServer {
  const { time, limitAt } = circumstances;
  const begun = time.now();
  const random = chance(circumstances.seed);
  const inFlight = pLimit(circumstances.requestsInFlight);
  const rate = createRateLimit(circumstances.requestsPerSecond, time);

  /** Oldest first; those before `first` are forgotten. */
  let tasks: Task[] = [];
  let first = 0;
  /** How many of all tasks the list shows. */
  let listed = 0;
  let live = 0;
  let countedAt = begun;
  const sums = { used: 0, allowed: 0 };
  const books = {
    requests: { Run: 0, 'Task/List': 0, 'Task/Detail': 0, other: 0 },
    mostRequests: 0,
    refusals: 0,
    accepted: 0,
    mostInFlight: 0,
    elapsed: 0,
    used: 0,
    allowed: 0,
    taken: 0,
    ended: 0,
  };
  let countedSecond = 0;
  let inThisSecond = 0;

  /** An answer as of the moment at which the request arrives. */
  const call = <Answer>(kind: Call, latency: number, answer: () => Answer): Promise<Answer> =>
    inFlight(async () => {
      await rate();
      countRequest(kind);
      const way = (latency * (0.75 + random.next() / 2)) / 2;
      await time.sleep(way);
      const said = answer();
      await time.sleep(way);
      return said;
    });

  function countRequest(kind: Call): void {
    books.requests[kind]++;
    const now = Math.floor(time.now() / 1000);
    inThisSecond = now === countedSecond ? inThisSecond + 1 : 1;
    countedSecond = now;
    books.mostRequests = Math.max(books.mostRequests, inThisSecond);
  }

  /** Must be called before tasks in flight change. */
  function sumUp(): void {
    const now = time.now();
    sums.used += live * (now - countedAt);
    sums.allowed += limitAt(now - begun) * (now - countedAt);
    countedAt = now;
  }

  function run(): RunAnswer {
    const limit = limitAt(time.now() - begun);
    if (live >= limit) {
      books.refusals++;
      const message = `With your balance you can run up to ${limit} tasks at the same time.`;
      return { kind: 'refused', code: 96, message };
    }
    const id = String(first + tasks.length + 1);
    const duration = drawDuration();
    const task: Task = {
      id,
      acceptedAt: time.now(),
      endsAt: time.now() + duration,
      succeeds: random.next() >= failing,
      isKilled: false,
    };
    tasks.push(task);
    sumUp();
    live++;
    books.accepted++;
    books.mostInFlight = Math.max(books.mostInFlight, live);
    if (books.accepted <= circumstances.jobs)
      Object.assign(books, { elapsed: time.now() - begun, ...sums });
    if (duration < Infinity) {
      time.after(duration, () => {
        if (task.isKilled) return;
        books.taken += duration;
        books.ended++;
        leave();
      });
    }
    return { kind: 'accepted', taskId: id, token: id };
  }

  function leave(): void {
    sumUp();
    live--;
  }

  /** About three minutes: a queue, and an execution that differs by a fifth or so. */
  function drawDuration(): number {
    if (random.next() < hanging) return Infinity;
    const queue = -10_000 * Math.log(1 - random.next());
    const normal = random.next() + random.next() + random.next() + random.next() - 2;
    const execution = 165_000 * Math.exp(normal * 0.3);
    return Math.ceil(queue + execution * (random.next() < slow ? 3 : 1));
  }

  function kill(id: string): { readonly kind: 'stopped' } {
    const task = find(id);
    if (task && task.endsAt > time.now()) {
      task.endsAt = time.now();
      task.isKilled = true;
      leave();
    }
    return { kind: 'stopped' };
  }

  function list(start: number, limit: number): readonly TaskReport[] {
    const shownBy = time.now() - listLag;
    for (let next = at(listed); next && next.acceptedAt <= shownBy; next = at(listed)) listed++;
    const page: TaskReport[] = [];
    for (let place = listed - 1 - start; page.length < limit; place--) {
      const task = at(place);
      if (!task) break;
      page.push(reportOn(task));
    }
    forget();
    return page;
  }

  function forget(): void {
    const old = time.now() - kept;
    const young = tasks.findIndex(({ acceptedAt }) => acceptedAt > old);
    // Not one by one: what moves is the whole array.
    if (young < 10_000) return;
    tasks = tasks.slice(young);
    first += young;
  }

  /** Of all tasks, from 0. */
  function at(place: number): Task | undefined {
    return tasks[place - first];
  }

  function find(id: string): Task | undefined {
    return at(Number(id) - 1);
  }

  function reportOn(task: Task): TaskReport {
    const state = stateOf(task);
    const cost = state.kind === 'succeeded' ? price : 0n;
    return { id: task.id, token: task.id, status: state.kind, state, cost };
  }

  function stateOf({ id, endsAt, succeeds, isKilled }: Task): TaskState {
    if (endsAt > time.now()) return { kind: 'running' };
    if (isKilled) return { kind: 'failed', reason: 'cancelled', exit: '', message: '' };
    if (!succeeds) return { kind: 'failed', reason: 'exit-code', exit: '1', message: '' };
    return { kind: 'succeeded', outputs: [{ name: 'song.wav', url: `https://cdn.example/${id}` }] };
  }

  return {
    api: {
      run: () => call('Run', 300, run),
      task: (id) =>
        call('Task/Detail', 150, () => {
          const task = find(id);
          return task && reportOn(task);
        }),
      tasks: (_, { start, limit }) =>
        call('Task/List', 200, () => ({ tasks: list(start, limit), total: listed })),
      cancel: (id) => call('other', 150, () => kill(id)),
      kill: (id) => call('other', 150, () => kill(id)),
      price: () => Promise.resolve({}),
      upload: () => Promise.reject(new Error('nothing is uploaded here')),
      clockSkew: () => 0,
      close: () => Promise.resolve(),
    },
    books: () => ({ ...books, requests: { ...books.requests } }),
    endOf: (taskId) => find(taskId)?.endsAt,
  };
}
