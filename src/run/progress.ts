/** Keeps the tally and tells what happens: every `RunEvent` but the first and the last comes from here. */
import { costOf } from '../job/history.ts';
import type { JobRecord } from '../job/history.ts';
import type { Failure } from '../job/failure.ts';
import type { Job } from '../job/job.ts';
import type { Picodollars } from '../job/money.ts';
import type { JobPolicy, Standing, Step } from '../job/next-step.ts';
import { findingsOf, nextStep, standingOf } from '../job/next-step.ts';
import type { AboutJob, InFlightChoice, RunEvent, StopReason, Tally } from './events.ts';

type Told = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'tally'>
    : never
  : never;

export interface Progress {
  readonly tally: () => Tally;
  readonly submitted: (record: JobRecord) => void;
  readonly doubted: (record: JobRecord, message: string) => void;
  readonly withdrawn: () => void;
  readonly leftInDoubt: (job: Job, message: string) => void;
  readonly inDoubt: () => readonly { readonly job: Job; readonly message: string }[];
  /** The task ended, well or not. */
  readonly taskEnded: (record: JobRecord) => void;
  /** What had ended is taken up again. @param refunded its cost, where that will be counted anew */
  readonly reopened: (from: Standing, to: Standing, refunded?: Picodollars) => void;
  /** A job that the plan does not want any more, and of which certainly nothing was bought. */
  readonly dropped: () => void;
  /** Nothing is left to do for the job. */
  readonly ended: (record: JobRecord, step: Extract<Step, { do: 'nothing' }>) => void;
  readonly throttled: (limit: number, message: string) => void;
  readonly raised: (limit: number) => void;
  readonly held: () => void;
  readonly paused: (pause: number, message: string) => void;
  /** @param record the job that it concerns, where it is one */
  readonly trouble: (message: string, record?: JobRecord) => void;
  readonly stopping: (reason: StopReason, inFlight: InFlightChoice) => void;
  readonly tell: (event: Told) => void;
}

export function createProgress(
  start: Tally,
  policy: JobPolicy,
  emit: (event: RunEvent) => void,
): Progress {
  let tally = start;
  const inDoubt: { job: Job; message: string }[] = [];

  const tell = (event: Told) => {
    emit({ ...event, tally });
  };
  const move = (from: Standing, to: Standing) => {
    if (from === to) return;
    tally = { ...tally, [from]: tally[from] - 1, [to]: tally[to] + 1 };
  };

  return {
    tally: () => tally,
    tell,
    submitted: (record) => {
      const attempt = record.attempts.at(-1);
      if (attempt?.stage === 'failed' && nextStep(record, policy).do === 'submit') {
        tell({ type: 'retrying', ...about(record), failure: attempt.failure });
      }
      if (attempt?.stage !== 'running') return;
      move(attempt.adopted ? 'doubt' : 'waiting', 'running');
      const { taskId, adopted } = attempt;
      tell({ type: 'submitted', ...about(record), taskId, adopted });
    },
    doubted: (record, message) => {
      move('waiting', 'doubt');
      tell({ type: 'in-doubt', ...about(record), message });
    },
    withdrawn: () => {
      move('doubt', 'waiting');
    },
    leftInDoubt: (job, message) => {
      inDoubt.push({ job, message });
    },
    inDoubt: () => inDoubt,
    taskEnded: (record) => {
      const attempt = record.attempts.at(-1);
      if (attempt === undefined || !('cost' in attempt)) return;
      tally = { ...tally, spent: tally.spent + attempt.cost };
      const standing = standingOf(nextStep(record, policy));
      // A final failure stays "running" until `ended` tells of it.
      if (standing === 'fetching' || standing === 'waiting') move('running', standing);
      if (attempt.stage === 'succeeded') {
        const { taskId, cost } = attempt;
        tell({ type: 'ended', ...about(record), taskId, cost });
      }
      if (standing === 'waiting' && attempt.stage === 'failed') {
        tell({ type: 'retrying', ...about(record), failure: attempt.failure });
      }
    },
    reopened: (from, to, refunded = 0n) => {
      move(from, to);
      tally = { ...tally, spent: tally.spent - refunded };
    },
    dropped: () => {
      tally = { ...tally, waiting: tally.waiting - 1, jobs: tally.jobs - 1 };
    },
    ended: (record, step) => {
      const cost = costOf(record);
      if (step.outcome === 'done') {
        const { taskId, files, measured = [] } = step.attempt;
        const findings = findingsOf(step.attempt, policy.checks);
        move('fetching', 'done');
        tell({ type: 'saved', ...about(record), taskId, files, measured, findings, cost });
        return;
      }
      move(standingBefore(step.failure), 'failed');
      tell({ type: 'failed', ...about(record), failure: step.failure, cost });
    },
    throttled: (limit, message) => {
      tell({ type: 'throttled', limit, message });
    },
    raised: (limit) => {
      tell({ type: 'raised', limit });
    },
    held: () => {
      tell({ type: 'held' });
    },
    paused: (pause, message) => {
      tell({ type: 'paused', pause, message });
    },
    trouble: (message, record) => {
      tell({ type: 'trouble', ...(record && about(record)), message });
    },
    stopping: (reason, inFlight) => {
      tell({ type: 'stopping', reason, inFlight });
    },
  };
}

function about({ job, attempts }: JobRecord): AboutJob {
  const last = attempts.at(-1);
  const taskId = last && 'taskId' in last ? last.taskId : undefined;
  return { job, attempt: last?.number ?? 1, ...(taskId !== undefined && { taskId }) };
}

/** Where a job stood when it failed for good. */
function standingBefore({ reason }: Failure): Standing {
  switch (reason) {
    case 'rejected':
      return 'waiting';
    case 'output-unavailable':
    case 'output-invalid':
    case 'checks':
      return 'fetching';
    case 'task-error':
    case 'exit-code':
    case 'no-outputs':
    case 'cancelled':
    case 'stopped':
    case 'timeout':
    case 'task-unknown':
      return 'running';
  }
}
