/** What there is to say about a run that goes on: in its own words and numbers only, no names and no messages. */
import { showUsd } from '../job/money.ts';
import type { InFlightChoice, StopReason, Tally } from '../run/events.ts';
import type { RunView } from './run-picture.ts';
import { count, showDuration, showTally } from './words.ts';

export function standingParts({ tally }: RunView): string[] {
  return showTally(tally).split(' · ');
}

/** `3.2 a minute`, `about 17 min left`, `11 min 40 s so far` */
export function paceParts({ perMinute, timeLeft, elapsed, stopping }: RunView): string[] {
  const isLeaving = stopping?.inFlight === 'leave';
  return [
    ...(perMinute === undefined ? [] : [`${showRate(perMinute)} a minute`]),
    ...(timeLeft === undefined || isLeaving ? [] : [`${showEstimate(timeLeft)} left`]),
    `${showDuration(elapsed)} so far`,
  ];
}

/** `$0.65 of $2.00 spent`, `about $1.75 in all` */
export function moneyParts({ tally, limits, total }: RunView): string[] {
  const of = limits.budget === undefined ? '' : ` of ${showUsd(limits.budget)}`;
  return [
    `${showUsd(tally.spent)}${of} spent`,
    ...(total === undefined ? [] : [`about ${showUsd(total)} in all`]),
  ];
}

/** How many tasks there may be at once and why, what holds submissions up, what ends them. */
export function submissionParts(view: RunView): string[] {
  const { tally, atOnce, limits, isHeld, paused, stopping, toSubmit } = view;
  if (stopping) {
    return [`stopping: ${whyStopping(stopping.reason)}`, waitingFor(stopping.inFlight, tally)];
  }
  if (tally.waiting === 0) return [];
  if (paused) return [`no submissions for ${showDuration(paused.left)}`, ...whatIsLeft(view)];
  if (isHeld) return ['the budget has no room before one in flight is billed', ...whatIsLeft(view)];
  if (toSubmit === 0) return whatIsLeft(view);
  const of = `${atOnce.limit} of ${limits.tasks} at once`;
  const shown = {
    refused: `${of}: the account allows no more (code 96)`,
    probing: `${of}: trying one more, after code 96`,
    wanted: `up to ${atOnce.limit} at once`,
  };
  return [shown[atOnce.why ?? 'wanted'], ...whatIsLeft(view)];
}

function whatIsLeft({ endedBy, toSubmit, tally, timeLeft = 0 }: RunView): string[] {
  if (endedBy === undefined) return [];
  const left = count(tally.waiting - toSubmit, 'job');
  const ends = {
    budget: `about ${left} will be left when the budget is used up`,
    'max-jobs': `${left} will be left by --max-jobs`,
    deadline: `about ${left} will be left at the deadline, in ${showDuration(timeLeft)}`,
  };
  return [ends[endedBy]];
}

function waitingFor(inFlight: InFlightChoice, { running, fetching, doubt }: Tally): string {
  const tasks = running + doubt;
  switch (inFlight) {
    case 'leave':
      return 'saving the state';
    case 'drain':
      return tasks > 0
        ? `waiting for ${count(tasks, 'task')} in flight`
        : `waiting for ${count(fetching, 'download')}`;
    case 'cancel':
      return `stopping ${count(tasks, 'task')} in flight`;
  }
}

function whyStopping({ kind }: StopReason): string {
  switch (kind) {
    case 'budget':
      return 'the budget is used up';
    case 'balance':
      return "the account's balance is used up";
    case 'denied':
      return 'the API does not accept the credentials';
    case 'unreachable':
      return 'the API cannot be reached';
    case 'deadline':
      return 'the deadline is reached';
    case 'halt':
      return 'too many jobs failed';
    case 'interrupted':
      return 'interrupted';
    case 'cancelled':
      return 'cancelled by you';
    case 'max-jobs':
      return 'as many jobs as --max-jobs allows';
    case 'disk':
      return 'the disk takes no more';
    case 'refused':
      return 'the model does not take what the manifest asks for';
    case 'in-doubt':
      return 'the fate of submissions cannot be told';
  }
}

/** `3.2`, `48` */
function showRate(perMinute: number): string {
  return perMinute < 9.95 ? perMinute.toFixed(1) : String(Math.round(perMinute));
}

/** No more exact than it can be: `under a minute`, `about 17 min`, `about 3 h 20 min`, `about 41 h` */
function showEstimate(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000);
  if (minutes <= 1) return 'under a minute';
  if (minutes < 60) return `about ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const tens = Math.floor((minutes % 60) / 10) * 10;
  return hours >= 12 ? `about ${Math.round(minutes / 60)} h` : `about ${hours} h ${tens} min`;
}
