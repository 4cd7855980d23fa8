/** A run that goes on, told in full on demand: for people as a paragraph, for machines as one object. */
import { exactUsd } from '../job/money.ts';
import { moneyParts, paceParts, standingParts, submissionParts } from './progress-words.ts';
import type { RunView } from './run-picture.ts';
import { printable, showDuration } from './words.ts';

/** Tasks that are named, the oldest first; the tally counts all. */
const shownTasks = 5;

/** @param view undefined: nothing has been begun yet */
export function runStatusText(view: RunView | undefined): string {
  if (!view) return 'status: the run has not begun yet';
  const { name, tally, inFlight, usual, trouble, isFinished } = view;
  if (isFinished) {
    return `${name}: the run is over: ${[...standingParts(view), ...moneyParts(view)].join(' · ')}`;
  }
  const tasks = inFlight()
    .slice(0, shownTasks)
    .map(({ output, age }) => `${printable(output)} (${showDuration(age)})`);
  const others = tally.running - tasks.length;
  if (others > 0 && tasks.length > 0) tasks.push(`${others} more`);
  const lines = [
    paceParts(view).join(' · '),
    moneyParts(view).join(' · '),
    submissionParts(view).join(' · '),
    usual === undefined ? '' : `a task usually takes ${showDuration(usual)}`,
    tasks.length === 0 ? '' : `in flight: ${tasks.join(', ')}`,
    trouble === undefined
      ? ''
      : `last trouble, ${showDuration(trouble.age)} ago: ${printable(trouble.message)}`,
  ];
  return [
    `${name}: ${standingParts(view).join(' · ')}`,
    ...lines.filter((line) => line !== '').map((line) => `  ${line}`),
  ].join('\n');
}

/** Times are in seconds, rounded. What is not known is left out. */
export function runStatusJson(view: RunView | undefined): object {
  if (!view) return { phase: 'starting' };
  const { tally, limits, atOnce, stopping, perMinute, usual, timeLeft, endedBy, total } = view;
  const { spent, ...standing } = tally;
  return {
    phase: view.isFinished ? 'finished' : stopping ? 'stopping' : 'working',
    manifest: view.name,
    tally: { ...standing, spentUsd: exactUsd(spent) },
    elapsedSeconds: seconds(view.elapsed),
    ...(perMinute !== undefined && { jobsPerMinute: Number(perMinute.toPrecision(3)) }),
    ...(usual !== undefined && { usualTaskSeconds: seconds(usual) }),
    ...(timeLeft !== undefined && { secondsLeft: seconds(timeLeft) }),
    ...(endedBy && { endedBy }),
    ...(total !== undefined && { projectedUsd: exactUsd(total) }),
    ...(limits.budget !== undefined && { budgetUsd: exactUsd(limits.budget) }),
    atOnce: { ...atOnce, wanted: limits.tasks },
    isHeldByBudget: view.isHeld,
    ...(view.paused && { pausedSeconds: seconds(view.paused.left) }),
    ...(stopping && { stopping: stopping.reason.kind, inFlightWillBe: stopping.inFlight }),
    inFlight: view.inFlight().map(({ output, age }) => ({ output, ageSeconds: seconds(age) })),
    ...(view.trouble && {
      trouble: {
        message: printable(view.trouble.message),
        secondsAgo: seconds(view.trouble.age),
      },
    }),
  };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
