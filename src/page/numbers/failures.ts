/** Failures that say the same, together: how often, what they cost, which jobs are left without a song. */
import type { Failure, PageJob } from '../batch.ts';

export interface ReasonGroup {
  readonly reason: string;
  readonly messages: readonly FailureGroup[];
  readonly attempts: number;
  readonly failed: number;
  /** Dollars. */
  readonly cost: number;
}

export interface FailureGroup extends Failure {
  /** Attempts that ended so; none where a song was judged, and no attempt failed. */
  readonly attempts: number;
  /** All whom it has met, each once. */
  readonly jobs: readonly PageJob[];
  /** Of these, those that failed for good by it. */
  readonly failed: number;
  /** Dollars that were paid for attempts that ended so, and for songs that do not pass. */
  readonly cost: number;
}

/** Those that cost most jobs come first. */
export function groupFailures(jobs: readonly PageJob[]): readonly ReasonGroup[] {
  const groups = new Map<
    Failure,
    { jobs: PageJob[]; attempts: number; failed: number; cost: number }
  >();
  const groupOf = (failure: Failure, job: PageJob) => {
    const group = groups.get(failure) ?? { jobs: [], attempts: 0, failed: 0, cost: 0 };
    groups.set(failure, group);
    if (group.jobs.at(-1) !== job) group.jobs.push(job);
    return group;
  };
  for (const job of jobs) {
    for (const { failure, cost } of job.attempts) {
      if (!failure) continue;
      const group = groupOf(failure, job);
      group.attempts++;
      group.cost += cost;
    }
    if (!job.failure) continue;
    const group = groupOf(job.failure, job);
    group.failed++;
    const last = job.attempts.at(-1);
    // The attempt went well, its song is what does not pass.
    if (last && !last.failure) group.cost += last.cost;
  }
  const messages = [...groups].map(([failure, group]): FailureGroup => ({ ...failure, ...group }));
  return [...Map.groupBy(messages, ({ reason }) => reason)]
    .map(([reason, list]) => together(reason, list.toSorted(byWeight)))
    .sort(byWeight);
}

function together(reason: string, messages: readonly FailureGroup[]): ReasonGroup {
  const sum = (of: (group: FailureGroup) => number) =>
    messages.reduce((total, group) => total + of(group), 0);
  return {
    reason,
    messages,
    attempts: sum(({ attempts }) => attempts),
    failed: sum(({ failed }) => failed),
    cost: sum(({ cost }) => cost),
  };
}

function byWeight(
  a: Pick<ReasonGroup, 'failed' | 'attempts'>,
  b: Pick<ReasonGroup, 'failed' | 'attempts'>,
): number {
  return b.failed - a.failed || b.attempts - a.attempts;
}
