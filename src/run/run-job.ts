/**
 * One job, from wherever it stands to its end: asks `nextStep` what to do, does it, puts what came of
 * it on disk, asks again. A new job, a resumed one and a retried one all come through here.
 */
import type { JobEvent, JobRecord, SavedFile } from '../job/history.ts';
import type { Job } from '../job/job.ts';
import type { Failure } from '../job/failure.ts';
import { ApiFault } from '../job/api-fault.ts';
import type { Step } from '../job/next-step.ts';
import { nextStep } from '../job/next-step.ts';
import type { RemoteOutput, TaskReport } from '../job/task.ts';
import type { Admission } from './admission.ts';
import type { Gate } from './gate.ts';
import type { RunPorts } from './ports.ts';
import type { Progress } from './progress.ts';
import type { Settler } from './settler.ts';
import type { Submitter } from './submission.ts';
import { sentParameters } from './submission.ts';
import type { Turns } from './turns.ts';
import type { Watcher } from './watcher.ts';

export interface JobRunner {
  readonly ports: RunPorts;
  readonly gate: Gate;
  readonly admission: Admission;
  readonly submitter: Submitter;
  readonly settler: Settler;
  readonly watcher: Watcher;
  readonly progress: Progress;
  readonly attempts: number;
  /** Milliseconds. */
  readonly taskTimeout: number;
  /** Present when jobs of this batch may send equal parameters. */
  readonly turns?: Turns;
  /** Aborted when the run must leave tasks as they are. */
  readonly leave: AbortSignal;
}

type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

/** Resolves when the job has ended, or when nothing more can be done for it in this run. */
export async function runJob(runner: JobRunner, start: JobRecord): Promise<void> {
  const turn = createTurn(runner.turns, start.job);
  try {
    await runSteps(runner, start, turn);
  } finally {
    turn.end();
  }
}

async function runSteps(runner: JobRunner, start: JobRecord, turn: Turn): Promise<void> {
  let record: JobRecord | undefined = start;
  /** When a lost Run may last have been on its way; of an earlier process: when it was intended. */
  let doubtedAt: number | undefined;
  while (record) {
    const step: Step = nextStep(record, runner);
    switch (step.do) {
      case 'submit': {
        await turn.begin();
        const submitted = await runner.submitter.submit(record);
        if (submitted.kind === 'not-submitted') return;
        record = submitted.record;
        if (submitted.kind === 'doubt') {
          doubtedAt = submitted.doubtedAt;
          runner.progress.doubted(record, submitted.message);
        } else {
          runner.progress.submitted(record);
        }
        break;
      }
      case 'settle':
        await turn.begin();
        record = await settle(runner, record, step, doubtedAt ?? step.attempt.intendedAt);
        break;
      case 'watch':
        turn.end();
        record = await watch(runner, record, step);
        break;
      case 'fetch':
        record = await fetch(runner, record, step, record === start);
        break;
      case 'nothing':
        runner.progress.ended(record, step);
        return;
    }
  }
}

interface Turn {
  readonly begin: () => Promise<void>;
  readonly end: () => void;
}

function createTurn(turns: Turns | undefined, job: Job): Turn {
  if (!turns) return { begin: () => Promise.resolve(), end: () => undefined };
  const key = JSON.stringify(job.parameters);
  let release: (() => void) | undefined;
  return {
    begin: async () => {
      release ??= await turns.take(key);
    },
    end: () => {
      release?.();
      release = undefined;
    },
  };
}

async function settle(
  { ports, settler, admission, progress }: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'settle'>,
  doubtedAt: number,
): Promise<JobRecord | undefined> {
  const { job } = record;
  const sent = sentParameters(job, attempt.uploads ?? {});
  const settlement = await settler.settle(job.id, sent, attempt.intendedAt, doubtedAt);
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
      const why = 'no such task in the list';
      const next = await ports.store.append(job, { type: 'withdrawn', at, why });
      admission.release(0n);
      progress.withdrawn();
      return next;
    }
    case 'open':
      admission.forsake();
      progress.leftInDoubt(job, settlement.message);
      return undefined;
  }
}

