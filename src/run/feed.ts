/**
 * Feeds jobs to `runJob`, a few at a time, until all have ended or the gate is closed. Starting and
 * resuming are the same: what is in flight is picked up first, then what an earlier run has left, then the
 * plan is walked through in its order; beside that songs of earlier runs are seen to. A job is taken from the
 * plan only when a slot is free for it, so that a million of them wait on disk, not in memory.
 *
 * With a mark (`stock-note.ts`) what was left is found by the store, and the walk begins behind what is
 * known; without one all of the plan is walked through.
 */
import { DiskFault } from '../job/disk-fault.ts';
import type { JobRecord } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import { nextStep, standingOf } from '../job/next-step.ts';
import { outlookOf } from '../job/outlook.ts';
import { isSelected } from '../plan/selection.ts';
import { createBookmark, type Bookmark } from './bookmark.ts';
import { areAllPresent, restoreMissing } from './missing-songs.ts';
import type { BatchRunner } from './run-job.ts';
import { restoreFiles, runJob } from './run-job.ts';
import type { RunSettings } from './run.ts';
import { createSlots } from './slots.ts';
import { openStages, selectedJobs } from './standing.ts';
import { stockKey, type Mark } from './stock-note.ts';

/**
 * @param mark what is known of the stock; absent: nothing that would save walking through the plan
 * @param leave ends all waiting: the disk, or we, are broken
 */
export async function runAll(
  settings: RunSettings,
  runner: BatchRunner,
  mark: Mark | undefined,
  leave: (error: unknown) => void,
): Promise<void> {
  const hands = createHands(runner, settings.tasks, leave);
  // Without slots: they have their places on the server already, and others wait for those.
  for (const record of [...runner.ports.store.records(openStages)]) {
    if (record.attempts.at(-1)?.stage !== 'succeeded') runner.admission.readmit(0n);
    hands.take(record.job.id, runJob(runner, record));
  }
  const { store } = runner.ports;
  const { plan, selection } = settings;
  const bookmark = mark && createBookmark(store, stockKey(plan, selection, runner.policy), mark);
  try {
    if (runner.gate.closed()?.kind !== 'cancelled') {
      // Before anything is bought: what they turn out to have cost is part of the budget.
      for await (const record of leftAs('lost', settings, runner, mark)) {
        await lookAgain(runner, hands, record);
      }
      // Beside each other: buying does not wait until a million songs were looked for, or listened to.
      await Promise.all([
        feed(settings, runner, hands, mark, bookmark),
        measureLeft(settings, runner, hands, mark),
        restoreMissing(settings, runner, mark, hands.takeToLand),
      ]);
    }
  } catch (error) {
    hands.fail(error);
  }
  await hands.allEnded();
  // Without it the next run looks further, and that is all.
  await bookmark?.keep().catch(() => undefined);
}

/** What is submitted again. */
const unfinished = ['waiting', 'retriable'] as const;

/** Jobs that are looked up before anybody else gets a turn. */
const breath = 500;

async function feed(
  { plan, selection }: RunSettings,
  runner: BatchRunner,
  hands: Hands,
  mark: Mark | undefined,
  bookmark: Bookmark | undefined,
): Promise<void> {
  const { policy, ports } = runner;
  const { store, clock } = ports;
  const left = mark && store.judged(policy)?.records(unfinished);
  for (const record of left ?? []) {
    if (!(await feedJob(runner, hands, record, () => record.job))) return;
  }
  let walked = 0;
  for (const planned of plan.planned(left && mark.before)) {
    if (++walked % breath === 0) {
      await clock.sleep(0);
      await bookmark?.keep();
    }
    const { id, coordinates } = planned;
    if (!isSelected(selection, id, coordinates) || hands.has(id)) {
      bookmark?.pass();
      continue;
    }
    const known = store.get(id);
    bookmark?.pass(known ? undefined : id);
    // What there was to do for those that are known has been found without walking.
    if (known && left) continue;
    const record = known ?? { job: planned.job(), attempts: [] };
    const asToday = known ? planned.job : () => record.job;
    if (!(await feedJob(runner, hands, record, asToday))) return;
  }
}

/**
 * False: nothing more may be submitted.
 * @param asToday what is submitted: the names of a job may have changed since it was kept
 */
