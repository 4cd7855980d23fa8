/**
 * The account's and the batch's books, and whether they have room for one more task: pure, and asked under
 * the lock of both rows, so that what was checked is reserved in the same transaction.
 */
import { canAfford, dearer } from '../../job/budget.ts';
import { afterQuiet, runsAtOnce, type Concurrency } from '../../job/concurrency.ts';
import { haltReason } from '../../job/halt.ts';
import type { Picodollars } from '../../job/money.ts';
import type { AttemptStage } from '../../job/history.ts';
import { amount, text } from '../stored-value.ts';
import type { Row } from './database.ts';
import { wholeOf } from './rows.ts';
import { decodeTerms, type Terms } from './terms.ts';

/** What all machines on an account share. */
export interface AccountBooks {
  readonly id: string;
  readonly concurrency: Concurrency;
  /** Tasks that are in flight, or may be. */
  readonly open: number;
  /** Of these, Runs that nobody has answered yet. */
  readonly asking: number;
  /** Nothing is submitted before; milliseconds since 1970. */
  readonly pausedUntil: number;
}

export interface BatchBooks {
  readonly version: number;
  /** Events so far. */
  readonly events: number;
  readonly jobs: number;
  readonly round: number;
  readonly terms: Terms | undefined;
  /** Why nothing more is submitted, as who stopped it has written it; JSON. */
  readonly stopped: string | undefined;
  readonly open: number;
  readonly forsaken: number;
  readonly spent: Picodollars;
  readonly dearest: Picodollars | undefined;
  /** Jobs of this round that were submitted, and that ended, failed ones included. */
  readonly submitted: number;
  readonly ended: number;
  readonly failed: number;
  /** Of this round: withdrawn on the user's word alone. They may have been bought, and keep their money. */
  readonly unproven: number;
}

export interface Books {
  readonly account: AccountBooks;
  readonly batch: BatchBooks;
}

/** Why there is no room now. */
export type NoRoom =
  /** As many tasks are in flight as the account, or the batch, may have. */
  | { readonly kind: 'full' }
  | { readonly kind: 'paused'; readonly until: number }
  /** Another job sends the same: which task is whose is not known before that is answered. */
  | { readonly kind: 'turn' }
  /** What is in flight may still use up the budget. */
  | { readonly kind: 'held' }
  | {
      readonly kind: 'too-dear';
      readonly spent: Picodollars;
      readonly budget: Picodollars;
      /** What another song may cost. */
      readonly worst: Picodollars | undefined;
      /** The budget is that of an approved plan. */
      readonly isApproved: boolean;
    }
  /** As many jobs were submitted as the round may. */
  | { readonly kind: 'enough'; readonly jobs: number }
  /** Too many jobs fail. */
  | { readonly kind: 'halted'; readonly message: string }
  | { readonly kind: 'stopped'; readonly reason: string };

/** Undefined: there is room. @param isCounted the job was submitted in this round before */
export function roomFor({ account, batch }: Books, isCounted: boolean): NoRoom | undefined {
  const { terms, stopped } = batch;
  if (stopped !== undefined) return { kind: 'stopped', reason: stopped };
  if (!terms) throw new Error('a batch without terms has no orders');
  const halted = haltReason(terms.halt, batch.failed, batch.ended);
  if (halted !== undefined) return { kind: 'halted', message: halted };
  if (!isCounted && batch.submitted >= (terms.maxJobs ?? Infinity)) {
    return { kind: 'enough', jobs: batch.submitted };
  }
  const { concurrency, open, asking } = account;
  if (open >= concurrency.limit || batch.open >= terms.tasks) return { kind: 'full' };
  if (asking >= runsAtOnce(concurrency, open)) return { kind: 'full' };
  const { budget, price } = terms;
  const { spent, dearest, forsaken, unproven } = batch;
  const afford = canAfford(budget, {
    spent,
    inFlight: batch.open,
    unsettled: forsaken + unproven,
    dearest,
    stated: price,
  });
  switch (afford) {
    case 'yes':
      return undefined;
    case 'wait':
      return { kind: 'held' };
    case 'no':
      return {
        kind: 'too-dear',
        spent,
        budget: budget ?? 0n,
        worst: dearer(dearest, price),
        isApproved: terms.isBudgetApproved === true,
      };
  }
}

/** Where as many tasks are in flight as may be, and that for a quiet time, one more is tried. */
export function afterQuietTime(account: AccountBooks, now: number, interval: number): AccountBooks {
  if (account.open < account.concurrency.limit) return account;
  return { ...account, concurrency: afterQuiet(account.concurrency, now, interval) };
}

/** What one job takes of both books. */
export interface Share {
  readonly open: number;
  readonly asking: number;
  readonly forsaken: number;
}

export function shareOf(stage: AttemptStage | undefined, isForsaken: boolean): Share {
  if (stage === 'intended') {
    return isForsaken ? { open: 0, asking: 0, forsaken: 1 } : { open: 1, asking: 1, forsaken: 0 };
  }
  return { open: stage === 'running' ? 1 : 0, asking: 0, forsaken: 0 };
}

export function moved({ account, batch }: Books, from: Share, to: Share): Books {
  const open = to.open - from.open;
  return {
    account: {
      ...account,
      open: account.open + open,
      asking: account.asking + to.asking - from.asking,
    },
    batch: {
      ...batch,
      open: batch.open + open,
      forsaken: batch.forsaken + to.forsaken - from.forsaken,
    },
  };
}

/** Of `accounts` and `batches`, joined by `booksColumns`. Throws `Malformed`. */
export function readBooks(row: Row): Books {
  const isThere = (value: unknown) => value !== null && value !== undefined;
  return {
    account: {
      id: text(row['account']),
      concurrency: {
        ceiling: wholeOf(row['ceiling']),
        limit: wholeOf(row['allowed']),
        proven: wholeOf(row['proven']),
        probeAt: wholeOf(row['probe_at']),
      },
      open: wholeOf(row['account_open']),
      asking: wholeOf(row['asking']),
      pausedUntil: wholeOf(row['paused_until']),
    },
    batch: {
      version: wholeOf(row['version']),
      events: wholeOf(row['events']),
      jobs: wholeOf(row['jobs']),
      round: wholeOf(row['round']),
      terms: isThere(row['terms']) ? decodeTerms(text(row['terms'])) : undefined,
      stopped: isThere(row['stopped']) ? text(row['stopped']) : undefined,
      open: wholeOf(row['open']),
      forsaken: wholeOf(row['forsaken']),
      spent: amount(row['spent']),
      dearest: isThere(row['dearest']) ? amount(row['dearest']) : undefined,
      submitted: wholeOf(row['submitted']),
      ended: wholeOf(row['ended']),
      failed: wholeOf(row['failed']),
      unproven: wholeOf(row['unproven']),
    },
  };
}

export const booksColumns = `
  a.id AS account, a.ceiling, a.allowed, a.proven, a.probe_at, a.open AS account_open, a.asking, a.paused_until,
  b.version, b.events, b.jobs, b.round, b.terms, b.stopped, b.open, b.forsaken, b.spent::text, b.dearest::text,
  b.submitted, b.ended, b.failed, b.unproven`;
