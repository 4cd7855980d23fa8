/**
 * Waits for tasks to end: one loop for all tasks in flight. `job/pace.ts` says when it pays to look,
 * `look.ts` looks. Word from outside (a socket, a webhook) that a task has ended only brings a look at it
 * forward: what a task came to is what List and Detail say, and without any word it is found out too.
 */
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import { ApiFault } from '../job/api-fault.ts';
import {
  type End,
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
   * The report of the task once it has ended; undefined when the API does not know it (any more). Rejects with
   * the reason of `WatcherOptions.leave` when that is aborted, with `ApiFault` when access is denied.
   *
   * @param overdueAt when it has taken too long; a look that is under way is waited for
   */
  readonly ended: (
    task: FollowedTask,
    acceptedAt: number,
    overdueAt: number,
  ) => Promise<TaskReport | 'overdue' | undefined>;
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
  readonly resolve: (end: TaskReport | 'overdue' | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Somebody says that a task has ended: when to look, and how often that was in vain. */
interface Word {
  readonly lookAt: number;
  readonly vain: number;
}

interface Awaited extends Sought {
  seenAt: number;
  overdueAt: number;
  /** Mostly one; two where a server gave one task to two Runs. */
  readonly waiters: Waiter[];
  unfollow: () => void;
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
  /** Nobody waits any longer. One for all: a signal and a timer for each task cost more than all the rest of it. */
  readonly leave: AbortSignal;
  readonly onTrouble: (message: string) => void;
  /** From 0 to below 1: many who were refused together must not come back together. */
  readonly random?: () => number;
}

export function createWatcher(
  api: SongApi,
  clock: Clock,
  { model, grace, hints, leave, onTrouble, random = Math.random }: WatcherOptions,
): Watcher {
  const begunAt = clock.now();
  /** In the order in which they were accepted, or nearly. */
  const awaited = new Map<string, Awaited>();
  /** Of some of them. */
  const words = new Map<string, Word>();
  let pace = unknownPace;
  /** Ends that the look under way has found. */
  let ends: End[] = [];
  // What follows is kept, not looked up whenever it is needed: with ten thousand tasks in flight going
  // through all of them must not be part of what is done for each.
  /** No task is due before. */
  let firstDue = Infinity;
  /** No word asks for a look before. */
  let firstWord = Infinity;
  /** No task is overdue before. */
  let firstOverdue = Infinity;
  /** Age of the oldest task, when it was last seen. */
  let oldest = 0;
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
  /** While nothing is looked at. */
  let sleepsUntil = -Infinity;
  let wake = new AbortController();
  /** Aborted when nobody waits for the answers any more. */
  let asking = new AbortController();

  /** Runs while there is a task to wait for; `isLooking` says so, without a gap at either end. */
  async function loop(): Promise<void> {
    isLooking = true;
    while (awaited.size > 0) {
      wake = new AbortController();
      sleepsUntil = nextLookAt();
      const wait = sleepsUntil - clock.now();
      if (wait > 0) await clock.sleep(wait, wake.signal);
      sleepsUntil = -Infinity;
      if (wake.signal.aborted) continue;
      if (clock.now() >= firstOverdue) {
        giveUpOverdue();
        continue;
      }
      const before = { lookedAt, found, gap: gap() };
      const chosen = wanted();
      if (chosen.size > 0) await look(chosen, before);
    }
    isLooking = false;
  }

  async function look(
    chosen: ReadonlyMap<string, Awaited>,
    before: { readonly lookedAt: number; readonly found: number; readonly gap: number },
  ): Promise<void> {
    asking = new AbortController();
    const { signal } = asking;
    const listedBy = clock.now() - grace;
    const isTimed = lookedAt > before.lookedAt;

    try {
      await lookAt(api, model, { wanted: chosen, inFlight: awaited, listedBy, take, miss, signal });
      if (isTimed) advised = gapAfterLook(before.gap, found > before.found);
      pause = 0;
      lastTrouble = '';
    } catch (error) {
      if (!signal.aborted) giveUpOrGoOn(error);
    }
    if (ends.length > 0) {
      pace = learn(pace, ends);
      ends = [];
      // By the new pace they may be due earlier.
      firstDue = -Infinity;
    }
    if (isTimed) survey();
  }

  function nextLookAt(): number {
    const time = Math.max(firstDue, lookedAt + patience() * gap());
    return Math.min(firstOverdue, Math.max(pausedUntil, Math.min(firstWord, time)));
  }

  /** There may be something to look at earlier than was thought. */
  function reconsider(): void {
    if (nextLookAt() < sleepsUntil) wake.abort('something has changed');
  }

  function gap(): number {
    return gapBetweenLooks(pace, oldest, advised);
  }

  function survey(): void {
    firstDue = Infinity;
    firstOverdue = Infinity;
    oldest = 0;
    let older = 0;
    for (const task of awaited.values()) {
      firstDue = Math.min(firstDue, dueAt(pace, task, older++));
      firstOverdue = Math.min(firstOverdue, task.overdueAt);
      oldest = Math.max(oldest, task.seenAt - task.acceptedAt);
    }
  }

  function giveUpOverdue(): void {
    for (const [id, task] of awaited) if (task.overdueAt <= clock.now()) release(id, 'overdue');
    survey();
  }

  function patience(): number {
    return announced >= trustedAfter ? patienceWithTrust : 1;
  }

  function wanted(): ReadonlyMap<string, Awaited> {
    const now = clock.now();
    const chosen = new Map<string, Awaited>();
    firstWord = Infinity;
    for (const [id, { lookAt }] of words) {
      const task = awaited.get(id);
      if (task && lookAt <= now) chosen.set(id, task);
      else firstWord = Math.min(firstWord, lookAt);
    }
    const usual = patience() * gap();
    if (now < Math.max(firstDue, lookedAt + usual)) return chosen;
    survey();
    if (firstDue > now) return chosen;
    lookedAt = now;
    let older = 0;
    for (const [id, task] of awaited) {
      // What is due in a moment goes along.
      if (dueAt(pace, task, older++) <= now + usual / 2) chosen.set(id, task);
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
    rejectAll(error instanceof Error ? error : new Error(String(error)));
  }

  function rejectAll(reason: Error): void {
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
        doubtWord(id);
        return;
      }
    } else if (report.state.kind === 'queued' || report.state.kind === 'running') {
      delete task.unknownSince;
      doubtWord(id);
      return;
    } else if (mayStillBringOutputs(report, task)) {
      doubtWord(id);
      return;
    } else {
      announced = words.has(id) ? announced + 1 : 0;
      // Nobody watched the tasks of an earlier run when they ended.
      const isTelling = report.state.kind === 'succeeded' && acceptedAt >= begunAt;
      if (isTelling) ends.push({ seenAt, foundAt: age });
    }
    found++;
    release(id, report);
  }

  function miss(id: string): void {
    const task = awaited.get(id);
    if (!task) return;
    task.seenAt = clock.now();
    doubtWord(id);
  }

  /** A word that proves premature is kept for a few more looks, then taken for a mistake. */
  function doubtWord(id: string): void {
    const word = words.get(id);
    if (!word || word.lookAt > clock.now()) return;
    const vain = word.vain + 1;
    if (vain === mostLooksForAWord) words.delete(id);
    else note(id, { lookAt: clock.now() + secondLook * 2 ** vain, vain });
  }

  function note(id: string, word: Word): void {
    words.set(id, word);
    firstWord = Math.min(firstWord, word.lookAt);
  }

  /** A task that ended well without outputs may have them in a moment; taken at its word it is bought again. */
  function mayStillBringOutputs({ state }: TaskReport, task: Awaited): boolean {
    if (state.kind !== 'failed' || state.reason !== 'no-outputs') return false;
    task.emptySince ??= clock.now();
    return clock.now() - task.emptySince < grace;
  }

  function register(task: FollowedTask, acceptedAt: number, overdueAt: number): Awaited {
    firstOverdue = Math.min(firstOverdue, overdueAt);
    const known = awaited.get(task.taskId);
    if (known) return known;
    // Of an earlier run, whose clock was ahead.
    const since = acceptedAt > clock.now() ? begunAt - 1 : acceptedAt;
    const created: Awaited = {
      acceptedAt: since,
      seenAt: since,
      overdueAt,
      isDeep: false,
      waiters: [],
      unfollow: () => undefined,
    };
    const id = task.taskId;
    firstDue = Math.min(firstDue, dueAt(pace, created, awaited.size));
    awaited.set(id, created);
    const onEnd = () => {
      if (words.has(id) || awaited.get(id) !== created) return;
      note(id, { lookAt: clock.now() + gathering, vain: 0 });
      reconsider();
    };
    const isBrief = (usualDuration(pace) ?? Infinity) < brief;
    if (hints && !isBrief) created.unfollow = hints.follow(task, onEnd);
    return created;
  }

  function release(id: string, end: TaskReport | 'overdue' | undefined): void {
    const waiters = awaited.get(id)?.waiters ?? [];
    forget(id);
    for (const waiter of waiters) waiter.resolve(end);
  }

  function forget(id: string): void {
    awaited.get(id)?.unfollow();
    awaited.delete(id);
    words.delete(id);
  }

  leave.addEventListener('abort', () => {
    rejectAll(leave.reason as Error);
    wake.abort('nothing to wait for');
    asking.abort('nobody waits');
  });

  return {
    usualDuration: () => usualDuration(pace),
    ended: (followed, acceptedAt, overdueAt) =>
      new Promise((resolve, reject) => {
        if (leave.aborted) {
          reject(leave.reason as Error);
          return;
        }
        register(followed, acceptedAt, overdueAt).waiters.push({ resolve, reject });
        if (isLooking) reconsider();
        else void loop();
      }),
  };
}
