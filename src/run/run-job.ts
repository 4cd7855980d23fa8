/**
 * One job, from wherever it stands to its end: asks `nextStep` what to do, does it, puts what came of
 * it on disk, asks again. A new job, a resumed one and a retried one all come through here.
 */
import { onTheUsersWord, type JobEvent, type JobRecord } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Failure } from '../job/failure.ts';
import { describeFailure } from '../job/failure.ts';
import { ApiFault } from '../job/api-fault.ts';
import type { JobPolicy, Step } from '../job/next-step.ts';
import { nextStep, type Standing } from '../job/next-step.ts';
import type { Measured } from '../job/measures.ts';
import type { TaskReport } from '../job/task.ts';
import type { Admission } from './admission.ts';
import type { PaidTask } from './fetch-songs.ts';
import { fetchSongs } from './fetch-songs.ts';
import type { Gate } from './gate.ts';
import type { JobPorts, RunPorts } from './ports.ts';
import type { Progress } from './progress.ts';
import type { Question, Settler } from './settler.ts';
import type { Land } from './slots.ts';
import type { Submitter } from './submission.ts';
import { sentParameters } from './submission.ts';
import { stopTask } from './stop-task.ts';
import type { Turns } from './turns.ts';
import type { Watcher } from './watcher.ts';

export interface JobRunner {
  readonly ports: JobPorts;
  readonly gate: Gate;
  readonly admission: Admission;
  readonly submitter: Submitter;
  /** A job whose model the manifest has changed since is settled and watched under its own. */
  readonly settlerOf: (model: string) => Settler;
  readonly watcherOf: (model: string) => Watcher;
  readonly progress: Progress;
  readonly policy: JobPolicy;
  /** Milliseconds. */
  readonly taskTimeout: number;
  readonly turns: Turns;
  /** Whether the plan still wants the job, and this run may submit it. */
  readonly mayBuy: (id: JobId) => boolean;
  /** Aborted when tasks in flight are to be stopped on the server. */
  readonly cancel: AbortSignal;
  /** Aborted when the run must leave tasks as they are. */
  readonly leave: AbortSignal;
}

/** Of a run that has all of a batch in its hands. */
export interface BatchRunner extends JobRunner {
  readonly ports: RunPorts;
}

type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

/**
 * Resolves when the job has ended, or when nothing more can be done for it in this run.
 * @param land absent: it has no slot that others might wait for
 */
export async function runJob(runner: JobRunner, start: JobRecord, land?: Land): Promise<void> {
  let record: JobRecord | undefined = start;
  let isFromEarlierRun = start.attempts.length > 0;
  /**
   * When a lost Run may last have been on its way. Of one from an earlier process that is unknown: it may
   * have waited long after its intent, for the rate limit, and that process may have died just now.
   */
  let doubtedAt = runner.ports.clock.now();
  let endTurn: (() => void) | undefined;
  const takeTurn = async ({ parameters }: Job) => {
    endTurn ??= await runner.turns.take(JSON.stringify(parameters));
  };
  try {
    while (record) {
      const step: Step = nextStep(record, runner.policy);
      switch (step.do) {
        case 'submit': {
          if (!runner.mayBuy(record.job.id)) {
            runner.progress.dropped();
            return;
          }
          await takeTurn(record.job);
          const submitted = await runner.submitter.submit(record);
          if (submitted.kind === 'not-submitted') return;
          record = submitted.record;
          isFromEarlierRun = false;
          if (submitted.kind === 'doubt') {
            doubtedAt = submitted.doubtedAt;
            runner.progress.doubted(record, submitted.message);
          } else {
            runner.progress.submitted(record);
          }
          break;
        }
        case 'settle':
          await takeTurn(record.job);
          record = await settle(runner, record, step, { doubtedAt, isFromEarlierRun });
          break;
        case 'watch':
          endTurn?.();
          // It holds the lyrics: it is not kept while the task is waited for.
          endTurn = undefined;
          record = await watch(runner, record, step);
          break;
        case 'fetch':
          await land?.();
          record = await fetch(runner, record, step, record === start);
          break;
        case 'measure':
          record = await measure(runner, record, step);
          break;
        case 'nothing':
          runner.progress.ended(record, step);
          return;
      }
    }
  } finally {
    endTurn?.();
  }
}

