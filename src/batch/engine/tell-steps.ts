/**
 * Tells of what workers do as a run on one machine tells of what it does itself: events of the batch, read on one by
 * one, become the progress that reports are made of.
 */
import { costOf } from '../../job/history.ts';
import type { JobPolicy } from '../../job/next-step.ts';
import { nextStep, standingOf } from '../../job/next-step.ts';
import type { Progress } from '../../run/progress.ts';
import type { FollowedStep } from '../../state/postgres/shared-store.ts';

/** An intent is no news until it is answered: jobs with one count as waiting. */
export function tellStep(
  { event, before, after }: FollowedStep,
  policy: JobPolicy,
  progress: Progress,
): void {
  const step = nextStep(after, policy);
  const end = () => {
    if (step.do === 'nothing') progress.ended(after, step);
  };
  switch (event.type) {
    case 'intended':
    case 'withdrawn':
      return;
    case 'accepted':
      if (event.adopted) progress.doubted(before, 'its answer was lost');
      progress.submitted(after);
      return;
    case 'succeeded':
      progress.taskEnded(after);
      return;
    case 'failed':
      if (before.attempts.at(-1)?.stage === 'running') progress.taskEnded(after);
      else if (step.do === 'submit') progress.submitted(after);
      end();
      return;
    case 'saved':
      // Files that had disappeared are there again.
      if (before.attempts.at(-1)?.stage === 'saved') {
        progress.reopened(standingOf(nextStep(before, policy)), 'fetching');
      }
      end();
      return;
    case 'measured':
      end();
      return;
    case 'reopened': {
      const from = standingOf(nextStep(before, policy));
      progress.reopened(from, standingOf(step), costOf(before) - costOf(after));
      return;
    }
  }
}
