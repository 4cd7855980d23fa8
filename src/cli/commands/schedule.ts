/** `songbatch schedule`: batches that begin by themselves, on an engine of many machines. */
import { Option, type Command } from 'commander';
import { overlaps } from '../../batch/overlap.ts';
import type { ScheduleAddFlags, ScheduleReadFlags } from '../actions/schedule.ts';
import { addEngineFlags, type EngineFlags } from '../engine-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  collect,
  jsonFlag,
  parseCount,
  parseMoney,
  parsePath,
  parseScheduleName,
  parseTime,
} from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addScheduleCommand(program: Command, invocation: Invocation): void {
  const schedule = program
    .command('schedule')
    .summary('let a batch begin by itself, on an engine of many machines')
    .description(
      'Keeps batches that begin by themselves. Whichever worker of the account (WIRO_API_KEY, WIRO_BASE_URL) is free takes a tick up: what the manifest reads (lyrics, descriptions of models) is kept with the schedule, so that no worker needs the files.',
    )
    .helpCommand(false);
  addAdd(schedule, invocation);
  addList(schedule, invocation);
  addShow(schedule, invocation);
  addRemove(schedule, invocation);
}

function addAdd(schedule: Command, invocation: Invocation): void {
  const command = schedule
    .command('add')
    .summary('keep a batch that begins by itself, or put it in the place of an earlier one')
    .description(
      'Keeps a manifest, with all that it reads, and begins its batch whenever cron says so. Files that change later reach it when it is added again. Buys nothing now.',
    )
    .argument('<manifest>', 'the batch, a YAML file')
    .requiredOption(
      '--cron <fields>',
      'when: minute, hour, day of month, month, day of week, as in "0 3 * * *"',
    )
    .option(
      '--tz <zone>',
      'time zone of cron and of {date}, as Europe/Berlin (default: that of this machine)',
    )
    .addOption(
      new Option(
        '--overlap <choice>',
        'what a tick does while the batch of an earlier one goes on: skip it, or queue it behind that (at most one waits)',
      )
        .choices(overlaps)
        .default('skip'),
    )
    .option(
      '--name <name>',
      "name of the schedule (default: the manifest's name)",
      parseScheduleName,
    )
    .option(
      '--budget <usd>',
      'stop before a batch costs more, instead of limits.budget',
      parseMoney,
    )
    .option(
      '--no-budget',
      'a batch may cost what it costs, where the manifest has no budget either',
    )
    .option('--tasks <n>', 'tasks in flight at most, instead of limits.tasks', parseCount)
    .option(
      '--deadline <time>',
      'stop a batch after this time (55m), instead of limits.deadline',
      parseTime,
    )
    .option('--out <folder>', "output folder, instead of the manifest's output.dir", parsePath)
    .option('--only <axis=label>', 'only jobs with this label; may be repeated', collect)
    .option('--skip <axis=label>', 'no jobs with this label; may be repeated', collect);
  addEngineFlags(command)
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
{date} is the day of the tick in the time zone of the schedule, {runId} its name and time. With either of them in
output.dir every day, or every tick, is a batch of its own, with a budget of its own; without, all ticks mean the
same batch. Songs go where output.dir says, on whichever worker: it must be storage that all of them share. The
folder is made and marked now; a worker that does not see the mark begins nothing, and "schedule list" says so.

A schedule belongs to the account of WIRO_API_KEY: workers with another key leave it alone. After a change of the
key add it again.

What is kept can be read by whoever can read the database: the manifest, the files that it reads, limits, and
values of the environment variables that it names as {env.NAME}. No other variable is kept, and no key.
A reference song on the disk is not kept: give it by a URL, or put it on storage that every worker mounts.

Examples:
  songbatch schedule add nightly.yaml --cron "0 3 * * *" --tz Europe/Berlin --budget 25
  songbatch schedule add nightly.yaml --cron "0 3 * * 1-5" --overlap queue --engine postgres://db/songs`,
    )
    .action(async (path: string, flags: ScheduleAddFlags) => {
      const { addSchedule } = await import('../actions/schedule.ts');
      await addSchedule(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

function addList(schedule: Command, invocation: Invocation): void {
  addEngineFlags(
    schedule
      .command('list')
      .summary('list them')
      .description(
        'Lists the schedules of the account (WIRO_API_KEY) at an engine, and what came of their last ticks.',
      ),
  )
    .addOption(jsonFlag())
    .action(async (flags: ScheduleReadFlags) => {
      const { listSchedules } = await import('../actions/schedule.ts');
      await listSchedules(flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

function addShow(schedule: Command, invocation: Invocation): void {
  addEngineFlags(
    schedule
      .command('show')
      .summary('show one of them in full')
      .description(
        'Shows when a schedule comes, what came of its ticks, what it may cost, and what is kept of its batch.',
      )
      .argument('<name>', 'the schedule'),
  )
    .addOption(jsonFlag())
    .action(async (name: string, flags: ScheduleReadFlags) => {
      const { showSchedule } = await import('../actions/schedule.ts');
      await showSchedule(name, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

function addRemove(schedule: Command, invocation: Invocation): void {
  addEngineFlags(
    schedule
      .command('remove')
      .summary('remove one of them')
      .description(
        'Removes a schedule; a tick that waits does not begin any more. A batch that it has begun goes on: "songbatch cancel --engine" stops it.',
      )
      .argument('<name>', 'the schedule'),
  ).action(async (name: string, flags: EngineFlags) => {
    const { removeSchedule } = await import('../actions/schedule.ts');
    await removeSchedule(name, flags, invocation);
    invocation.exitWith(exitCodes.done);
  });
}