async function settle(
  { ports, settlerOf, admission, progress }: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'settle'>,
  doubt: Pick<Question, 'doubtedAt' | 'isFromEarlierRun'>,
): Promise<JobRecord | undefined> {
  const { job } = record;
  const { intendedAt, skew, callbackUrl, uploads = {} } = attempt;
  const sent = sentParameters(job, uploads);
  const settlement = await settlerOf(job.model).settle({
    id: job.id,
    sent,
    intendedAt,
    skew,
    callbackUrl,
    ...doubt,
  });
  const at = ports.clock.now();
  switch (settlement.kind) {
    case 'adopted': {
      const { id: taskId, token } = settlement.task;
      const event = { type: 'accepted', at, taskId, token, adopted: true } as const;
      const next = await ports.store.append(job, event);
      progress.submitted(next);
      return next;
    }
    case 'no-task': {
      const { isProven } = settlement;
      const why = isProven ? 'no such task in the list' : onTheUsersWord;
      const next = await ports.store.append(job, { type: 'withdrawn', at, why });
      if (isProven) admission.release(0n);
      else admission.forsake();
      progress.withdrawn();
      return next;
    }
    case 'open':
      admission.forsake();
      progress.leftInDoubt(job, settlement.message);
      return undefined;
  }
}

/** Until the task ends: by itself, or because it takes too long, or because the user wants no more. */
async function watch(
  runner: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'watch'>,
): Promise<JobRecord | undefined> {
  const { ports, admission, progress, leave } = runner;
  let event: JobEvent | undefined;
  try {
    const end = await endOfTask(runner, record, attempt);
    const { taskId } = attempt;
    if (end === 'overdue') event = await stopped(runner, record, taskId, { reason: 'timeout' });
    else if (end === 'cancelled')
      event = await stopped(runner, record, taskId, { reason: 'stopped' });
    else event = endOf(end, ports.clock.now());
  } catch (error) {
    if (leave.aborted) return undefined;
    if (!(error instanceof ApiFault)) throw error;
    const kind = error.kind === 'denied' ? 'denied' : 'unreachable';
    runner.gate.close({ kind, message: error.message });
  }
  if (event === undefined) return undefined;

  const next = await ports.store.append(record.job, event);
  if (event.type === 'succeeded' || event.type === 'failed') admission.release(event.cost);
  progress.taskEnded(next);
  return next;
}

/** Not `async`, as nothing on the way to here should be that need not: thousands of tasks are waited for at once. */
function endOfTask(
  { ports, watcherOf, taskTimeout, cancel, leave }: JobRunner,
  { job }: JobRecord,
  attempt: StepOf<'watch'>['attempt'],
): Promise<TaskReport | 'overdue' | 'cancelled' | undefined> {
  // One that was adopted may have been there long before it was found.
  const since = attempt.adopted ? attempt.intendedAt : attempt.acceptedAt;
  const overdueAt = Math.min(attempt.acceptedAt, ports.clock.now()) + taskTimeout;
  const ended = watcherOf(job.model).ended(attempt, since, overdueAt);
  return ended.catch((error: unknown) => {
    if (cancel.aborted && !leave.aborted) return 'cancelled';
    throw error;
  });
}

