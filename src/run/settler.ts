/**
 * Settles submissions in doubt: a Run was (or may have been) sent, and its answer is not known. The
 * task list is read back to the earliest of them; `job/match.ts` decides. One listing settles many.
 *
 * That there is no task is believed only of a listing that was begun a grace time after the
 * submission came into doubt (a task may appear in the list seconds after it was accepted), and that
 * shows at least one task: an empty list may as well be a list that does not work. What tells nothing
 * then is looked at again a few times before it is left in doubt.
 */
import type { SentParameters } from '../manifest/parameters.ts';
import { ApiFault } from '../job/api-fault.ts';
import type { JobId } from '../job/job.ts';
import { isOlder, settle } from '../job/match.ts';
import type { Doubt, Verdict } from '../job/match.ts';
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';
import type { Clock } from './ports.ts';

export type Settlement =
  | { readonly kind: 'adopted'; readonly task: TaskReport }
  /** `isProven: false`: the list does not tell, and the user has said to submit again all the same. */
  | { readonly kind: 'no-task'; readonly isProven: boolean }
  /** It stays in doubt; nothing may be submitted for it. */
  | { readonly kind: 'open'; readonly message: string };

/** A submission whose fate is not known. Times are this machine's. */
export interface Question {
  readonly id: JobId;
  readonly sent: SentParameters;
  /** When the intent was put on disk. */
  readonly intendedAt: number;
  /** This machine's clock minus the server's at that time; undefined: as it is now. */
  readonly skew: number | undefined;
  /** What the Run carried as `callbackUrl`. */
  readonly callbackUrl?: string | undefined;
  /** The last moment at which the Run may have been on its way. */
  readonly doubtedAt: number;
  /** It came into doubt in an earlier run, so that the user may have an opinion on it. */
  readonly isFromEarlierRun: boolean;
}

export interface Settler {
  readonly settle: (question: Question) => Promise<Settlement>;
  /** A Run is on its way: its task is not for others. Call what this returns when it is answered. */
  readonly sending: (run: SentRun) => () => void;
}

/** A Run that is on its way. Its time is that of the machine that sends it. */
export type SentRun = Pick<Question, 'id' | 'sent' | 'intendedAt' | 'callbackUrl'> &
  Partial<Pick<Question, 'skew'>>;

interface Pending extends Question {
  readonly resolve: (settlement: Settlement) => void;
  readonly reject: (error: Error) => void;
  /** Looks after the grace time that did not tell. */
  vainLooks: number;
}

interface Listing {
  readonly tasks: readonly TaskReport[];
  /** This machine's clock minus the server's, in milliseconds. */
  readonly skew: number;
  /** Whether it goes back as far as was asked; otherwise a task may be missing from it. */
  readonly isWhole: boolean;
}

const pageSize = 100;
/** Milliseconds: doubts that come up together are settled together. */
const gathering = 20;
const firstPause = 250;
const longestPause = 5_000;
const mostVainLooks = 3;

export interface SettlerOptions {
  readonly model: string;
  /** Milliseconds that a task may take to appear in the list. */
  readonly grace: number;
  /** Which of these tasks belong to a job already. */
  readonly claimed: (
    taskIds: readonly string[],
  ) => ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** Runs that other machines have on their way, or in doubt; absent where there are none. */
  readonly sentByOthers?: () => Promise<readonly SentRun[]>;
  /** The user has said that what cannot be settled was not bought. */
  readonly resubmitUnknown: boolean;
  /** Aborted when the run must leave: what is not settled by then stays in doubt. */
  readonly signal: AbortSignal;
}

