/**
 * Which of a batch's jobs one run takes on: `--only`, `--skip` and `--shard`. A choice by job id or
 * by coordinates, never by position, so that it holds when the manifest grows.
 */
import type { AxisName } from '../manifest/manifest.ts';
import type { Coordinates, JobId } from '../job/job.ts';

/** The labels that a job may (or must not) have on an axis. */
export interface LabelFilter {
  readonly axis: AxisName;
  readonly labels: readonly string[];
}

export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

export interface Selection {
  /** A job must have one of the labels of every filter. */
  readonly only: readonly LabelFilter[];
  /** A job must have none of the labels of any filter. */
  readonly skip: readonly LabelFilter[];
  readonly shard?: Shard;
}

export const everything: Selection = { only: [], skip: [] };

export function isEverything({ only, skip, shard }: Selection): boolean {
  return only.length === 0 && skip.length === 0 && shard === undefined;
}

export function isSelected(selection: Selection, id: JobId, coordinates: Coordinates): boolean {
  const has = ({ axis, labels }: LabelFilter) => labels.includes(coordinates[axis] ?? '');
  return (
    selection.only.every(has) &&
    !selection.skip.some(has) &&
    (selection.shard === undefined || isInShard(selection.shard, id))
  );
}

/** Every job is in exactly one shard; adding jobs moves none. */
function isInShard(shard: Shard, id: JobId): boolean {
  // The last 48 bits: the first ones choose nothing else, but a prefix is what people filter by.
  return Number.parseInt(id.slice(-12), 16) % shard.of === shard.index - 1;
}
