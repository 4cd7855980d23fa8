/**
 * What has changed between the jobs that somebody approved and those of today. A job is its id, what is
 * bought; so order, labels and comments are no change, and another name for its song is a small one.
 *
 * Both lists are walked side by side, and only what has no counterpart yet is held: as long as they have
 * one order, nothing, however long they are.
 */
import type { JobId } from '../job/job.ts';
import type { Picodollars } from '../job/money.ts';

export interface ListedJob {
  readonly id: JobId;
  /** Where its song goes, without an extension. */
  readonly output: string;
}

/** A job of the plan as it is today. */
export interface TodaysJob extends ListedJob {
  /** Whether this run might buy it. */
  readonly mayBeBought: boolean;
  /** Whether it belongs to the part of the plan that this run is about. */
  readonly isInPart: boolean;
  /** What was paid for it. */
  readonly paid: Picodollars;
}

export interface JobDrift {
  /** Might be bought, and nobody has approved it. */
  readonly added: readonly ListedJob[];
  /** Approved, and no job any more. */
  readonly gone: readonly ListedJob[];
  readonly renamed: readonly (ListedJob & { readonly was: string })[];
}

/** Something else than jobs that is not as it was approved. */
export type Change =
  | {
      readonly what: 'batch' | 'model' | 'service' | 'folder';
      readonly was: string;
      readonly is: string;
    }
  /** `price`: what the API states for a song; `billed`: what songs of this batch cost on average. */
  | {
      readonly what: 'price' | 'billed';
      readonly was: Picodollars;
      readonly is: Picodollars;
    };

export interface Drift {
  readonly changes: readonly Change[];
  readonly jobs: JobDrift;
}

export function isDrift({ changes, jobs: { added, gone, renamed } }: Drift): boolean {
  return changes.length + added.length + gone.length + renamed.length > 0;
}

export interface Comparison {
  readonly drift: JobDrift;
  /** Approved jobs in the part of the plan that this run is about, and what was paid for them. */
  readonly inPart: { readonly jobs: number; readonly paid: Picodollars };
}

export function compareJobs(approved: Iterable<ListedJob>, today: Iterable<TodaysJob>): Comparison {
  const unmatchedThen = new Map<JobId, ListedJob>();
  const unmatchedNow = new Map<JobId, TodaysJob>();
  const renamed: (ListedJob & { was: string })[] = [];
  const inPart = { jobs: 0, paid: 0n };

  const match = (then: ListedJob, now: TodaysJob) => {
    if (then.output !== now.output && now.mayBeBought) {
      renamed.push({ id: now.id, output: now.output, was: then.output });
    }
    if (!now.isInPart) return;
    inPart.jobs++;
    inPart.paid += now.paid;
  };

  for (const [then, now] of sideBySide(approved, today)) {
    if (then && then.id === now?.id) {
      match(then, now);
      continue;
    }
    if (then) {
      const counterpart = unmatchedNow.get(then.id);
      if (counterpart) {
        unmatchedNow.delete(then.id);
        match(then, counterpart);
      } else unmatchedThen.set(then.id, then);
    }
    if (now) {
      const counterpart = unmatchedThen.get(now.id);
      if (counterpart) {
        unmatchedThen.delete(now.id);
        match(counterpart, now);
      } else unmatchedNow.set(now.id, now);
    }
  }

  const added = [...unmatchedNow.values()]
    .filter(({ mayBeBought, isInPart: isOurs }) => mayBeBought && isOurs)
    .map(({ id, output }) => ({ id, output }));
  return { drift: { added, gone: [...unmatchedThen.values()], renamed }, inPart };
}

function* sideBySide<One, Other>(
  ones: Iterable<One>,
  others: Iterable<Other>,
): Generator<readonly [One | undefined, Other | undefined]> {
  const one = ones[Symbol.iterator]();
  const other = others[Symbol.iterator]();
  for (;;) {
    const [left, right] = [one.next(), other.next()];
    if (left.done && right.done) return;
    yield [left.done ? undefined : left.value, right.done ? undefined : right.value];
  }
}
