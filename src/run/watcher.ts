/**
 * Waits for tasks to end: one loop for all tasks in flight. One Task/List call tells of up to 100 of
 * them; Task/Detail is asked for a single task, for what the list does not show and before a task is
 * believed to have failed (a list that leaves a field out must not cost a paid song).
 */
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import { ApiFault } from '../job/api-fault.ts';
import { learn, nextLook, unknownPace } from '../job/pace.ts';
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
}

/** "There is no task yet": believed only of a task that is older than this, and twice. */
const unknownAfter = 60_000;
/** Wiro's limit for a page. */
const longestPage = 100;
/** Deeper than this, tasks are asked for one by one. */
const mostPages = 20;

interface Awaited {
  readonly acceptedAt: number;
  readonly resolve: (report: TaskReport | undefined) => void;
  readonly reject: (error: Error) => void;
  timesUnknown: number;
}

export function createWatcher(
  api: SongApi,
  model: string,
  clock: Clock,
  onTrouble: (message: string) => void,
): Watcher {
  const awaited = new Map<string, Awaited>();
  let pace = unknownPace;
  let isLooking = false;
  let wake = new AbortController();

  /** Runs while there is a task to wait for; `isLooking` says so, without a gap at either end. */
  async function loop(): Promise<void> {
    isLooking = true;
    let lookedAt = clock.now();
    while (awaited.size > 0) {
      // A task that comes or goes wakes the sleep: when to look depends on what is in flight.
      wake = new AbortController();
      const wait = lookedAt + nextLook(pace, ages()) - clock.now();
      if (wait > 0) await clock.sleep(wait, wake.signal);
      if (wake.signal.aborted) continue;
      try {
        await look();
      } catch (error) {
        giveUpOrGoOn(error);
      }
      lookedAt = clock.now();
    }
    isLooking = false;
  }

  function giveUpOrGoOn(error: unknown): void {
    if (error instanceof ApiFault && error.kind !== 'denied') {
      onTrouble(error.message);
      return;
    }
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const task of awaited.values()) task.reject(reason);
    awaited.clear();
  }

  function* ages(): Generator<number> {
    const now = clock.now();
    for (const task of awaited.values()) yield now - task.acceptedAt;
  }

  async function look(): Promise<void> {
    const unseen = new Set(awaited.keys());
    if (unseen.size > 1) await lookThroughList(unseen);
    for (const id of unseen) take(id, await api.task(id));
  }

  async function lookThroughList(unseen: Set<string>): Promise<void> {
    // Ours are mostly the newest; others on the account may stand between them.
    const limit = Math.min(longestPage, unseen.size * 2);
    for (let page = 0; page < mostPages && unseen.size > 0; page++) {
      const start = page * limit;
      const { tasks, total } = await api.tasks(model, { start, limit });
      for (const report of tasks) {
        if (!unseen.delete(report.id)) continue;
        if (report.state.kind === 'failed') take(report.id, await api.task(report.id));
        else take(report.id, report);
      }
      if (tasks.length === 0 || start + tasks.length >= total) return;
    }
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
    } else {
      pace = learn(pace, age);
    }
    awaited.delete(id);
    task.resolve(report);
  }

  return {
    ended: (taskId, acceptedAt, signal) =>
      new Promise((resolve, reject) => {
        const leave = () => {
          awaited.delete(taskId);
          wake.abort();
          reject(signal.reason as Error);
        };
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        signal.addEventListener('abort', leave, { once: true });
        const settled = () => {
          signal.removeEventListener('abort', leave);
        };
        awaited.set(taskId, {
          acceptedAt,
          timesUnknown: 0,
          resolve: (report) => {
            settled();
            resolve(report);
          },
          reject: (error) => {
            settled();
            reject(error);
          },
        });
        if (isLooking) wake.abort();
        else void loop();
      }),
  };
}
