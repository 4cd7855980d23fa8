/**
 * What a run of a batch allows and wants, as it is kept for all who work on it. `version` of the batch's row
 * (layout.ts) says that it is written like this.
 */
import type { JobPolicy } from '../../job/next-step.ts';
import type { Picodollars } from '../../job/money.ts';
import type { Halt } from '../../manifest/manifest.ts';
import { amount, fields, json } from '../stored-value.ts';

export interface Terms {
  /** Of the manifest. */
  readonly model: string;
  readonly policy: JobPolicy;
  readonly halt?: Halt;
  /** Tasks of this batch in flight at most. */
  readonly tasks: number;
  /** API calls a second, of all machines together. */
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly taskTimeout: number;
  readonly settleGrace: number;
  /** Bytes that a song may have. */
  readonly outputSize: number;
  readonly budget?: Picodollars;
  /** What the API says that a song costs. */
  readonly price?: Picodollars;
  /** Jobs that may be submitted in this round. */
  readonly maxJobs?: number;
  readonly resubmitUnknown: boolean;
  /** Tasks in flight are to be stopped, and nothing is submitted (`songbatch cancel`). */
  readonly isCancelled?: true;
}

export function encodeTerms({ budget, price, ...terms }: Terms): string {
  return JSON.stringify({
    ...terms,
    ...(budget !== undefined && { budget: String(budget) }),
    ...(price !== undefined && { price: String(price) }),
  });
}

/** Throws `Malformed`. */
export function decodeTerms(written: string): Terms {
  const { budget, price, ...terms } = fields(json(written));
  return {
    // Only this version writes them, and only through `encodeTerms`.
    ...(terms as unknown as Omit<Terms, 'budget' | 'price'>),
    ...(budget !== undefined && { budget: amount(budget) }),
    ...(price !== undefined && { price: amount(price) }),
  };
}
