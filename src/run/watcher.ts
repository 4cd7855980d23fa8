/**
 * Waits for tasks to end: one loop for all tasks in flight. `job/pace.ts` says when it pays to look,
 * `look.ts` looks. Word from outside (a socket, a webhook) that a task has ended only brings a look at it
 * forward: what a task came to is what List and Detail say, and without any word it is found out too.
 */
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import { ApiFault } from '../job/api-fault.ts';
import {
  dueAt,
  gapAfterLook,
  gapBetweenLooks,
  learn,
  unknownPace,
  usualDuration,
} from '../job/pace.ts';
import { lookAt, type Sought } from './look.ts';
import type { Clock, FollowedTask, TaskHints } from './ports.ts';

export interface Watcher {
  /**
   * The report of the task once it has ended; undefined when the API does not know it (any more).
   * Rejects with the signal's reason when that is aborted, with `ApiFault` when access is denied.
   */
  readonly ended: (
    task: FollowedTask,
    acceptedAt: number,
    signal: AbortSignal,
  ) => Promise<TaskReport | undefined>;
  /** Milliseconds that tasks of this batch take; undefined while none has ended. */
  readonly usualDuration: () => number | undefined;
}

/** "There is no task yet": believed only of a task that is older than this, and for longer than a moment. */
const unknownAfter = 60_000;
/** Milliseconds between looks that the API refuses, at first and at most. */
const firstPause = 500;
const longestPause = 15_000;
/** Milliseconds: words that come together are confirmed by one look. */
const gathering = 100;
/** Milliseconds: of tasks that are over sooner, looking knows before word of them has come and is confirmed. */
const brief = 5 * gathering;
/** After a word that proves premature: the end may take a moment to show. */
const secondLook = 250;
const mostLooksForAWord = 4;
/** So many ends in a row came with a word: looking without one is only a safety net, and that much rarer. */
const trustedAfter = 3;
const patienceWithTrust = 4;

