/**
 * Waits for tasks to end: one loop for all tasks in flight. One Task/List call tells of up to 100 of
 * them; Task/Detail is asked for a single task, for what the list does not show and before a task is
 * believed to have failed or to have cost nothing (a list that leaves a field out must cost neither a
 * paid song nor an honest bill).
 */
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import { ApiFault } from '../job/api-fault.ts';
import { learn, nextLook, unknownPace, usualDuration } from '../job/pace.ts';
import type { Clock } from './ports.ts';

export interface Watcher {
  /**
   * The report of the task once it has ended; undefined when the API does not know it (any more).
   * Rejects with the signal's reason when that is aborted, with `ApiFault` when access is denied.
   */
  readonly ended: (
    taskId: string,
    acceptedAt: number,
    signal: AbortSignal,
  ) => Promise<TaskReport | undefined>;
  /** Milliseconds that tasks of this batch take; undefined while none has ended. */
  readonly usualDuration: () => number | undefined;
}

/** "There is no task yet": believed only of a task that is older than this, and twice. */
const unknownAfter = 60_000;
/** Wiro's limit for a page. */
const longestPage = 100;
/** Milliseconds between looks that the API refuses, at first and at most. */
const firstPause = 500;
const longestPause = 15_000;
/** Deeper than this, tasks are asked for one by one. */
const mostPages = 20;

interface Waiter {
  readonly resolve: (report: TaskReport | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Awaited {
  readonly acceptedAt: number;
  /** Mostly one; two where a server gave one task to two Runs. */
  readonly waiters: Set<Waiter>;
  timesUnknown: number;
  /** When it was first seen as ended well, but without outputs. */
  emptySince?: number;
}

/** @param grace milliseconds for which the outputs of a task may be behind its end */
export function createWatcher(
  api: SongApi,
  model: string,
  clock: Clock,
  grace: number,
  onTrouble: (message: string) => void,
): Watcher {
  const awaited = new Map<string, Awaited>();
  let pace = unknownPace;
  let pause = 0;
  let lastTrouble = '';
  let isLooking = false;
  let wake = new AbortController();
  /** Aborted when nobody waits for the answers any more. */
  let asking = new AbortController();

  /** Runs while there is a task to wait for; `isLooking` says so, without a gap at either end. */
  async function loop(): Promise<void> {
    isLooking = true;
    let lookedAt = clock.now();
    while (awaited.size > 0) {
      // A task that comes or goes wakes the sleep: when to look depends on what is in flight.
      wake = new AbortController();
      const wait = lookedAt + Math.max(pause, nextLook(pace, ages())) - clock.now();
      if (wait > 0) await clock.sleep(wait, wake.signal);
      if (wake.signal.aborted) continue;
      asking = new AbortController();
      try {
        await look(asking.signal);
        pause = 0;
        lastTrouble = '';
      } catch (error) {
        if (!asking.signal.aborted) giveUpOrGoOn(error);
      }
      lookedAt = clock.now();
    }
    isLooking = false;
  }

  function giveUpOrGoOn(error: unknown): void {
    if (error instanceof ApiFault && error.kind !== 'denied') {
      pause = Math.min(Math.max(firstPause, pause * 2), longestPause);
      if (error.message !== lastTrouble) onTrouble(error.message);
      lastTrouble = error.message;
      return;
    }
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const { waiters } of awaited.values()) for (const waiter of waiters) waiter.reject(reason);
    awaited.clear();
  }

  function* ages(): Generator<number> {
    const now = clock.now();
    for (const task of awaited.values()) yield now - task.acceptedAt;
  }

  /** Where the list is refused, or one task, the others are asked for all the same. */
  async function look(signal: AbortSignal): Promise<void> {
    const unseen = new Set(awaited.keys());
    const refusals: ApiFault[] = [];
    if (unseen.size > 1) {
      await lookThroughList(unseen, signal).catch(noteRefusal(refusals));
    }
    for (const id of unseen) {
      const asked = api.task(id, signal).then((report) => {
        take(id, report);
      });
      await asked.catch(noteRefusal(refusals));
    }
    if (refusals[0]) throw refusals[0];
  }

  async function lookThroughList(unseen: Set<string>, signal: AbortSignal): Promise<void> {
    // Ours are mostly the newest; others on the account may stand between them.
    const limit = Math.min(longestPage, unseen.size * 2);
    for (let page = 0; page < mostPages && unseen.size > 0; page++) {
      const start = page * limit;
      const { tasks, total } = await api.tasks(model, { start, limit }, signal);
      for (const report of tasks) {
        if (!unseen.delete(report.id)) continue;
        take(report.id, isIncomplete(report) ? await api.task(report.id, signal) : report);
      }
      if (tasks.length === 0 || start + tasks.length >= total) return;
    }
  }

  /** Ended, but not as a task ends that went well and was billed. */
  function isIncomplete({ state, cost }: TaskReport): boolean {
    return state.kind === 'failed' || (state.kind === 'succeeded' && cost === 0n);
  }

  function take(id: string, report: TaskReport | undefined): void {
    const task = awaited.get(id);
    if (!task) return;
    const age = clock.now() - task.acceptedAt;
    if (report === undefined) {
      task.timesUnknown++;
      if (age < unknownAfter || task.timesUnknown < 2) return;
    } else if (report.state.kind === 'queued' || report.state.kind === 'running') {
      task.timesUnknown = 0;
      return;
    } else if (mayStillBringOutputs(report, task)) {
      return;
    } else {
      pace = learn(pace, age);
    }
    awaited.delete(id);
    for (const waiter of task.waiters) waiter.resolve(report);
  }

  /** A task that ended well without outputs may have them in a moment; taken at its word it is bought again. */
  function mayStillBringOutputs({ state }: TaskReport, task: Awaited): boolean {
    if (state.kind !== 'failed' || state.reason !== 'no-outputs') return false;
    task.emptySince ??= clock.now();
    return clock.now() - task.emptySince < grace;
  }

  return {
    usualDuration: () => usualDuration(pace),
    ended: (taskId, acceptedAt, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const task = awaited.get(taskId) ?? { acceptedAt, waiters: new Set(), timesUnknown: 0 };
        const leave = () => {
          task.waiters.delete(waiter);
          if (task.waiters.size === 0) awaited.delete(taskId);
          wake.abort();
          if (awaited.size === 0) asking.abort();
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
        awaited.set(taskId, task);
        if (isLooking) wake.abort();
        else void loop();
      }),
  };
}

/** Takes note of a no; what will not be mended by asking something else passes. */
function noteRefusal(refusals: ApiFault[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiFault) || error.kind !== 'refused') throw error;
    refusals.push(error);
  };
}
