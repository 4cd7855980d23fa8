/**
 * What a worker does for the schedules of its account: it enters ticks into the book when the queue says that their
 * time has come, and makes the batches of those that are due and that nobody else has. The queue may hand a tick out
 * twice, or lose it when it stands in the book: that changes nothing.
 */
import { onSchedule, type Tick } from '../../queue/schedules.ts';
import { keepTick, openTicks, skipTick, type OpenTick } from '../../state/postgres/ticks.ts';
import { realClock } from '../clock.ts';
import { skipReasons, tickStep, type Overlap } from '../overlap.ts';
import { readSchedule } from '../schedule.ts';
import { accountIn } from './engine.ts';
import { makeTick, type TickPlace } from './tick.ts';

export interface Attendance {
  /** Batches that are under way are left to other workers. */
  readonly close: () => Promise<void>;
}

/** Batches that one worker coordinates at once. */
const most = 10;
/** Milliseconds between two looks into the book, and until a tick that was in vain is tried here again. */
const betweenLooks = 2000;
const afterVain = 60_000;

/** Rejects with `QueueError` where the queue cannot be used. */
export async function attendSchedules(place: TickPlace): Promise<Attendance> {
  const { engine, service, tell } = place;
  const { database, address } = engine;
  const account = await accountIn(engine, service);
  const inHand = new Map<string, Promise<void>>();
  const triedAt = new Map<string, number>();
  const leave = new AbortController();
  let wake = new AbortController();
  const warn = (error: unknown) => {
    if (!leave.signal.aborted) tell(`! ${String(error)}`, 'warn');
  };

  /** Begins what is due. */
  async function look(): Promise<void> {
    const open = await openTicks(database, account);
    const names = new Set(open.map(nameOf));
    for (const name of triedAt.keys()) if (!names.has(name)) triedAt.delete(name);
    for (const tick of open) {
      const name = nameOf(tick);
      const step = tickStep(tick.overlap, tick.at, tick.book);
      switch (step.kind) {
        case 'wait':
          break;
        case 'skip':
          tell(`${name} is skipped: ${skipReasons[step.because]}`, 'warn');
          await skipTick(database, tick, skipReasons[step.because]);
          break;
        case 'begin':
        case 'resume':
          if (mayTry(name)) attend(name, tick);
      }
    }
  }

  function mayTry(name: string): boolean {
    const isSpared = realClock.now() - (triedAt.get(name) ?? -Infinity) < afterVain;
    return !isSpared && !inHand.has(name) && inHand.size < most && !leave.signal.aborted;
  }

  function attend(name: string, tick: OpenTick): void {
    const making = makeTick(place, tick, leave.signal)
      .then((inTheWay) => {
        if (inTheWay === undefined) return;
        triedAt.set(name, realClock.now());
        tell(`! ${name}: ${inTheWay}`, 'warn');
      }, warn)
      .finally(() => {
        inHand.delete(name);
        // One may have waited for its end.
        wake.abort('a batch is over');
      });
    inHand.set(name, making);
  }

  const looking = (async () => {
    while (!leave.signal.aborted) {
      await look().catch(warn);
      await realClock.sleep(betweenLooks, AbortSignal.any([wake.signal, leave.signal]));
      if (wake.signal.aborted) wake = new AbortController();
    }
  })();
  const arrivals = await onSchedule(
    address.queue,
    account,
    async ({ id, at, data }: Tick) => {
      await keepTick(database, { account, schedule: id, at }, overlapIn(data, id), data);
      wake.abort('a tick has come');
    },
    warn,
  ).catch(async (error: unknown) => {
    leave.abort('it cannot begin');
    await looking;
    throw error;
  });

  return {
    close: async () => {
      leave.abort('this worker ends');
      await arrivals.close();
      await looking;
      await Promise.all(inHand.values());
    },
  };
}

/** Of ticks that this version cannot read, one is left to a worker that can. */
function overlapIn(data: string, id: string): Overlap {
  try {
    return readSchedule(data, id).overlap;
  } catch {
    return 'queue';
  }
}

function nameOf({ schedule, at }: OpenTick): string {
  return `${schedule} ${new Date(at).toISOString()}`;
}