interface Waiter {
  readonly resolve: (report: TaskReport | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Awaited extends Sought {
  seenAt: number;
  /** Mostly one; two where a server gave one task to two Runs. */
  readonly waiters: Set<Waiter>;
  unfollow: () => void;
  /** Somebody says that it has ended: when to look, and how often that was in vain. */
  word?: { readonly lookAt: number; readonly vain: number };
  /** Since when the API has not known it. */
  unknownSince?: number;
  /** When it was first seen as ended well, but without outputs. */
  emptySince?: number;
}

export interface WatcherOptions {
  readonly model: string;
  /** Milliseconds for which the list may be behind an acceptance, the outputs and Detail behind the end. */
  readonly grace: number;
  readonly hints?: TaskHints | undefined;
  readonly onTrouble: (message: string) => void;
  /** From 0 to below 1: many who were refused together must not come back together. */
  readonly random?: () => number;
}

export function createWatcher(
  api: SongApi,
  clock: Clock,
  { model, grace, hints, onTrouble, random = Math.random }: WatcherOptions,
): Watcher {
  const begunAt = clock.now();
  const awaited = new Map<string, Awaited>();
  let pace = unknownPace;
  /** When tasks were last looked at because it was time, not because of a word. */
  let lookedAt = -Infinity;
  /** How long to wait for the next, by what the last one came to. */
  let advised = 0;
  /** Ends so far. */
  let found = 0;
  let announced = 0;
  let pause = 0;
  let pausedUntil = 0;
  let lastTrouble = '';
  let isLooking = false;
  let wake = new AbortController();
  /** Aborted when nobody waits for the answers any more. */
  let asking = new AbortController();

  /** Runs while there is a task to wait for; `isLooking` says so, without a gap at either end. */
  async function loop(): Promise<void> {
    isLooking = true;
    while (awaited.size > 0) {
      // A task that comes or goes wakes the sleep: when to look depends on what is in flight.
      wake = new AbortController();
      const wait = nextLookAt() - clock.now();
      if (wait > 0) await clock.sleep(wait, wake.signal);
      if (wake.signal.aborted) continue;
      asking = new AbortController();
      const { signal } = asking;
      const listedBy = clock.now() - grace;
      const before = { lookedAt, found, gap: gap() };
      try {
        const look = { wanted: wanted(), inFlight: awaited, listedBy, take, miss, signal };
        await lookAt(api, model, look);
        if (lookedAt > before.lookedAt) advised = gapAfterLook(before.gap, found > before.found);
        pause = 0;
        lastTrouble = '';
      } catch (error) {
        if (!signal.aborted) giveUpOrGoOn(error);
      }
    }
    isLooking = false;
  }

  function nextLookAt(): number {
    let due = Infinity;
    let word = Infinity;
    for (const task of awaited.values()) {
      due = Math.min(due, dueAt(pace, task));
      word = Math.min(word, task.word?.lookAt ?? Infinity);
    }
    return Math.max(pausedUntil, Math.min(word, Math.max(due, lookedAt + patience() * gap())));
  }

  function gap(): number {
    let oldest = 0;
    for (const { acceptedAt, seenAt } of awaited.values()) {
      oldest = Math.max(oldest, seenAt - acceptedAt);
    }
    return gapBetweenLooks(pace, oldest, advised);
  }

  function patience(): number {
    return announced >= trustedAfter ? patienceWithTrust : 1;
  }

  function wanted(): Map<string, Awaited> {
    const now = clock.now();
    const usual = patience() * gap();
    const isTime = now >= lookedAt + usual;
    const chosen = new Map<string, Awaited>();
    for (const [id, task] of awaited) {
      // What is due in a moment goes along.
      const isDue = isTime && dueAt(pace, task) <= now + usual / 2;
      if (isDue) lookedAt = now;
      if (isDue || (task.word && task.word.lookAt <= now)) chosen.set(id, task);
    }
    return chosen;
  }

  function giveUpOrGoOn(error: unknown): void {
    if (error instanceof ApiFault && error.kind !== 'denied') {
      pause = Math.min(Math.max(firstPause, pause * 2), longestPause);
      pausedUntil = clock.now() + pause * (0.75 + random() / 2);
      if (error.message !== lastTrouble) onTrouble(error.message);
      lastTrouble = error.message;
      return;
    }
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const [id, { waiters }] of awaited) {
      forget(id);
      for (const waiter of waiters) waiter.reject(reason);
    }
  }

  function take(id: string, report: TaskReport | undefined): void {
    const task = awaited.get(id);
    if (!task) return;
    const now = clock.now();
    const { acceptedAt } = task;
    const age = now - acceptedAt;
    const seenAt = task.seenAt - acceptedAt;
    task.seenAt = now;
    if (report === undefined) {
      task.unknownSince ??= now;
      if (age < unknownAfter || now - task.unknownSince <= grace) {
        doubtWord(task);
        return;
      }
    } else if (report.state.kind === 'queued' || report.state.kind === 'running') {
      delete task.unknownSince;
      doubtWord(task);
      return;
    } else if (mayStillBringOutputs(report, task)) {
      doubtWord(task);
      return;
    } else {
      announced = task.word ? announced + 1 : 0;
      // Nobody watched the tasks of an earlier run when they ended.
      const isTelling = report.state.kind === 'succeeded' && acceptedAt >= begunAt;
      if (isTelling) pace = learn(pace, seenAt, age);
    }
    found++;
    forget(id);
    for (const waiter of task.waiters) waiter.resolve(report);
  }

  function miss(id: string): void {
    const task = awaited.get(id);
    if (!task) return;
    task.seenAt = clock.now();
    doubtWord(task);
  }

  /** A word that proves premature is kept for a few more looks, then taken for a mistake. */
  function doubtWord(task: Awaited): void {
    if (!task.word || task.word.lookAt > clock.now()) return;
    const vain = task.word.vain + 1;
    if (vain === mostLooksForAWord) delete task.word;
    else task.word = { lookAt: clock.now() + secondLook * 2 ** vain, vain };
  }

  /** A task that ended well without outputs may have them in a moment; taken at its word it is bought again. */
  function mayStillBringOutputs({ state }: TaskReport, task: Awaited): boolean {
    if (state.kind !== 'failed' || state.reason !== 'no-outputs') return false;
    task.emptySince ??= clock.now();
    return clock.now() - task.emptySince < grace;
  }

  function register(task: FollowedTask, acceptedAt: number): Awaited {
    const known = awaited.get(task.taskId);
    if (known) return known;
    // Of an earlier run, whose clock was ahead.
    const since = acceptedAt > clock.now() ? begunAt - 1 : acceptedAt;
    const created: Awaited = {
      acceptedAt: since,
      seenAt: since,
      isDeep: false,
      waiters: new Set(),
      unfollow: () => undefined,
    };
    awaited.set(task.taskId, created);
    const onEnd = () => {
      created.word ??= { lookAt: clock.now() + gathering, vain: 0 };
      wake.abort('something has changed');
    };
    const isBrief = (usualDuration(pace) ?? Infinity) < brief;
    if (hints && !isBrief) created.unfollow = hints.follow(task, onEnd);
    return created;
  }

  function forget(id: string): void {
    awaited.get(id)?.unfollow();
    awaited.delete(id);
  }

  return {
    usualDuration: () => usualDuration(pace),
    ended: (followed, acceptedAt, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const task = register(followed, acceptedAt);
        const leave = () => {
          task.waiters.delete(waiter);
          if (task.waiters.size === 0) forget(followed.taskId);
          wake.abort('something has changed');
          if (awaited.size === 0) asking.abort('nobody waits');
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          resolve: (report) => {
            signal.removeEventListener('abort', leave);
            resolve(report);
          },
          reject: (error) => {
            signal.removeEventListener('abort', leave);
            reject(error);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        task.waiters.add(waiter);
        if (isLooking) wake.abort('something has changed');
        else void loop();
      }),
  };
}
