/** Songs of a bucket, for whoever plays them from this machine: a player asks for the part that it wants. */
import { Readable } from 'node:stream';
import { openStoreReader } from '../state/sqlite-store.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import type { Batch } from './batch.ts';
import { bucketOf } from './bucket-place.ts';
import type { Config } from './config.ts';
import { stateFileOf } from './keeper.ts';
import type { OpenSong, SongContent } from './serve-report.ts';
import type { Surroundings } from './surroundings.ts';

export interface SongsAway {
  readonly open: OpenSong;
  readonly close: () => void;
}

/** Throws `UsageError` where the bucket has the songs of another state. */
export async function songsInBucket(
  batch: Batch,
  where: Pick<Surroundings, 'environment' | 'workingDirectory'> & { readonly config: Config },
): Promise<SongsAway | undefined> {
  const store = openStoreReader(batch.statePath);
  try {
    if (!batch.bucket || !store) return undefined;
    const keeper = stateFileOf(batch, where.workingDirectory);
    const { bucket } = await bucketOf(batch, batch.bucket, store, { ...where, keeper });
    return { open: (song) => openIn(bucket, song.path), close: bucket.close };
  } finally {
    store?.close();
  }
}

/** A bucket that does not answer has no song to play; a run tells more. */
async function openIn(bucket: Bucket, name: string): Promise<SongContent | undefined> {
  const found = await bucket.find(name).catch((error: unknown) => {
    if (error instanceof BucketError) return undefined;
    throw error;
  });
  if (!found) return undefined;
  return {
    bytes: found.bytes,
    read: (start: number, end: number) => Readable.from(piecesOf(bucket, name, start, end)),
    close: () => Promise.resolve(),
  };
}

async function* piecesOf(
  bucket: Bucket,
  name: string,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  const part = await bucket.read(name, { start, end });
  if (part) yield* part as AsyncIterable<Buffer>;
}
