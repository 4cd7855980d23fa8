/**
 * Feeds jobs to `runJob`, a few at a time, until all have ended or the gate is closed. Starting and
 * resuming are the same: what is in flight is picked up first, then the plan is walked through in its
 * order, and whatever is done is passed by. A job is taken from the plan only when a slot is free for
 * it, so that a million of them wait on disk, not in memory.
 */
import pLimit from 'p-limit';
import { DiskFault } from '../job/disk-fault.ts';
import { isWorthAnotherLook } from '../job/failure.ts';
import type { JobRecord, SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import type { JobRunner } from './run-job.ts';
import { restoreFiles, runJob } from './run-job.ts';
import type { RunSettings } from './run.ts';
import { openStages, selectedJobs } from './standing.ts';

/** @param leave ends all waiting: the disk, or we, are broken */
export async function runAll(
  settings: RunSettings,
  runner: JobRunner,
  leave: (error: unknown) => void,
): Promise<void> {
  const hands = createHands(runner, settings.tasks, leave);
  // Without slots: they have their places on the server already, and others wait for those.
  for (const record of [...runner.ports.store.records(openStages)]) {
    if (record.attempts.at(-1)?.stage !== 'succeeded') runner.admission.readmit(0n);
    hands.take(record.job.id, runJob(runner, record));
  }
  try {
    await feed(settings, runner, hands);
  } catch (error) {
    hands.fail(error);
  }
  await hands.allEnded();
}

async function feed(
  { plan, selection }: RunSettings,
  runner: JobRunner,
  hands: Hands,
): Promise<void> {
  const { policy, gate, ports, submitter } = runner;
  if (gate.closed()?.kind === 'cancelled') return;
  for (const planned of selectedJobs(plan, selection)) {
    if (hands.has(planned.id)) continue;
    const record = ports.store.get(planned.id) ?? { job: planned.job(), attempts: [] };
    const step = nextStep(record, policy);
    if (step.do === 'submit') {
      if (gate.closed() || submitter.isExhausted()) return;
      await hands.takeWithSlot({ ...record, job: planned.job() });
    } else if ('attempt' in step && step.attempt.stage === 'saved') {
      if (!(await areAllPresent(ports.outputs.isPresent, step.attempt.files))) {
        const from = standingOf(step);
        hands.take(planned.id, restoreFiles(runner, record, step.attempt, from));
      } else if (step.do === 'measure') {
        hands.take(planned.id, runJob(runner, record));
      }
    } else if ('failure' in step && isWorthAnotherLook(step.failure)) {
      await lookAgain(runner, hands, record);
    }
  }
}

/** A song that is paid for, or may be, and could not be had in an earlier run: its task is asked again. */
async function lookAgain(runner: JobRunner, hands: Hands, record: JobRecord): Promise<void> {
  const { admission, ports, progress } = runner;
  const failed = record.attempts.at(-1);
  if (failed?.stage !== 'failed' || failed.taskId === undefined) return;
  const at = ports.clock.now();
  const reopened = await ports.store.append(record.job, { type: 'reopened', at });
  // Its bill comes again with the end of the task.
  admission.readmit(failed.cost);
  progress.reopened('failed', 'running', failed.cost);
  hands.take(record.job.id, runJob(runner, reopened));
}

async function areAllPresent(
  isPresent: (file: SavedFile) => Promise<boolean>,
  files: readonly SavedFile[],
): Promise<boolean> {
  for (const file of files) if (!(await isPresent(file))) return false;
  return true;
}

/**
 * The jobs that are being worked on, each by one hand only: a job that was picked up at the start may
 * come by again in the plan, and two hands would buy it twice.
 */
interface Hands {
  readonly has: (id: JobId) => boolean;
  readonly take: (id: JobId, work: Promise<void>) => void;
  /** Resolves when the job has got one of the slots. */
  readonly takeWithSlot: (record: JobRecord) => Promise<void>;
  /** The environment is broken, or we are: stops everything. */
  readonly fail: (error: unknown) => void;
  /** Rejects with the first bug of ours that came up. */
  readonly allEnded: () => Promise<void>;
}

function createHands(runner: JobRunner, tasks: number, leave: (error: unknown) => void): Hands {
  const slots = pLimit(tasks);
  const underWay = new Map<JobId, Promise<void>>();
  const bugs: unknown[] = [];

  const fail = (error: unknown) => {
    if (!(error instanceof DiskFault)) bugs.push(error);
    const message = error instanceof Error ? error.message : String(error);
    runner.gate.close({ kind: 'disk', message });
    leave(error);
  };
  const track = (id: JobId, work: Promise<void>) => {
    const ended = work.catch(fail).finally(() => underWay.delete(id));
    underWay.set(id, ended);
  };

  return {
    has: (id) => underWay.has(id),
    take: track,
    takeWithSlot: (record) =>
      new Promise((started) => {
        const work = slots(() => {
          started();
          return runJob(runner, record);
        });
        track(record.job.id, work);
      }),
    fail,
    allEnded: async () => {
      while (underWay.size > 0) await Promise.all(underWay.values());
      if (bugs.length > 0) throw bugs[0];
    },
  };
}
