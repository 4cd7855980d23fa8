/**
 * The bucket of a batch, opened, seen to be usable, and claimed for the batch's state: all that a run needs of
 * it. Loaded only where songs go to one.
 */
import type { Bucket } from '../bucket/bucket.ts';
import type { S3Place } from '../manifest/s3-place.ts';
import type { Store, StoreReader } from '../job/store.ts';
import type { Batch } from './batch.ts';
import { claimBucket, expectBucket, expectClaim } from './bucket-claim.ts';
import { bucketOutputs, type BucketOutputs, type BucketOutputsOptions } from './bucket-outputs.ts';
import { bringOutlines } from './bucket-pictures.ts';
import { bucketShelf } from './bucket-shelf.ts';
import type { Config } from './config.ts';
import type { Keeper } from './keeper.ts';
import { bucketAt } from './open-bucket.ts';
import type { Shelf } from './shelf.ts';
import type { Surroundings } from './surroundings.ts';
import { keepFromRepositories } from './workroom.ts';

type Where = Pick<Surroundings, 'environment'> & {
  readonly config: Config;
  /** Of the batch's state. */
  readonly keeper: Keeper;
};

export interface BucketPlace {
  readonly shelf: Shelf;
  /** Before anything is bought. Throws `UsageError`, or `OutputError` where it does not answer. */
  readonly claim: (store: Store) => Promise<void>;
  /** After that. */
  readonly outputs: (
    options: Omit<BucketOutputsOptions, 'bucket' | 'shelf' | 'knowsIfNoneMatch'>,
  ) => Promise<BucketOutputs>;
  readonly close: () => void;
}

/** The bucket that has the songs of this state, for whoever only reads them. Throws as `BucketPlace.claim` does. */
export async function bucketOf(
  batch: Batch,
  place: S3Place,
  store: StoreReader,
  where: Where,
): Promise<{ readonly bucket: Bucket; readonly shelf: Shelf }> {
  const bucket = await bucketAt(place, where.config, where.environment);
  try {
    await expectClaim(bucket, batch, store, where.keeper);
  } catch (error) {
    bucket.close();
    throw error;
  }
  return { bucket, shelf: shelfFor(bucket, batch, where.keeper) };
}

/** Throws as `claim` does. */
export async function openBucketFor(
  batch: Batch,
  place: S3Place,
  where: Where,
): Promise<BucketPlace> {
  const { config, environment, keeper } = where;
  const bucket = await bucketAt(place, config, environment);
  const shelf = shelfFor(bucket, batch, keeper);
  // Where it is not known, a name is looked for before it is taken.
  let knowsIfNoneMatch = false;
  try {
    await expectBucket(bucket, batch, keeper);
  } catch (error) {
    bucket.close();
    throw error;
  }
  return {
    shelf,
    claim: async (store) => {
      keepFromRepositories(batch);
      knowsIfNoneMatch = await claimBucket(bucket, batch, store, keeper);
    },
    outputs: (options) => bucketOutputs({ bucket, shelf, knowsIfNoneMatch, ...options }),
    close: bucket.close,
  };
}

/** Songs that others have listened to have their outlines there. */
function shelfFor(bucket: Bucket, { outputDir }: Batch, { kind }: Keeper): Shelf {
  const shelf = bucketShelf(bucket, outputDir);
  if (kind === 'file') return shelf;
  return { ...shelf, bringOutlines: (songs) => bringOutlines(bucket, outputDir, songs) };
}
