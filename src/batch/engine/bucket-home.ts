/**
 * Songs of a batch of many machines in a bucket, as one worker puts them there: from a room of its own, with the
 * credentials of its own environment, and only while the bucket's claim names the batch.
 */
import { join } from 'node:path';
import { BucketError } from '../../bucket/bucket-error.ts';
import type { Bucket } from '../../bucket/bucket.ts';
import { DiskFault } from '../../job/disk-fault.ts';
import { OutputError } from '../../outputs/output-error.ts';
import type { Outputs } from '../../run/ports.ts';
import { readJobs } from '../../state/postgres/append.ts';
import { factOf, type BatchRow } from '../../state/postgres/batches.ts';
import { StateError } from '../../state/state-error.ts';
import { joinClaim } from '../bucket-claim.ts';
import { bucketOutputs, waitingFolder } from '../bucket-outputs.ts';
import { movePictures } from '../bucket-pictures.ts';
import { bucketShelf } from '../bucket-shelf.ts';
import { realClock } from '../clock.ts';
import type { LocalSongs } from '../ears-port.ts';
import { bucketAt } from '../open-bucket.ts';
import { createPatience } from '../patience.ts';
import { UsageError } from '../usage-error.ts';
import { claimFact, expectS3Place, workroomName } from '../workroom.ts';
import type { HomeBuilding, OpenPlace } from './song-home.ts';

/** A text says why nothing can be put there from this machine. */
export async function openInBucket(
  building: HomeBuilding,
  batch: BatchRow,
  download: (dir: string) => Outputs['fetch'],
  measures: boolean,
): Promise<OpenPlace | string> {
  let bucket: Bucket | undefined;
  try {
    bucket = await bucketAt(expectS3Place(batch.folder), building.config, building.environment);
    const claim = await joinClaim(bucket, await factOf(building.database, batch.id, claimFact));
    if (claim) return await openClaimed(building, batch, bucket, { ...claim, download, measures });
    bucket.close();
    return `${batch.folder} is not claimed for this batch (any more): the next run of it says more`;
  } catch (error) {
    bucket?.close();
    if (error instanceof UsageError) {
      return error.hint === undefined ? error.message : `${error.message}: ${error.hint}`;
    }
    if (error instanceof BucketError || error instanceof OutputError) return error.message;
    throw error;
  }
}

interface Claimed {
  readonly knowsIfNoneMatch: boolean;
  readonly download: (dir: string) => Outputs['fetch'];
  readonly measures: boolean;
}

async function openClaimed(
  { database, room, tell }: HomeBuilding,
  { id, name, folder }: BatchRow,
  bucket: Bucket,
  claimed: Claimed,
): Promise<OpenPlace> {
  const dir = join(await room(), workroomName(expectS3Place(folder)));
  const toldBy = { clock: realClock, tell: (text: string) => { tell(`${name}: ${text}`, 'warn'); } }; // prettier-ignore
  const { outputs, songs, close } = await bucketOutputs({
    ...claimed,
    ...toldBy,
    bucket,
    shelf: bucketShelf(bucket, dir),
    dir,
    isOneOfMany: true,
    recordsOf: async (ids) => {
      const jobs = await database.transaction((query) => readJobs(query, id, ids));
      return new Map([...jobs].map(([job, { record }]) => [job, record]));
    },
  });
  const patience = createPatience(toldBy);
  return {
    dir,
    downloads: join(dir, waitingFolder),
    outputs,
    songs: {
      open: songs.open,
      done: async (file, signal) => {
        await patience(signal, () => movePictures(bucket, dir, file.sha256, signal)).catch(asFault);
        await songs.done(file, signal);
      },
    } satisfies LocalSongs,
    close: async () => {
      // What nobody has let go of is looked through when the room is next used.
      await close().catch((error: unknown) => {
        if (!(error instanceof StateError)) throw error;
      });
      bucket.close();
    },
  };
}

function asFault(error: unknown): never {
  const isOurs = error instanceof BucketError || error instanceof OutputError;
  throw isOurs ? new DiskFault(error.message, { cause: error }) : error;
}
