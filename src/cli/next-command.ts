/** What to type after a plan: the same flags, for whatever is left to do. */
import { passwordOf, shownAddress } from '../batch/engine-address.ts';
import { exactUsd } from '../job/money.ts';
import type { Tally } from '../run/events.ts';
import type { PlanFlags } from './actions/plan.ts';

type PlaceFlags = Pick<
  PlanFlags,
  'out' | 'state' | 'sandbox' | 'date' | 'runId' | 'engine' | 'queue'
>;

export function nextStep(path: string, flags: PlanFlags, tally: Tally): string {
  const { waiting, doubt, running, fetching, failed } = tally;
  if (flags.dryRun) return 'the same command without --dry-run';
  if (flags.save !== undefined) return command('run', ['--plan', flags.save], placeFlags(flags));
  if (waiting + doubt + running + fetching > 0) {
    return command('run', [path], [...placeFlags(flags), ...choiceFlags(flags)]);
  }
  if (failed > 0) {
    const retry = command('retry', [path], [...placeFlags(flags), ...choiceFlags(flags)]);
    return `nothing is left to buy; ${retry} wants what failed once more`;
  }
  return 'nothing is left to do';
}

/** For a manifest of the same batch. */
export function planCommand(path: string, flags: PlaceFlags): string {
  return command('plan', [path], placeFlags(flags));
}

/** Writes the listening page of the same batch. */
export function reportCommand(path: string, { sandbox: _, ...flags }: PlaceFlags): string {
  return command('report', [path], placeFlags(flags));
}

function command(name: string, words: readonly string[], flags: readonly string[]): string {
  return ['songbatch', name, ...words.map(quoted), ...flags].join(' ');
}

/** Whom to buy from, and where everything lies. */
function placeFlags({ out, state, sandbox, date, runId, engine, queue }: PlaceFlags): string[] {
  return [
    ...(date === undefined ? [] : ['--date', date]),
    ...(runId === undefined ? [] : ['--run-id', quoted(runId)]),
    ...(out === undefined ? [] : ['--out', quoted(out)]),
    ...(state === undefined ? [] : ['--state', quoted(state)]),
    ...(sandbox ? ['--sandbox'] : []),
    ...(engine === undefined ? [] : ['--engine', quoted(typed(engine))]),
    ...(queue === undefined ? [] : ['--queue', quoted(typed(queue))]),
  ];
}

/** As it was typed, where that may be shown. */
function typed(address: string): string {
  return passwordOf(address) === '' ? address : shownAddress(address);
}

/** Which jobs; a saved plan knows that by itself. */
function choiceFlags({ only = [], skip = [], shard, tasks, budget }: PlanFlags): string[] {
  return [
    ...only.flatMap((filter) => ['--only', quoted(filter)]),
    ...skip.flatMap((filter) => ['--skip', quoted(filter)]),
    ...(shard ? ['--shard', `${shard.index}/${shard.of}`] : []),
    ...(tasks === undefined ? [] : ['--tasks', String(tasks)]),
    ...(budget === undefined ? [] : ['--budget', exactUsd(budget)]),
  ];
}

/** As a POSIX shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
