/**
 * The run, or the runs, over time: tasks in flight, the limit that was in force, attempts that failed, songs that
 * came. Times are seconds since 1970.
 */
import type { Batch } from '../batch.ts';
import { lastUntil } from './search.ts';
import { shownTimeOf, type ShownTime } from './shown-time.ts';
import { spanAround, type Span, type Watch } from './watch.ts';

/** From then on it is so many. */
export type Step = readonly [at: number, value: number];

export interface Mark {
  readonly at: number;
  readonly kind: 'retried' | 'failed';
}

export interface PaceBin extends Span {
  readonly songs: number;
}

export interface Timeline {
  readonly shown: ShownTime;
  readonly inFlight: readonly Step[];
  /** Empty where it was not kept. 0: no run went on. */
  readonly limit: readonly Step[];
  readonly marks: readonly Mark[];
  readonly pace: readonly PaceBin[];
}

/** Undefined where nothing was ever sent. */
export function timelineOf(batch: Batch, watch: Watch): Timeline | undefined {
  const { jobs } = batch;
  const tasks = jobs.flatMap(({ attempts }) => attempts.flatMap((one) => one.acceptedAt ?? []));
  const active = activeSpans(batch, watch);
  if (active.length === 0 || (tasks.length === 0 && watch.runs.length === 0)) return undefined;
  const shown = shownTimeOf(active);
  const ends = jobs.flatMap(({ status, attempts }) => {
    const endedAt = attempts.at(-1)?.endedAt;
    return status === 'done' && endedAt !== undefined ? [endedAt] : [];
  });
  return {
    shown,
    inFlight: inFlightOf(batch),
    limit: limitOf(watch),
    marks: marksOf(batch),
    pace: paceOf(ends, shown),
  };
}

/** Runs, and whatever happened outside of all that are known. */
function activeSpans({ jobs }: Batch, { spans }: Watch): readonly Span[] {
  const others = jobs.flatMap(({ attempts }) =>
    attempts.flatMap(({ intendedAt, acceptedAt, endedAt }): readonly Span[] => {
      if (spanAround(spans, intendedAt)) return [];
      const end = endedAt ?? acceptedAt ?? intendedAt;
      return [{ from: intendedAt, to: Math.max(intendedAt, end) }];
    }),
  );
  return [...spans, ...others];
}

function inFlightOf({ jobs }: Batch): readonly Step[] {
  return stepsOf(
    jobs.flatMap(({ attempts }) =>
      attempts.flatMap(({ acceptedAt, endedAt }): readonly Step[] => {
        if (acceptedAt === undefined) return [];
        const start: Step = [acceptedAt, 1];
        // A clock that was set back must not end a task before it began.
        return endedAt === undefined ? [start] : [start, [Math.max(acceptedAt, endedAt), -1]];
      }),
    ),
  );
}

/** Of shards that ran at the same time, what they allowed themselves together. */
function limitOf({ runs }: Watch): readonly Step[] {
  return stepsOf(
    runs.flatMap(({ limits, to }) => {
      const entries = limits.at(-1)?.[1] === 0 ? limits : [...limits, [to, 0] as const];
      return entries.map(([at, limit], index): Step => [
        at,
        limit - (entries[index - 1]?.[1] ?? 0),
      ]);
    }),
  );
}

/** @param changes by how much, in any order; what falls on one moment is one step */
function stepsOf(changes: readonly Step[]): readonly Step[] {
  const steps: [at: number, value: number][] = [];
  let value = 0;
  for (const [at, change] of changes.toSorted(([a], [b]) => a - b)) {
    value += change;
    const last = steps.at(-1);
    if (last?.[0] === at) last[1] = value;
    else steps.push([at, value]);
  }
  return steps;
}

function marksOf({ jobs }: Batch): readonly Mark[] {
  return jobs
    .flatMap(({ attempts, status }) =>
      attempts.flatMap(({ failure, endedAt }, index): readonly Mark[] => {
        if (endedAt === undefined) return [];
        // Also where the attempt went well: then its song does not pass the checks.
        const isFinal = status === 'failed' && index === attempts.length - 1;
        if (isFinal) return [{ at: endedAt, kind: 'failed' }];
        return failure ? [{ at: endedAt, kind: 'retried' }] : [];
      }),
    )
    .sort((a, b) => a.at - b.at);
}

const paceBins = 80;

/** Each stretch of the axis has bins of its own, so that none counts hours in which nothing went on. */
function paceOf(ends: readonly number[], { segments }: ShownTime): readonly PaceBin[] {
  const busy = segments.reduce((sum, { from, to }) => sum + to - from, 0);
  const width = busy / Math.min(paceBins, Math.max(1, Math.ceil(ends.length / 2)));
  const bins = segments.map(({ from, to }) => {
    const count = Math.max(1, Math.round((to - from) / width));
    return Array.from({ length: count }, (_, bin) => ({
      from: from + ((to - from) * bin) / count,
      to: from + ((to - from) * (bin + 1)) / count,
      songs: 0,
    }));
  });
  for (const end of ends) {
    const own = bins[lastUntil(segments, ({ from }) => from, end)] ?? [];
    const bin = own[lastUntil(own, ({ from }) => from, end)];
    if (bin) bin.songs++;
  }
  return bins.flat();
}

/** How many at a time. */
export function valueAt(steps: readonly Step[], time: number): number {
  return steps[lastUntil(steps, ([at]) => at, time)]?.[1] ?? 0;
}
