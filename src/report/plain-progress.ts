/**
 * How a run goes on, where lines cannot be drawn again: a line at every change of phase, and one every
 * so often, also while nothing happens (a CI job that is silent for long is taken for dead).
 */
import type { RunEvent, Tally } from '../run/events.ts';
import { moneyParts, paceParts, standingParts, submissionParts } from './progress-words.ts';
import type { RunPicture } from './run-picture.ts';
import { count, printable } from './words.ts';

/** Milliseconds between two lines while jobs move on, and while none does. */
const busyInterval = 10_000;
const idleInterval = 60_000;

export interface PlainProgress {
  /** What is to be said of a new phase, where the event says nothing of it by itself. */
  readonly phaseOf: (event: RunEvent) => string | undefined;
  /** The line that it is time for: only for that the picture is looked at. */
  readonly due: (picture: RunPicture) => string | undefined;
}

/** @param now milliseconds on any clock */
export function createPlainProgress(now: () => number): PlainProgress {
  const entered = new Set<string>();
  let tasks = 0;
  let latest: Tally | undefined;
  let told: Tally | undefined;
  let toldAt = 0;

  /** Whether it is so for the first time. */
  const isNew = (phase: string, isSo: boolean) => {
    if (!isSo || entered.has(phase)) return false;
    entered.add(phase);
    return true;
  };

  return {
    phaseOf: (event) => {
      latest = event.tally;
      if (event.type === 'started') {
        tasks = event.limits.tasks;
        toldAt = now();
      }
      const { waiting, doubt, running, fetching } = event.tally;
      if (event.type === 'raised') {
        return event.limit === tasks ? `${tasks} at once again` : undefined;
      }
      if (isNew('held', event.type === 'held')) {
        return 'the budget has no room for another song before one in flight is billed';
      }
      if (event.type === 'submitted') {
        const isFirst = isNew('submitting', true);
        if (isNew('all submitted', waiting + doubt === 0)) {
          return `all jobs are submitted, ${count(running, 'task')} in flight`;
        }
        return isFirst ? `the first task is accepted: ${printable(event.job.output)}` : undefined;
      }
      const isLast = waiting + doubt + running === 0 && fetching > 0;
      return isNew('downloading', isLast)
        ? `all tasks have ended, downloading the last ${fetching === 1 ? 'song' : count(fetching, 'song')}`
        : undefined;
    },
    due: (picture) => {
      if (now() - toldAt < busyInterval) return undefined;
      const hasMoved = !told || !latest || isOtherwise(latest, told);
      if (!hasMoved && now() - toldAt < idleInterval) return undefined;
      const view = picture.view();
      if (!view) return undefined;
      told = view.tally;
      toldAt = now();
      return [
        ...standingParts(view),
        ...moneyParts(view),
        ...paceParts(view),
        ...submissionParts(view),
      ].join(' · ');
    },
  };
}

function isOtherwise(one: Tally, other: Tally): boolean {
  return (Object.keys(one) as (keyof Tally)[]).some((key) => one[key] !== other[key]);
}