/** A task that ended by itself while we were about to stop it keeps what it made, or its own failure. */
async function stopped(
  { ports, leave, progress }: JobRunner,
  record: JobRecord,
  taskId: string,
  failure: Failure,
): Promise<JobEvent | undefined> {
  const report = await stopTask(ports, taskId, leave);
  const isOverdue = failure.reason === 'timeout';
  if (report === undefined) {
    // So old, and known to nobody: it must not be waited for in every run to come.
    const isUnknown = isOverdue && !leave.aborted && (await ports.api.task(taskId)) === undefined;
    if (isUnknown) return endOf(undefined, ports.clock.now());
    if (!leave.aborted) {
      progress.trouble(`task ${taskId} does not stop; the next run looks again`, record);
    }
    return undefined;
  }
  const at = ports.clock.now();
  const { state, cost } = report;
  const isOurDoing = state.kind === 'failed' && (!isOverdue || state.reason === 'cancelled');
  return isOurDoing ? { type: 'failed', at, failure, cost } : endOf(report, at);
}

function endOf(report: TaskReport | undefined, at: number): JobEvent {
  if (report === undefined) {
    return { type: 'failed', at, failure: { reason: 'task-unknown', message: '' }, cost: 0n };
  }
  const { state, cost, seconds } = report;
  if (state.kind === 'succeeded') {
    const { outputs } = state;
    return { type: 'succeeded', at, cost, outputs, ...(seconds !== undefined && { seconds }) };
  }
  return { type: 'failed', at, failure: failureOf(state), cost };
}

function failureOf(state: TaskReport['state']): Failure {
  if (state.kind !== 'failed') throw new Error(`a task that is ${state.kind} has not ended`);
  switch (state.reason) {
    case 'task-error':
      return { reason: 'task-error', message: state.message };
    case 'exit-code':
      return { reason: 'exit-code', exit: state.exit, message: state.message };
    case 'no-outputs':
    case 'cancelled':
      return { reason: state.reason };
  }
}

/** @param isResumed the task ended in an earlier run */
async function fetch(
  { ports, leave, progress }: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'fetch'>,
  isResumed: boolean,
): Promise<JobRecord | undefined> {
  const { job } = record;
  const fetching = await fetchSongs(ports, job, attempt, isResumed, leave);
  const at = ports.clock.now();
  switch (fetching.kind) {
    case 'saved':
      return ports.store.append(job, { type: 'saved', at, files: fetching.files });
    case 'lost':
      // The task stays paid: `cost` is not counted again.
      return ports.store.append(job, { type: 'failed', at, failure: fetching.failure, cost: 0n });
    case 'later':
      if (fetching.message !== undefined) {
        progress.trouble(`${job.output}: ${fetching.message}`, record);
      }
      return undefined;
  }
}

/** Undefined: the run left in the middle. The song is home, and a later run measures it. */
async function measure(
  { ports, leave }: JobRunner,
  { job }: JobRecord,
  { attempt }: StepOf<'measure'>,
): Promise<JobRecord | undefined> {
  const measured: Measured[] = [];
  for (const file of attempt.files) {
    const one = await ports.ears?.measure(file, leave).catch((error: unknown) => {
      if (!leave.aborted) throw error;
    });
    if (!one) return undefined;
    measured.push(one);
  }
  return ports.store.append(job, { type: 'measured', at: ports.clock.now(), measured });
}

/**
 * Files of a job that was done have disappeared: its songs are fetched once more, and measured. Where
 * that does not work it stays as it was, and is told; a later run tries again.
 *
 * @param from where the job stands
 */
export async function restoreFiles(
  runner: JobRunner,
  record: JobRecord,
  task: PaidTask,
  from: Standing,
): Promise<void> {
  const { ports, leave, progress } = runner;
  const { job } = record;
  progress.reopened(from, 'fetching');
  const fetching = await fetchSongs(ports, job, task, true, leave);
  switch (fetching.kind) {
    case 'saved': {
      const event = { type: 'saved', at: ports.clock.now(), files: fetching.files } as const;
      await runJob(runner, await ports.store.append(job, event));
      return;
    }
    case 'lost':
      progress.trouble(`${job.output} is gone, and ${describeFailure(fetching.failure)}`, record);
      return;
    case 'later':
      if (fetching.message !== undefined) {
        progress.trouble(`${job.output}: ${fetching.message}`, record);
      }
      return;
  }
}
