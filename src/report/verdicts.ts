/** What became of each job of a run: what JUnit, the summary and the notes in a CI's log tell of. */
import type { Failure } from '../job/failure.ts';
import type { Attempt } from '../job/history.ts';
import type { Job } from '../job/job.ts';
import type { Step } from '../job/next-step.ts';
import { nextStep, policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { Plan } from '../plan/plan.ts';
import type { Selection } from '../plan/selection.ts';
import type { RunOutcome } from '../run/events.ts';
import { selectedJobs } from '../run/standing.ts';

/** A run that is over; all of it is on disk. */
export interface EndedRun {
  readonly batch: { readonly plan: Plan; readonly selection: Selection };
  readonly store: StoreReader;
  readonly outcome: RunOutcome;
}

export interface Verdict {
  readonly job: Job;
  readonly attempts: readonly Attempt[];
  /** What is left to do for it. */
  readonly step: Step;
  /** Not among the selected (any more): it was in flight, and is brought home. */
  readonly isStray: boolean;
}

/** The jobs of the selection as the plan has them, then strays: those that the tally counts. Lazy. */
export function* verdictsOf({ batch, store, outcome }: EndedRun): Generator<Verdict> {
  const { plan, selection } = batch;
  const policy = policyOf(plan.manifest);
  for (const planned of selectedJobs(plan, selection)) {
    const record = { job: planned.job(), attempts: store.get(planned.id)?.attempts ?? [] };
    yield { ...record, step: nextStep(record, policy), isStray: false };
  }
  for (const id of outcome.strays) {
    const record = store.get(id);
    const step = record && nextStep(record, policy);
    // It would have to be bought anew, which nobody wants: it is no job of this run any more.
    if (!step || step.do === 'submit') continue;
    yield { ...record, step, isStray: true };
  }
}

export interface FailedJob extends Verdict {
  readonly failure: Failure;
}

/** Those of them that failed for good, in the same order. */
export function* failedJobs(run: EndedRun): Generator<FailedJob> {
  if (run.outcome.tally.failed === 0) return;
  for (const verdict of verdictsOf(run)) {
    if ('failure' in verdict.step) yield { ...verdict, failure: verdict.step.failure };
  }
}
