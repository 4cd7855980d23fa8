/**
 * One job, several histories: what states of one batch tell of it that were worked on apart, as shards on
 * several machines are. One of them must tell of all that was paid for, or may have been; then it holds,
 * whole. Where none does the job was bought twice, or nobody can say, and that is for the user to judge.
 *
 *   A history that another continues gives way to it.
 *   Of a task several histories may tell, because each machine looked at it: what tells most of it counts.
 *   An attempt that failed and cost nothing is no loss. A doubt that another history resolved is none.
 *
 * The answer does not depend on the order of the histories, but for which of two equal ones is meant.
 */
import { isDeepStrictEqual } from 'node:util';
import { isWorthAnotherLook } from './failure.ts';
import type { Attempt, AttemptStage, JobEvent, JobRecord } from './history.ts';

export interface History {
  readonly events: readonly JobEvent[];
  /** What they add up to. */
  readonly record: JobRecord;
}

/** What one history says that another does not know of. */
export interface Claim {
  /** Position in the list of histories. */
  readonly history: number;
  readonly stage: AttemptStage;
  /** Absent where that is not known: a submission in doubt. */
  readonly taskId?: string;
}

export type Reconciled =
  | { readonly kind: 'agreed'; readonly winner: number }
  | { readonly kind: 'conflict'; readonly why: Conflict }
  /** A conflict that the user has decided. */
  | { readonly kind: 'decided'; readonly winner: number; readonly why: Conflict };

export interface Conflict {
  /**
   * `two-tasks`: it was bought twice. `doubt`: it may have been. `other-content`: one task, and not the
   * same files.
   */
  readonly kind: 'two-tasks' | 'doubt' | 'other-content';
  readonly between: readonly [Claim, Claim];
}

/**
 * @param histories of one job, at least one; none of them empty
 * @param preferred position of the history that is to hold where they contradict each other
 */
export function reconcile(histories: readonly History[], preferred?: number): Reconciled {
  if (histories.length === 1) return { kind: 'agreed', winner: 0 };
  const standing = longest(histories);
  const agreed = judge(standing);
  if (agreed.kind !== 'conflict' || preferred === undefined) return agreed;
  const wanted = histories[preferred];
  const winner = standing.find((one) => wanted && isContinuedBy(wanted, one));
  return winner ? { ...agreed, kind: 'decided', winner: winner.position } : agreed;
}

function judge(
  standing: readonly Standing[],
): Extract<Reconciled, { kind: 'agreed' | 'conflict' }> {
  const quarrel = contentQuarrel(standing);
  if (quarrel) return { kind: 'conflict', why: { kind: 'other-content', between: quarrel } };

  const purchases = purchasesOf(standing);
  const complete = standing.filter((one) => purchases.every((purchase) => purchase.isIn(one)));
  const [winner] = complete.sort(byKnowledge);
  if (winner) return { kind: 'agreed', winner: winner.position };

  const between = twoApart(standing, purchases);
  const isDoubt = between.some(({ taskId }) => taskId === undefined);
  return { kind: 'conflict', why: { kind: isDoubt ? 'doubt' : 'two-tasks', between } };
}

/** Whether one history is the beginning of the other, or all of it. */
function isContinuedBy(earlier: History, later: History): boolean {
  return (
    earlier.events.length <= later.events.length &&
    earlier.events.every((event, index) => isDeepStrictEqual(event, later.events[index]))
  );
}

interface Standing extends History {
  readonly position: number;
}

/** Those that no other continues; of equal ones the first. */
function longest(histories: readonly History[]): Standing[] {
  const all = histories.map((history, position) => ({ ...history, position }));
  return all.filter(
    (one) =>
      !all.some(
        (other) =>
          other !== one &&
          isContinuedBy(one, other) &&
          (one.events.length < other.events.length || other.position < one.position),
      ),
  );
}

/** Something that was bought, or may have been. */
interface Purchase {
  readonly claim: Claim;
  /** Whether a history tells no less of it than the others. */
  readonly isIn: (history: Standing) => boolean;
}

function purchasesOf(standing: readonly Standing[]): Purchase[] {
  return [...tasksOf(standing), ...doubtsOf(standing)];
}

