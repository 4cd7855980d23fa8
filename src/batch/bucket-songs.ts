/** Songs of a bucket, for whoever plays them from this machine: a player asks for the part that it wants. */
import { Readable } from 'node:stream';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import type { Batch } from './batch.ts';
import { bucketOf } from './bucket-place.ts';
import type { Config } from './config.ts';
import type { Keeper } from './keeper.ts';
import type { OpenSong, SongContent, SongsAway } from './serve-report.ts';
import type { ShownState } from './shown-state.ts';
import type { Surroundings } from './surroundings.ts';

export interface BucketSongs extends SongsAway {
  readonly close: () => void;
}

/** Throws `UsageError` where the bucket has the songs of another state. */
export async function songsInBucket(
  batch: Batch,
  state: ShownState,
  where: Pick<Surroundings, 'environment'> & { readonly config: Config; readonly keeper: Keeper },
): Promise<BucketSongs | undefined> {
  return state.read(async (store) => {
    if (!batch.bucket || !store) return undefined;
    const { bucket, shelf } = await bucketOf(batch, batch.bucket, store, where);
    const open: OpenSong = (song) => openIn(bucket, song.path);
    return { open, bringOutlines: shelf.bringOutlines, close: bucket.close };
  });
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
