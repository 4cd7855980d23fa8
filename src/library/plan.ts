/** What a run of a manifest would do and cost. Buys nothing, writes nothing. */
import { serviceName } from '../batch/service.ts';
import { statedPrice } from '../batch/stated-price.ts';
import { takeSurvey } from '../batch/survey.ts';
import type { PriceRange } from '../job/estimate.ts';
import { priceOfSong } from '../job/estimate.ts';
import type { Job } from '../job/job.ts';
import type { Tally } from '../run/events.ts';
import { selectedJobs } from '../run/standing.ts';
import { openStoreReader } from '../state/sqlite-store.ts';
import { batchOf, type LoadedManifest } from './load-manifest.ts';
import type { BatchOptions, ServiceOptions } from './options.ts';
import { configOf, surroundingsOf } from './options.ts';

export interface PlanOptions extends BatchOptions {
  /** Who is asked for the price; unless given, it is what this batch has paid so far. */
  readonly service?: ServiceOptions;
}

export interface BatchPlan {
  /** Of the matrix, before equal ones are bought once. */
  readonly combinations: number;
  /** Where the selected jobs stand, and what the batch has cost so far. */
  readonly tally: Tally;
  /** Jobs of the state that the manifest does not have any more. */
  readonly gone: number;
  /** Jobs that a run may buy. */
  readonly toBuy: number;
  /** What one more song costs; absent while nobody knows. */
  readonly price?: PriceRange;
  /** Absolute, or `s3://bucket/prefix`. */
  readonly outputDir: string;
  /** Absolute. */
  readonly statePath: string;
  /** The selected jobs, in the order in which they would be submitted. Lazy. */
  readonly jobs: () => Iterable<Job>;
}

/** Rejects with `ManifestError`, `UsageError` or `StateError`. */
export async function plan(
  loaded: LoadedManifest,
  { service, ...choice }: PlanOptions = {},
): Promise<BatchPlan> {
  const surroundings = surroundingsOf(loaded.options, service, () => undefined);
  const useSandbox = service?.sandbox ?? false;
  const batch = await batchOf(loaded, choice, useSandbox, surroundings);
  if (batch.refusal) throw batch.refusal;
  const { name } = batch.manifest;
  const config = configOf(loaded.options);
  // Without a service nobody knows whose songs they would be.
  const maker = service && serviceName(useSandbox, config, surroundings.environment);
  const identity = maker === undefined ? undefined : { name, service: maker };
  const store = openStoreReader(batch.statePath, identity);
  try {
    const { tally, gone, toBuy, bills } = takeSurvey(batch, store, 0);
    const stated = await statedPrice(batch, toBuy, useSandbox, config, surroundings);
    const { perTask } = stated.price;
    const price = priceOfSong({
      ...(perTask !== undefined && { stated: perTask }),
      ...(bills && { bills }),
    });
    return {
      combinations: batch.plan.combinations,
      tally,
      gone,
      toBuy,
      ...(price && { price }),
      outputDir: batch.manifest.output.dir,
      statePath: batch.statePath,
      jobs: () => selectedJobs(batch.plan, batch.selection).map(({ job }) => job()),
    };
  } finally {
    store?.close();
  }
}