async function watch(
  runner: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'watch'>,
): Promise<JobRecord | undefined> {
  const { ports, watcher, admission, progress, leave } = runner;
  const { clock, store } = ports;
  const overdue = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([leave, overdue.signal]);
  const dueIn = attempt.acceptedAt + runner.taskTimeout - clock.now();
  void clock.sleep(dueIn, AbortSignal.any([leave, done.signal])).then(() => {
    overdue.abort();
  });

  let event: JobEvent;
  try {
    const report = await watcher.ended(attempt.taskId, attempt.acceptedAt, signal);
    event = endOf(report, clock.now());
  } catch (error) {
    if (error instanceof ApiFault) {
      const kind = error.kind === 'denied' ? 'denied' : 'unreachable';
      runner.gate.close({ kind, message: error.message });
      return undefined;
    }
    if (leave.aborted) return undefined;
    if (!overdue.signal.aborted) throw error;
    event = await killOverdue(runner, attempt.taskId);
  } finally {
    done.abort();
  }

  const next = await store.append(record.job, event);
  if (event.type === 'succeeded' || event.type === 'failed') admission.release(event.cost);
  progress.taskEnded(next);
  return next;
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

/** A task that ended while we were about to kill it keeps what it made. */
async function killOverdue({ ports }: JobRunner, taskId: string): Promise<JobEvent> {
  const { api, clock } = ports;
  const killed = await api.kill(taskId);
  if (killed.kind === 'refused') await api.cancel(taskId);
  const report = await api.task(taskId);
  if (report?.state.kind === 'succeeded') return endOf(report, clock.now());
  const cost = report?.cost ?? 0n;
  return { type: 'failed', at: clock.now(), failure: { reason: 'timeout' }, cost };
}

/**
 * @param isResumed the task ended in an earlier run: its URLs may be old, and the API has fresh ones
 */
async function fetch(
  runner: JobRunner,
  record: JobRecord,
  { attempt }: StepOf<'fetch'>,
  isResumed: boolean,
): Promise<JobRecord | undefined> {
  const { ports, leave, progress } = runner;
  const { job } = record;
  const files: SavedFile[] = [];
  let isFresh = isResumed;
  let outputs = isResumed ? await freshOutputs(runner, attempt) : attempt.outputs;
  try {
    while (files.length < outputs.length) {
      const output = outputs[files.length];
      if (!output) break;
      const name = files.length === 0 ? job.output : `${job.output}~part${files.length + 1}`;
      const fetched = await ports.outputs.fetch(output, name, leave);
      if (fetched.kind === 'saved') {
        files.push(fetched.file);
      } else if (fetched.kind !== 'invalid' && !isFresh) {
        isFresh = true;
        outputs = await freshOutputs(runner, attempt);
      } else if (fetched.kind === 'unreachable') {
        progress.trouble(`${job.output}: ${fetched.message}`);
        return undefined;
      } else {
        const reason = fetched.kind === 'gone' ? 'output-unavailable' : 'output-invalid';
        return await failFetch(runner, record, { reason, message: fetched.message });
      }
    }
  } catch (error) {
    if (leave.aborted) return undefined;
    throw error;
  }
  return ports.store.append(job, { type: 'saved', at: ports.clock.now(), files });
}

/** URLs are kept for a limited time; the task may have new ones. Where it cannot tell, the old ones. */
async function freshOutputs(
  { ports, leave }: JobRunner,
  { taskId, outputs }: StepOf<'fetch'>['attempt'],
): Promise<readonly RemoteOutput[]> {
  try {
    const report = await ports.api.task(taskId, leave);
    return report?.state.kind === 'succeeded' ? report.state.outputs : outputs;
  } catch (error) {
    if (error instanceof ApiFault || leave.aborted) return outputs;
    throw error;
  }
}

/** The task stays paid: `cost` is not counted again. */
async function failFetch(
  { ports }: JobRunner,
  { job }: JobRecord,
  failure: Failure,
): Promise<JobRecord> {
  const event = { type: 'failed', at: ports.clock.now(), failure, cost: 0n } as const;
  return ports.store.append(job, event);
}
