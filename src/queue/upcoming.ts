/** When a schedule comes, beyond its next tick: as BullMQ reckons it, who wakes it. */
import { importPeer } from './bullmq.ts';
import type { QueueAddress } from './queue-address.ts';
import type { Schedule } from './schedules.ts';

type NextTick = (
  after: number,
  repeat: { readonly pattern: string; readonly tz: string },
) => number | undefined;

/** Milliseconds since 1970, at most `count` of them, from its next tick on. */
export async function upcomingTicks(
  { kind }: QueueAddress,
  { cron, tz, next }: Schedule,
  count: number,
): Promise<readonly number[]> {
  const bullmq = await importPeer('bullmq', kind);
  if (!hasStrategy(bullmq)) return next === undefined ? [] : [next];
  const ticks: number[] = [];
  let tick = next;
  while (tick !== undefined && ticks.length < count) {
    ticks.push(tick);
    tick = bullmq.defaultRepeatStrategy(tick, { pattern: cron, tz });
  }
  return ticks;
}

function hasStrategy(module: unknown): module is { readonly defaultRepeatStrategy: NextTick } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'defaultRepeatStrategy' in module &&
    typeof module.defaultRepeatStrategy === 'function'
  );
}