export function createSettler(api: SongApi, clock: Clock, options: SettlerOptions): Settler {
  const pending = new Map<JobId, Pending>();
  /** Adopted in this process; the store may not have them yet. */
  const adopted = new Set<string>();
  const onTheirWay = new Map<JobId, SentRun>();
  let isRunning = false;
  const hasLeft = () => options.signal.aborted;

  async function loop(): Promise<void> {
    isRunning = true;
    let pause = firstPause;
    await clock.sleep(gathering, options.signal);
    while (pending.size > 0) {
      if (hasLeft()) {
        leaveOpen(pending.values(), 'the run left before it was settled');
        break;
      }
      const doubts = [...pending.values()];
      const startedAt = clock.now();
      try {
        await look(doubts, startedAt);
      } catch (error) {
        if (error instanceof ApiFault) leaveOpen(doubts, error.message);
        else if (!hasLeft()) failAll(error);
      }
      if (pending.size > 0) await clock.sleep(pause, options.signal);
      pause = Math.min(pause * 2, longestPause, Math.max(firstPause, options.grace / 4));
    }
    isRunning = false;
  }

  async function look(doubts: readonly Pending[], startedAt: number): Promise<void> {
    // By the clock as it was at each intent: it may have been set right since.
    const byServerClock = (doubt: Question, skew: number) =>
      doubt.intendedAt - (doubt.skew ?? skew);
    const { tasks, skew, isWhole } = await listBackTo((skewNow) =>
      Math.min(...doubts.map((doubt) => byServerClock(doubt, skewNow))),
    );
    const asked = doubts.map((doubt): Doubt<JobId> => ({
      key: doubt.id,
      sent: doubt.sent,
      callbackUrl: doubt.callbackUrl,
      intendedAt: byServerClock(doubt, skew),
    }));
    // Also what came into doubt while the list was being read: its task may be in it.
    const late = [...pending.values()].filter((other) => !doubts.includes(other));
    const own = new Set([...pending.keys(), ...onTheirWay.keys()]);
    // Before it is asked what is claimed: a Run that is answered in between is seen in one of both.
    const others = (await options.sentByOthers?.()) ?? [];
    const rivals = [
      ...onTheirWay.values(),
      ...late,
      ...others.filter(({ id }) => !own.has(id)),
    ].map((run): Doubt<JobId> => ({
      key: run.id,
      sent: run.sent,
      callbackUrl: run.callbackUrl,
      intendedAt: run.intendedAt - (run.skew ?? skew),
    }));
    const claimed = await options.claimed(tasks.map(({ id }) => id));
    const isClaimed = (taskId: string) => adopted.has(taskId) || claimed.has(taskId);
    const verdicts = settle(asked, rivals, tasks, isClaimed);
    for (const doubt of doubts) {
      const isAfterGrace = startedAt >= doubt.doubtedAt + options.grace;
      const settlement = conclude(verdicts.get(doubt.id), isAfterGrace, tasks.length, isWhole);
      if (settlement === undefined) continue;
      if (settlement.kind === 'open' && ++doubt.vainLooks < mostVainLooks) continue;
      if (settlement.kind === 'adopted') adopted.add(settlement.task.id);
      finish(doubt, settlement);
    }
  }

  function finish(doubt: Pending, settlement: Settlement): void {
    pending.delete(doubt.id);
    const { resubmitUnknown, signal } = options;
    // Once for each: a doubt that comes of submitting again stays one.
    const isGivenUp =
      settlement.kind === 'open' && resubmitUnknown && doubt.isFromEarlierRun && !signal.aborted;
    doubt.resolve(isGivenUp ? { kind: 'no-task', isProven: false } : settlement);
  }

  /**
   * Every task made since then. Newest come first: a task that is made while we turn pages pushes
   * others onto the next page, so that one may be read twice but none is missed. How many there are by
   * the server's count is not believed while pages come full.
   */
  async function listBackTo(earliest: (skew: number) => number): Promise<Listing> {
    const tasks = new Map<string, TaskReport>();
    let promised = 0;
    for (let start = 0; ;) {
      const page = await api.tasks(options.model, { start, limit: pageSize }, options.signal);
      const skew = page.clockSkew ?? 0;
      const known = tasks.size;
      for (const task of page.tasks) tasks.set(task.id, task);
      start += page.tasks.length;
      const oldest = page.tasks.at(-1);
      promised = Math.max(promised, page.total);
      const isLast = page.tasks.length < pageSize && start >= promised;
      const isWhole = isLast || (oldest !== undefined && isOlder(oldest, earliest(skew)));
      const isRepeated = page.tasks.length === pageSize && tasks.size === known;
      const isStuck = oldest === undefined || isRepeated;
      if (isWhole || isStuck) return { tasks: [...tasks.values()], skew, isWhole };
    }
  }

  function leaveOpen(doubts: Iterable<Pending>, message: string): void {
    for (const doubt of doubts) finish(doubt, { kind: 'open', message });
  }

  function failAll(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const doubt of pending.values()) doubt.reject(reason);
    pending.clear();
  }

  return {
    settle: (question) =>
      new Promise((resolve, reject) => {
        pending.set(question.id, { ...question, resolve, reject, vainLooks: 0 });
        if (!isRunning) void loop();
      }),
    sending: (run) => {
      onTheirWay.set(run.id, run);
      return () => {
        onTheirWay.delete(run.id);
      };
    },
  };
}

/** Undefined: look again. */
function conclude(
  verdict: Verdict | undefined,
  isAfterGrace: boolean,
  listed: number,
  isWhole: boolean,
): Settlement | undefined {
  if (verdict?.kind === 'adopt') return { kind: 'adopted', task: verdict.task };
  if (!isAfterGrace) return undefined;
  if (listed === 0)
    return { kind: 'open', message: 'the task list is empty, which proves nothing' };
  if (!isWhole) return { kind: 'open', message: 'the task list breaks off, which proves nothing' };
  return verdict?.kind === 'none'
    ? { kind: 'no-task', isProven: true }
    : { kind: 'open', message: 'the task list does not tell which task is which' };
}
