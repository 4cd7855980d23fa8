/**
 * When batches begin by themselves: BullMQ's job schedulers, on a queue of their own for each account. A tick that
 * somebody with another key took up would be billed to him.
 */
import type { BullJob, BullScheduler } from './bullmq.ts';
import { reachServer, untilDone, whenReady } from './connection.ts';
import { isOutage, reasonOf, sitOut } from './outage.ts';
import type { QueueAddress } from './queue-address.ts';
import { QueueError } from './queue-error.ts';
import { workOnJobs, type QueueWorker } from './queue-worker.ts';

export interface Schedule {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly id: string;
  /** Minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** A name of the IANA's: `Europe/Berlin`. */
  readonly tz: string;
  /** When its batch begins next, in milliseconds since 1970. */
  readonly next: number | undefined;
  /** JSON of ours, unread here. */
  readonly data: string;
}

/** While the server is away, calls wait for it as those of a `SongQueue` do. */
export interface Schedules {
  /** In the place of the one with that id, if there is one. Rejects with `QueueError` for what is no schedule. */
  readonly put: (schedule: Omit<Schedule, 'next'>) => Promise<Schedule>;
  /** By when they come. */
  readonly list: () => Promise<readonly Schedule[]>;
  /** Whether there was one. */
  readonly remove: (id: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** A schedule's time has come. */
export interface Tick {
  readonly id: string;
  readonly data: string;
  /** When it should have begun, in milliseconds since 1970; long ago where nobody was there. */
  readonly at: number;
}

export function scheduleQueue(account: string): string {
  return `songbatch-schedules-${account}`;
}

/** Rejects with `QueueError` where the queue cannot be used. */
export async function openSchedules(address: QueueAddress, account: string): Promise<Schedules> {
  const server = await reachServer(address, 'queue');
  const queue = new server.bullmq.Queue(scheduleQueue(account), server.options, server.backend);
  // Each call tells what befell it.
  queue.on('error', () => undefined);
  await whenReady(server, queue);

  return {
    put: async ({ id, cron, tz, data }) => {
      check(id, cron, tz);
      const upsert = () =>
        queue.upsertJobScheduler(
          id,
          { pattern: cron, tz },
          { name: 'tick', data: { data }, opts: untilDone },
        );
      const job = await sitOut(server.name, upsert).catch((error: unknown) => {
        throw error instanceof QueueError || isOutage(error)
          ? error
          : noCron(cron, reasonOf(error));
      });
      if (job === undefined) throw noCron(cron, 'that time never comes');
      const put = await sitOut(server.name, () => queue.getJobScheduler(id));
      return { id, cron, tz, data, next: put?.next ?? undefined };
    },
    list: async () => {
      const found = await sitOut(server.name, () => queue.getJobSchedulers(0, -1, true));
      return found.flatMap((scheduler) => readSchedule(scheduler) ?? []);
    },
    remove: (id) => sitOut(server.name, () => queue.removeJobScheduler(id)),
    close: () => server.leave(queue),
  };
}

/**
 * Hands each tick to one of the workers that wait for it, and forgets it when that has handled it. One whose worker
 * has died before, or whose handler has thrown, is handed out again. Of those that came while nobody was there one
 * is left.
 */
export function onSchedule(
  address: QueueAddress,
  account: string,
  handle: (tick: Tick) => Promise<void>,
  onTrouble: (message: string) => void,
): Promise<QueueWorker> {
  return workOnJobs(address, scheduleQueue(account), {
    concurrency: 2,
    onTrouble,
    handle: async (job) => {
      const tick = readTick(job);
      if (tick) await handle(tick);
      else onTrouble('somebody else has put into the schedules what is none; it was thrown away');
      return 'done';
    },
  });
}

function check(id: string, cron: string, tz: string): void {
  if (!/^[\w.-]+$/.test(id)) {
    throw new QueueError(
      `${JSON.stringify(id)} cannot be the name of a schedule`,
      'use letters, digits, . _ and -',
    );
  }
  // With a sixth field it would be one for every second.
  if (cron.trim().split(/\s+/).length !== 5) {
    throw noCron(
      cron,
      'it has to have five fields: minute, hour, day of month, month, day of week',
    );
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
  } catch {
    throw new QueueError(
      `${JSON.stringify(tz)} is no time zone`,
      'for example Europe/Berlin, or UTC',
    );
  }
}

function noCron(cron: string, why: string): QueueError {
  return new QueueError(
    `${JSON.stringify(cron)} is no schedule: ${why}`,
    'for example "0 3 * * *" for three in the night, every day',
  );
}

function readSchedule({ key, pattern, tz, next, template }: BullScheduler): Schedule | undefined {
  const data = readData(template?.data);
  if (data === undefined || pattern === undefined || tz === undefined) return undefined;
  return { id: key, cron: pattern, tz, data, next: next ?? undefined };
}

/** Jobs of a scheduler have ids of BullMQ's making: `repeat:nightly:1774317600000`. */
function readTick(job: BullJob): Tick | undefined {
  const parts = /^repeat:([\w.-]+):(\d+)$/.exec(job.id);
  const data = readData(job.data);
  if (!parts || data === undefined) return undefined;
  const [, id = '', at] = parts;
  return { id, data, at: Number(at) };
}

function readData(stored: unknown): string | undefined {
  if (typeof stored !== 'object' || stored === null || !('data' in stored)) return undefined;
  return typeof stored.data === 'string' ? stored.data : undefined;
}
