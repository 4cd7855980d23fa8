/**
 * When somebody looked. A task's end is known as it was seen: one that was left to the server by a run and found
 * by the next one, hours later, did not take hours. So what a task took is told only where a run was there all the time.
 */
import type { RunRow } from '../../listening/page-format.ts';
import type { Attempt, Batch } from '../batch.ts';
import { lastUntil } from './search.ts';

/** Seconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A run, and when it ended: one that was killed, at the last thing that is known to have happened in it. */
export interface ObservedRun extends Span {
  readonly limits: RunRow;
}

export interface Watch {
  readonly runs: readonly ObservedRun[];
  /** Stretches with a run in them, in order, apart from each other. */
  readonly spans: readonly Span[];
}

export function watchOf({ data, jobs }: Batch): Watch {
  const instants = jobs
    .flatMap(({ attempts }) => attempts.flatMap(instantsOf))
    .concat(data.runs.flatMap((run) => run.map(([at]) => at)));
  const seen = Float64Array.from(instants).sort();
  const runs = data.runs.flatMap((limits, index): readonly ObservedRun[] => {
    const [from] = limits[0] ?? [];
    const last = limits.at(-1);
    if (from === undefined || !last) return [];
    const next = data.runs[index + 1]?.[0]?.[0] ?? Infinity;
    const to = last[1] === 0 ? last[0] : Math.max(last[0], latestBefore(seen, next) ?? from);
    return [{ from, to, limits }];
  });
  return { runs, spans: unite(runs) };
}

function instantsOf({ intendedAt, acceptedAt, endedAt }: Attempt): readonly number[] {
  return [intendedAt, acceptedAt, endedAt].filter((at) => at !== undefined);
}

/** Seconds from its acceptance to its end; undefined where that was not seen as it happened. */
export function taskSeconds({ acceptedAt, endedAt }: Attempt, watch: Watch): number | undefined {
  if (acceptedAt === undefined || endedAt === undefined) return undefined;
  const span = spanAround(watch.spans, acceptedAt);
  // Of a time of which no run is known nothing speaks against it.
  if (span && endedAt > span.to) return undefined;
  return Math.max(0, endedAt - acceptedAt);
}

/** What a task took beyond its execution: it stood in a queue, or had ended and nobody had looked yet. */
export function queueSeconds(attempt: Attempt, watch: Watch): number | undefined {
  const seconds = taskSeconds(attempt, watch);
  if (seconds === undefined || attempt.executed === undefined) return undefined;
  return Math.max(0, seconds - attempt.executed);
}

/** @param spans in order, apart from each other */
export function spanAround(spans: readonly Span[], time: number): Span | undefined {
  const span = spans[lastUntil(spans, ({ from }) => from, time)];
  return span && time <= span.to ? span : undefined;
}

/** Spans that touch become one. */
export function unite(spans: readonly Span[]): readonly Span[] {
  const united: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = united.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else united.push({ from, to });
  }
  return united;
}

function latestBefore(sorted: Float64Array, limit: number): number | undefined {
  let index = lastUntil(sorted, (at) => at, limit);
  while (index >= 0 && sorted[index] === limit) index--;
  return sorted[index];
}