function* tasksOf(standing: readonly Standing[]): Generator<Purchase> {
  const best = new Map<string, { claim: Claim; told: number; isPaid: boolean }>();
  for (const { record, position } of standing) {
    for (const attempt of record.attempts) {
      const taskId = taskIdOf(attempt);
      if (taskId === undefined) continue;
      const told = toldBy(attempt);
      if (told <= (best.get(taskId)?.told ?? -1)) continue;
      const claim = { history: position, stage: attempt.stage, taskId };
      best.set(taskId, { claim, told, isPaid: mayBePaid(attempt) });
    }
  }
  for (const { claim, told, isPaid } of best.values()) {
    if (!isPaid) continue;
    const isIn = ({ record }: Standing) =>
      record.attempts.some((one) => taskIdOf(one) === claim.taskId && toldBy(one) >= told);
    yield { claim, isIn };
  }
}

/** Submissions whose fate no history knows. */
function* doubtsOf(standing: readonly Standing[]): Generator<Purchase> {
  const lastIntent = ({ events }: Standing) =>
    events.at(-1)?.type === 'intended' ? events.at(-1) : undefined;
  for (const [index, one] of standing.entries()) {
    const intent = lastIntent(one);
    if (!intent) continue;
    const has = ({ events }: Standing) => events.some((event) => isDeepStrictEqual(event, intent));
    const isTold = standing
      .slice(0, index)
      .some((other) => isDeepStrictEqual(lastIntent(other), intent));
    const isResolved = standing.some(
      (other) => !isDeepStrictEqual(lastIntent(other), intent) && has(other),
    );
    if (isTold || isResolved) continue;
    yield { claim: { history: one.position, stage: 'intended' }, isIn: has };
  }
}

/** Where no history has every purchase: one of them, and another that its history does not have. */
function twoApart(
  standing: readonly Standing[],
  purchases: readonly Purchase[],
): readonly [Claim, Claim] {
  const one = purchases[0];
  const holder = standing.find(({ position }) => position === one?.claim.history);
  const other = holder && purchases.find((purchase) => !purchase.isIn(holder));
  if (!one || !other) throw new Error('a history that has every purchase was passed over');
  return [one.claim, other.claim];
}

/** One task whose files two histories have saved with different content. */
function contentQuarrel(standing: readonly Standing[]): readonly [Claim, Claim] | undefined {
  const seen = new Map<string, { readonly claim: Claim; readonly content: string }>();
  for (const { record, position } of standing) {
    for (const attempt of record.attempts) {
      if (attempt.stage !== 'saved') continue;
      const { stage, taskId, files } = attempt;
      const claim = { history: position, stage, taskId };
      const content = files.map(({ sha256 }) => sha256).join();
      const earlier = seen.get(taskId) ?? { claim, content };
      if (earlier.content !== content) return [earlier.claim, claim];
      seen.set(taskId, earlier);
    }
  }
  return undefined;
}

function taskIdOf(attempt: Attempt): string | undefined {
  return 'taskId' in attempt ? attempt.taskId : undefined;
}

function mayBePaid(attempt: Attempt): boolean {
  return attempt.stage === 'failed'
    ? attempt.cost > 0n || isWorthAnotherLook(attempt.failure)
    : true;
}

/** How much an attempt tells of its task: what was looked at later tells more, and a song most of all. */
function toldBy(attempt: Attempt): number {
  switch (attempt.stage) {
    case 'intended':
      return 0;
    case 'running':
      return 1;
    case 'failed':
      if (!mayBePaid(attempt)) return 2;
      // The task itself went well: its song could not be had.
      return attempt.failure.reason.startsWith('output-') ? 5 : 3;
    case 'succeeded':
      return 4;
    case 'saved':
      return 6;
  }
}

/** Best first. Of histories that have every purchase any is right; this one is the same in any order. */
function byKnowledge(a: Standing, b: Standing): number {
  const told = ({ record }: Standing) => {
    const last = record.attempts.at(-1);
    return last ? toldBy(last) : -1;
  };
  return (
    told(b) - told(a) ||
    b.events.length - a.events.length ||
    (a.events.at(-1)?.at ?? 0) - (b.events.at(-1)?.at ?? 0) ||
    (inWords(a) < inWords(b) ? -1 : 1)
  );
}

function inWords({ events }: History): string {
  return JSON.stringify(events, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
