/**
 * Where a job stands by its history and the policy, in one word that a store can keep and count. It says
 * all that `nextStep` would, but for whether there are ears: so nobody has to read a million histories to
 * know what is left to do.
 */
import type { AttemptStage, JobRecord } from './history.ts';
import { isWorthAnotherLook } from './failure.ts';
import type { JobPolicy, Standing } from './next-step.ts';
import { nextStep } from './next-step.ts';

export type Outlook =
  /** No attempt stands. */
  | 'waiting'
  | 'intended'
  | 'running'
  | 'succeeded'
  /** Saved and measured, and it passes. */
  | 'done'
  /** Saved, and nobody has listened to it yet. */
  | 'unmeasured'
  /** Saved, and it does not pass the checks. */
  | 'rejected'
  /** Failed, and to be tried again. */
  | 'retriable'
  /** Failed for good, but paid for, or maybe: its task is asked again by every run. */
  | 'lost'
  | 'failed';

export const outlooks = [
  'waiting',
  'intended',
  'running',
  'succeeded',
  'done',
  'unmeasured',
  'rejected',
  'retriable',
  'lost',
  'failed',
] as const satisfies readonly Outlook[];

/** A run has nothing to do for these, and nothing that it does changes them while their files are there. */
export function isFinal(outlook: Outlook): boolean {
  return outlook === 'done' || outlook === 'rejected' || outlook === 'failed';
}

/**
 * To be raised whenever the same history and policy come to another outlook: what was judged is judged anew.
 * `test/job/outlook.test.ts` says what these rules come to.
 */
const rules = 1;

/** Equal keys, equal outlooks. Ears make no difference. */
export function judgementKey({ attempts, checks }: JobPolicy): string {
  const { minSeconds, maxSilence, loudness, warn } = checks ?? { warn: true };
  return JSON.stringify([
    rules,
    attempts,
    warn ? null : [minSeconds ?? null, maxSilence ?? null, loudness?.from, loudness?.to],
  ]);
}

export function outlookOf(record: JobRecord, policy: JobPolicy): Outlook {
  const step = nextStep(record, { ...policy, hasEars: true });
  switch (step.do) {
    case 'submit':
      return record.attempts.length === 0 ? 'waiting' : 'retriable';
    case 'settle':
    case 'watch':
    case 'fetch':
      return step.attempt.stage;
    case 'measure':
      return 'unmeasured';
    case 'nothing':
      if (step.outcome === 'done') return 'done';
      if (step.attempt.stage === 'saved') return 'rejected';
      return isWorthAnotherLook(step.failure) ? 'lost' : 'failed';
  }
}

/** @param hasEars whether songs can be measured here */
export function standingFor(outlook: Outlook, hasEars: boolean): Standing {
  switch (outlook) {
    case 'waiting':
    case 'retriable':
      return 'waiting';
    case 'intended':
      return 'doubt';
    case 'running':
      return 'running';
    case 'succeeded':
      return 'fetching';
    case 'unmeasured':
      return hasEars ? 'fetching' : 'done';
    case 'done':
      return 'done';
    case 'rejected':
    case 'lost':
    case 'failed':
      return 'failed';
  }
}

export function stageOf(outlook: Outlook): AttemptStage | 'waiting' {
  switch (outlook) {
    case 'done':
    case 'unmeasured':
    case 'rejected':
      return 'saved';
    case 'retriable':
    case 'lost':
      return 'failed';
    case 'waiting':
    case 'intended':
    case 'running':
    case 'succeeded':
    case 'failed':
      return outlook;
  }
}
