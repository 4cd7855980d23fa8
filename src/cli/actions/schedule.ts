/** The work of `songbatch schedule`: batches that begin by themselves, on an engine. */
import { basename } from 'node:path';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import { loadConfig } from '../../batch/config.ts';
import type { EngineAddress } from '../../batch/engine-address.ts';
import { makeSchedule, placesOf, type ScheduleFlags } from '../../batch/make-schedule.ts';
import type { KeptSchedule } from '../../batch/schedule.ts';
import { readSchedule, scheduleText } from '../../batch/schedule.ts';
import { minuteIn } from '../../batch/time-zone.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { didYouMean } from '../../manifest/nearest.ts';
import { openSchedules, type Schedule, type Schedules } from '../../queue/schedules.ts';
import { upcomingTicks } from '../../queue/upcoming.ts';
import { createPage } from '../../report/page.ts';
import * as report from '../../report/schedule-report.ts';
import { engineAddress, type EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { warnOfVariables, warnOn } from '../warn-on.ts';

export interface ScheduleReadFlags extends EngineFlags {
  readonly json?: true;
}

export interface ScheduleAddFlags extends ScheduleFlags, ScheduleReadFlags {
  readonly cron: string;
}

/** Ticks that are told of. */
const shownTicks = 3;

export async function addSchedule(
  path: string,
  flags: ScheduleAddFlags,
  invocation: Invocation,
): Promise<void> {
  const { environment, workingDirectory, version, tell } = invocation;
  const engine = engineAddress(flags, environment);
  const config = await loadConfig(invocation);
  warnOfVariables(invocation);
  const place = { environment, workingDirectory, config, version, now: Date.now() };
  const ask = askAboutModel(false, config, invocation);
  const kept = await makeSchedule(path, flags, place, warnOn(invocation), ask);
  await withSchedules(engine, async (schedules) => {
    const { id, tz } = kept;
    const earlier = (await schedules.list()).find((each) => each.id === id);
    const wanted = { id, cron: flags.cron, tz, data: scheduleText(kept) };
    const put = await schedules.put(wanted);
    tell(
      earlier
        ? `the schedule "${id}" was there (${earlier.cron}, ${earlier.tz}): this one is in its place`
        : `the schedule "${id}" was added`,
    );
    if (flags.tz === undefined) tell(`its time zone is that of this machine: ${tz}`);
    await show(put, kept, engine, flags, invocation);
  });
}

export async function showSchedule(
  id: string,
  flags: ScheduleReadFlags,
  invocation: Invocation,
): Promise<void> {
  const engine = engineAddress(flags, invocation.environment);
  await withSchedules(engine, async (schedules) => {
    const all = await schedules.list();
    const found = all.find((each) => each.id === id);
    if (!found) throw noSuchSchedule(id, all);
    await show(found, keptIn(found), engine, flags, invocation);
  });
}

export async function listSchedules(
  flags: ScheduleReadFlags,
  { environment, terminal }: Invocation,
): Promise<void> {
  const all = await withSchedules(engineAddress(flags, environment), ({ list }) => list());
  const facts = all
    .map((schedule): report.ScheduleFacts => {
      const { next } = schedule;
      return factsOf(schedule, keptIn(schedule), next === undefined ? [] : [next]);
    })
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  terminal.print(
    flags.json
      ? JSON.stringify(report.schedulesJson(facts), undefined, 2)
      : report.schedulesText(facts, createPage(terminal.look()), minuteIn),
  );
}

export async function removeSchedule(
  id: string,
  flags: EngineFlags,
  { environment, terminal }: Invocation,
): Promise<void> {
  await withSchedules(engineAddress(flags, environment), async (schedules) => {
    if (!(await schedules.remove(id))) throw noSuchSchedule(id, await schedules.list());
  });
  terminal.print(`the schedule "${id}" is gone; a batch that it has begun goes on`);
}

async function show(
  schedule: Schedule,
  kept: KeptSchedule | UsageError,
  engine: EngineAddress,
  flags: ScheduleReadFlags,
  { terminal }: Invocation,
): Promise<void> {
  const ticks = await upcomingTicks(engine.queue, schedule, shownTicks);
  const [first] = ticks;
  const isReadable = !(kept instanceof UsageError) && first !== undefined;
  const places = isReadable ? await placesOf(kept, first) : undefined;
  const facts = { ...factsOf(schedule, kept, ticks), ...(places && { places }) };
  terminal.print(
    flags.json
      ? JSON.stringify(report.schedulesJson([facts]), undefined, 2)
      : report.scheduleText(facts, createPage(terminal.look()), minuteIn),
  );
}

/** What cannot be read can still be listed, and removed. */
function keptIn({ id, data }: Schedule): KeptSchedule | UsageError {
  try {
    return readSchedule(data, id);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

function factsOf(
  { id, cron, tz }: Schedule,
  kept: KeptSchedule | UsageError,
  next: readonly number[],
): report.ScheduleFacts {
  if (!(kept instanceof UsageError)) return { id, cron, tz, next, kept };
  const remedy = kept.hint === undefined ? '' : `: ${kept.hint}`;
  return { id, cron, tz, next, kept: { problem: `${kept.message}${remedy}` } };
}

function noSuchSchedule(name: string, all: readonly Schedule[]): UsageError {
  const ids = all.map(({ id }) => id);
  // Whoever adds a manifest may well remove one.
  const meant = basename(name).replace(/\.ya?ml$/, '');
  const others = ids.length === 0 ? 'there is none at all' : `there is ${ids.join(', ')}`;
  return new UsageError(
    `there is no schedule ${JSON.stringify(name)}`,
    didYouMean(meant, ids) ?? others,
  );
}

async function withSchedules<Result>(
  { queue }: EngineAddress,
  work: (schedules: Schedules) => Promise<Result>,
): Promise<Result> {
  const schedules = await openSchedules(queue);
  try {
    return await work(schedules);
  } finally {
    await schedules.close();
  }
}
