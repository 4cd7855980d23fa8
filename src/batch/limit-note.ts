/**
 * What a state keeps of how many tasks its runs allowed themselves at once: the user says a number, and code 96
 * lowers it. The listening page draws it beside the tasks that were in flight. It is a memory and no record:
 * one that is broken or lost costs a line in a picture.
 */
import type { Store } from '../job/store.ts';
import type { RunEvent } from '../run/events.ts';
import type { Clock } from '../run/ports.ts';

/** JSON: a list of `LimitedRun`, the earliest first. */
export const limitsFact = 'limits';

/**
 * From when on (milliseconds since 1970) a run allowed itself how many tasks. It starts with the first entry;
 * 0 is its end, of which a run that was killed says nothing.
 */
export type LimitedRun = readonly (readonly [at: number, limit: number])[];

/** An account that refuses one task more again and again changes the limit twice a probe, for hours. */
const entriesOfRun = 400;
/** About 40 KB: the oldest runs are forgotten first. */
const entriesOfAll = 2000;
/** Milliseconds: a write may be as late as the next event after that, and the last one never is. */
const writeInterval = 1000;

/** Passes events on, and notes what they say of the limit. */
export function noteLimits(
  store: Pick<Store, 'fact' | 'setFact'>,
  clock: Pick<Clock, 'now'>,
  emit: (event: RunEvent) => void,
): (event: RunEvent) => void {
  const earlier = readLimits(store.fact(limitsFact));
  let run: LimitedRun = [];
  let isWritten = true;
  let writtenAt = -Infinity;
  return (event) => {
    const now = clock.now();
    const limit = limitAfter(event);
    if (limit !== undefined && limit !== run.at(-1)?.[1]) {
      run = thinned([...run, [now, limit]]);
      isWritten = false;
    }
    if (!isWritten && (event.type === 'finished' || now - writtenAt >= writeInterval)) {
      isWritten = true;
      writtenAt = now;
      const note = JSON.stringify(bounded([...earlier, run]));
      // A disk that will not have it will not have the next job's event either, and that ends the run.
      store.setFact(limitsFact, note).catch(() => undefined);
    }
    emit(event);
  };
}

/** None where it is none: a state is data. */
export function readLimits(fact: string | undefined): readonly LimitedRun[] {
  try {
    const read: unknown = JSON.parse(fact ?? '[]');
    return Array.isArray(read) ? read.filter(isRun) : [];
  } catch {
    return [];
  }
}

/**
 * The runs of several states. Merging the same ones again changes nothing: a run is known by its start, and of
 * two that start alike the one that tells more is the later copy.
 */
export function joinLimits(notes: readonly (readonly LimitedRun[])[]): readonly LimitedRun[] {
  const runs = new Map<number, LimitedRun>();
  for (const run of notes.flat()) {
    const start = startOf(run);
    if (run.length > (runs.get(start)?.length ?? 0)) runs.set(start, run);
  }
  return bounded([...runs.values()].sort((a, b) => startOf(a) - startOf(b)));
}

function limitAfter(event: RunEvent): number | undefined {
  switch (event.type) {
    case 'started':
      return event.limits.tasks;
    case 'throttled':
    case 'raised':
      return event.limit;
    case 'finished':
      return 0;
    default:
      return undefined;
  }
}

/** Of one that is too long every other entry goes: it is coarser then, and no shorter. */
function thinned(run: LimitedRun): LimitedRun {
  if (run.length <= entriesOfRun) return run;
  return run.filter((_, index) => index % 2 === 0 || index === run.length - 1);
}

function bounded(runs: readonly LimitedRun[]): readonly LimitedRun[] {
  let entries = 0;
  const first = runs.findLastIndex((run) => (entries += run.length) > entriesOfAll);
  return runs.slice(first + 1);
}

function startOf(run: LimitedRun): number {
  return run[0]?.[0] ?? 0;
}

function isRun(value: unknown): value is LimitedRun {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= entriesOfRun &&
    value.every(isEntry) &&
    value.every(([at], index, entries) => at >= (entries[index - 1]?.[0] ?? 0))
  );
}

function isEntry(value: unknown): value is LimitedRun[number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [at, limit] = value as readonly unknown[];
  return Number.isFinite(at) && Number.isSafeInteger(limit) && Number(limit) >= 0;
}
