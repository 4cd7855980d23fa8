/** Where the songs of a batch are, for whoever reads them: a bucket is opened, and closed again. */
import type { StoreReader } from '../job/store.ts';
import type { Batch } from './batch.ts';
import type { Config } from './config.ts';
import type { Keeper } from './keeper.ts';
import { diskShelf, type Shelf } from './shelf.ts';
import type { Surroundings } from './surroundings.ts';

/** Throws `UsageError` where the bucket has the songs of another state. */
export async function withShelf<Result>(
  batch: Batch,
  store: StoreReader,
  where: Pick<Surroundings, 'environment'> & { readonly config: Config; readonly keeper: Keeper },
  work: (shelf: Shelf) => Promise<Result>,
): Promise<Result> {
  if (!batch.bucket) return work(diskShelf(batch.outputDir));
  const { bucketOf } = await import('./bucket-place.ts');
  const { bucket, shelf } = await bucketOf(batch, batch.bucket, store, where);
  try {
    return await work(shelf);
  } finally {
    bucket.close();
  }
}
