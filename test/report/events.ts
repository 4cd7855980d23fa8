/** Events of a run that nobody has made, for what shows them. */
import type { Job } from '../../src/job/job.ts';
import { makePlan } from '../../src/plan/plan.ts';
import type { RunEvent, RunLimits, Tally } from '../../src/run/events.ts';
import { manifestOf, seeds } from '../plan/manifests.ts';

const plan = makePlan(
  manifestOf({
    name: 'nightly',
    axes: [seeds(1)],
    output: { dir: '/out', name: [{ axis: 'seed' }] },
  }),
);
if ('problems' in plan) throw new Error('the plan of the test is no good');

export const cent = 10_000_000_000n;

export function tallyOf(tally: Partial<Tally> = {}): Tally {
  const none = { waiting: 0, doubt: 0, running: 0, fetching: 0, done: 0, failed: 0 };
  const parts = { ...none, ...tally };
  const { waiting, doubt, running, fetching, done, failed } = parts;
  return {
    jobs: waiting + doubt + running + fetching + done + failed,
    spent: 0n,
    ...parts,
  };
}

export function jobOf(number: number, output = `vocal/${number}`): Job {
  return { id: String(number), model: 'any', coordinates: {}, parameters: {}, output };
}

export function started(tally: Tally, limits: RunLimits, price?: bigint): RunEvent {
  if ('problems' in plan) throw new Error('the plan of the test is no good');
  return { type: 'started', tally, plan, limits, ...(price !== undefined && { price }) };
}

export function submitted(tally: Tally, job: Job): RunEvent {
  return { type: 'submitted', tally, ...firstTaskOf(job), adopted: false };
}

export function ended(tally: Tally, job: Job): RunEvent {
  return { type: 'ended', tally, ...firstTaskOf(job), cost: cent };
}

export function saved(tally: Tally, job: Job): RunEvent {
  const file = { path: `${job.output}.wav`, bytes: 1_000_000, sha256: '', mediaType: 'audio/wav' };
  const song = { files: [file], measured: [], findings: [], cost: cent };
  return { type: 'saved', tally, ...firstTaskOf(job), ...song };
}

function firstTaskOf(job: Job) {
  return { job, attempt: 1, taskId: `task-${job.id}` };
}