async function feedJob(
  runner: BatchRunner,
  hands: Hands,
  record: JobRecord,
  asToday: () => Job,
): Promise<boolean> {
  const { policy, gate, submitter } = runner;
  if (hands.has(record.job.id) || nextStep(record, policy).do !== 'submit') return true;
  if (gate.closed() || submitter.isExhausted()) return false;
  await hands.takeWithSlot({ ...record, job: asToday() });
  // Where slots are many, jobs would wait in memory for the rate at which they may be submitted.
  await runner.admission.lineGone();
  return true;
}

/** What earlier runs have paid for and not brought to its end. Nothing is taken up any more when the run is to end. */
async function* leftAs(
  outlook: 'lost' | 'unmeasured',
  { plan, selection }: RunSettings,
  { policy, gate, leave, ports: { store, clock } }: BatchRunner,
  mark: Mark | undefined,
): AsyncGenerator<JobRecord> {
  const judged = store.judged(policy);
  if (judged?.counts()[outlook] === 0) return;
  const left = mark && judged?.records([outlook]);
  const records = left ?? selectedJobs(plan, selection).map(({ id }) => store.get(id));
  let walked = 0;
  for (const record of records) {
    if (++walked % breath === 0) await clock.sleep(0);
    if (leave.aborted || gate.closed()?.kind === 'interrupted') return;
    if (record && outlookOf(record, policy) === outlook) yield record;
  }
}

/** Songs that are here, and that nobody has listened to. */
async function measureLeft(
  settings: RunSettings,
  runner: BatchRunner,
  hands: Hands,
  mark: Mark | undefined,
): Promise<void> {
  const { policy, ports } = runner;
  if (!policy.hasEars) return;
  for await (const record of leftAs('unmeasured', settings, runner, mark)) {
    const step = nextStep(record, policy);
    if (hands.has(record.job.id) || step.do !== 'measure') continue;
    const areHere = await areAllPresent(ports.outputs, step.attempt.files);
    const from = standingOf(step);
    await hands.takeToLand(record.job.id, () =>
      areHere ? runJob(runner, record) : restoreFiles(runner, record, step.attempt, from),
    );
  }
}

/** A song that is paid for, or may be, and could not be had in an earlier run: its task is asked again. */
async function lookAgain(runner: BatchRunner, hands: Hands, record: JobRecord): Promise<void> {
  const { admission, ports, progress } = runner;
  const failed = record.attempts.at(-1);
  if (hands.has(record.job.id)) return;
  if (failed?.stage !== 'failed' || failed.taskId === undefined) return;
  const at = ports.clock.now();
  const reopened = await ports.store.append(record.job, { type: 'reopened', at });
  // Its bill comes again with the end of the task.
  admission.readmit(failed.cost);
  progress.reopened('failed', 'running', failed.cost);
  hands.take(record.job.id, runJob(runner, reopened));
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
  /** Resolves when there was room for its songs, or when somebody has the job already. */
  readonly takeToLand: (id: JobId, work: () => Promise<void>) => Promise<void>;
  /** The environment is broken, or we are: stops everything. */
  readonly fail: (error: unknown) => void;
  /** Rejects with the first bug of ours that came up. */
  readonly allEnded: () => Promise<void>;
}

function createHands(runner: BatchRunner, tasks: number, leave: (error: unknown) => void): Hands {
  const slots = createSlots(tasks);
  const underWay = new Set<JobId>();
  const bugs: unknown[] = [];
  let onAllEnded: (() => void) | undefined;

  const fail = (error: unknown) => {
    if (!(error instanceof DiskFault)) bugs.push(error);
    const message = error instanceof Error ? error.message : String(error);
    runner.gate.close({ kind: 'disk', message });
    leave(error);
  };
  const track = (id: JobId, work: Promise<void>) => {
    const ended = () => {
      underWay.delete(id);
      if (underWay.size === 0) onAllEnded?.();
    };
    underWay.add(id);
    void work.catch(fail).then(ended);
  };

  return {
    has: (id) => underWay.has(id),
    take: track,
    takeWithSlot: (record) =>
      new Promise((started) => {
        const work = slots.fly((land) => {
          started();
          return runJob(runner, record, land);
        });
        track(record.job.id, work);
      }),
    takeToLand: (id, work) =>
      new Promise((started) => {
        if (underWay.has(id)) {
          started();
          return;
        }
        const landing = slots.land(() => {
          started();
          return work();
        });
        track(id, landing);
      }),
    fail,
    allEnded: async () => {
      while (underWay.size > 0) await new Promise<void>((resolve) => (onAllEnded = resolve));
      if (bugs.length > 0) throw bugs[0];
    },
  };
}
