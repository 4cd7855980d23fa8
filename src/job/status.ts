/** Where a job stands, in one word: as `metadata.json` and the listening page tell it. */
import type { JobRecord } from './history.ts';
import { nextStep, type JobPolicy } from './next-step.ts';

/** `ended`: paid for, its song not here yet. */
export const statuses = ['waiting', 'in-doubt', 'running', 'ended', 'done', 'failed'] as const;

export type Status = (typeof statuses)[number];

export function statusOf(record: JobRecord, policy: JobPolicy): Status {
  const step = nextStep(record, policy);
  if (step.do === 'nothing') return step.outcome;
  const last = record.attempts.at(-1);
  switch (last?.stage) {
    case undefined:
      return 'waiting';
    case 'intended':
      return 'in-doubt';
    case 'running':
      return 'running';
    case 'succeeded':
      return 'ended';
    case 'saved':
      return 'done';
    case 'failed':
      return 'failed';
  }
}
