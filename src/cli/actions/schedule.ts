/** The work of `songbatch schedule`: batches that begin by themselves, on an engine. */
import { basename } from 'node:path';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import { loadConfig } from '../../batch/config.ts';
import { accountIn, openEngine, sharedService } from '../../batch/engine/engine.ts';
import type { EngineAddress } from '../../batch/engine-address.ts';
import { makeSchedule, placesOf, type ScheduleFlags } from '../../batch/make-schedule.ts';
import type { KeptSchedule } from '../../batch/schedule.ts';
import { readSchedule, scheduleText } from '../../batch/schedule.ts';
import { markSharedFolder } from '../../batch/schedule-folder.ts';
import { chooseService } from '../../batch/service.ts';
import { minuteIn } from '../../batch/time-zone.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { didYouMean } from '../../manifest/nearest.ts';
import { openSchedules, type Schedule, type Schedules } from '../../queue/schedules.ts';
import { upcomingTicks } from '../../queue/upcoming.ts';
import { createPage } from '../../report/page.ts';
import * as report from '../../report/schedule-report.ts';
import type { Database } from '../../state/postgres/database.ts';
import { skipWaiting, ticksOf, type KeptTick } from '../../state/postgres/ticks.ts';
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
  const address = engineAddress(flags, environment);
  const config = await loadConfig(invocation);
  warnOfVariables(invocation);
  const place = { environment, workingDirectory, config, version, now: Date.now() };
  const ask = askAboutModel(false, config, invocation);
  const kept = await makeSchedule(path, flags, place, warnOn(invocation), ask);
  await withSchedules(address, invocation, async ({ schedules, database, account }) => {
    const { id, tz } = kept;
    const earlier = (await schedules.list()).find((each) => each.id === id);
    const wanted = { id, cron: flags.cron, tz, data: scheduleText(kept) };
    await markSharedFolder(kept);
    // Before: the next tick is the first of this one.
    await skipWaiting(database, account, id, 'another schedule has come in the place of its own');
    const put = await schedules.put(wanted);
    tell(
      earlier
        ? `the schedule "${id}" was there (${earlier.cron}, ${earlier.tz}): this one is in its place`
        : `the schedule "${id}" was added`,
    );
    if (flags.tz === undefined) tell(`its time zone is that of this machine: ${tz}`);
    const ticks = ticksBy(id, await ticksOf(database, account));
    await show(put, kept, ticks, address, flags, invocation);
  });
}

export async function showSchedule(
  id: string,
  flags: ScheduleReadFlags,
  invocation: Invocation,
): Promise<void> {
  const address = engineAddress(flags, invocation.environment);
  await withSchedules(address, invocation, async ({ schedules, database, account }) => {
    const all = await schedules.list();
    const found = all.find((each) => each.id === id);
    if (!found) throw noSuchSchedule(id, all);
    const ticks = ticksBy(id, await ticksOf(database, account));
    await show(found, keptIn(found), ticks, address, flags, invocation);
  });
}

export async function listSchedules(
  flags: ScheduleReadFlags,
  invocation: Invocation,
): Promise<void> {
  const { environment, terminal } = invocation;
  const address = engineAddress(flags, environment);
  const [all, ticks] = await withSchedules(
    address,
    invocation,
    async ({ schedules, database, account }) =>
      [await schedules.list(), await ticksOf(database, account)] as const,
  );
  const facts = all
    .map((schedule): report.ScheduleFacts => {
      const { id, next } = schedule;
      const known = ticksBy(id, ticks);
      return factsOf(schedule, keptIn(schedule), next === undefined ? [] : [next], known);
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
  invocation: Invocation,
): Promise<void> {
  const { environment, terminal } = invocation;
  const address = engineAddress(flags, environment);
  await withSchedules(address, invocation, async ({ schedules, database, account }) => {
    const wasThere = await schedules.remove(id);
    await skipWaiting(database, account, id, 'the schedule was removed');
    if (!wasThere) throw noSuchSchedule(id, await schedules.list());
  });
  terminal.print(`the schedule "${id}" is gone; a batch that it has begun goes on`);
}

async function show(
  schedule: Schedule,
  kept: KeptSchedule | UsageError,
  known: readonly KeptTick[],
  { queue }: EngineAddress,
  flags: ScheduleReadFlags,
  { terminal }: Invocation,
): Promise<void> {
  const ticks = await upcomingTicks(queue, schedule, shownTicks);
  const [first] = ticks;
  const isReadable = !(kept instanceof UsageError) && first !== undefined;
  const places = isReadable ? await placesOf(kept, first) : undefined;
  const facts = { ...factsOf(schedule, kept, ticks, known), ...(places && { places }) };
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
  ticks: readonly KeptTick[],
): report.ScheduleFacts {
  if (!(kept instanceof UsageError)) return { id, cron, tz, next, ticks, kept };
  const remedy = kept.hint === undefined ? '' : `: ${kept.hint}`;
  return { id, cron, tz, next, ticks, kept: { problem: `${kept.message}${remedy}` } };
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

function ticksBy(id: string, ticks: readonly KeptTick[]): readonly KeptTick[] {
  return ticks.filter(({ schedule }) => schedule === id);
}

/** The schedules of one account, and what came of them. */
interface ScheduleBooks {
  readonly schedules: Schedules;
  readonly database: Database;
  readonly account: string;
}

async function withSchedules<Result>(
  address: EngineAddress,
  invocation: Invocation,
  work: (books: ScheduleBooks) => Promise<Result>,
): Promise<Result> {
  const config = await loadConfig(invocation);
  const service = sharedService(chooseService(false, config, invocation.environment));
  const engine = await openEngine(address, 2, invocation.tell);
  let schedules: Schedules | undefined;
  try {
    const account = await accountIn(engine, service);
    schedules = await openSchedules(address.queue, account);
    return await work({ schedules, database: engine.database, account });
  } finally {
    await schedules?.close();
    await engine.close();
  }
}
