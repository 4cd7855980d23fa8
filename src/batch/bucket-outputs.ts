/**
 * Where the songs go, as the run wants it, where that is a bucket: a song is downloaded into the workroom and
 * verified there like every other, put into the bucket, and saved only then. It stays on this machine until it was
 * listened to. A bucket that is away for a while is waited for, which holds the next songs up and so, in the
 * end, buying; one that says no ends the run, and the song waits for the next one.
 */
import { createWriteStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import type { Bucket } from '../bucket/bucket.ts';
import { BucketError } from '../bucket/bucket-error.ts';
import { putSong } from '../bucket/put-song.ts';
import { DiskFault } from '../job/disk-fault.ts';
import type { JobRecord, SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { RemoteOutput } from '../job/task.ts';
import { ownPlace } from '../outputs/final-name.ts';
import { makeFolders } from '../outputs/folders.ts';
import { onDisk, OutputError } from '../outputs/output-error.ts';
import { missingOf } from '../outputs/presence.ts';
import type { Clock, Fetched, Outputs, Place } from '../run/ports.ts';
import { createPatience } from './patience.ts';
import type { LocalSongs } from './ears-port.ts';
import type { Shelf } from './shelf.ts';
import type { Tell } from './surroundings.ts';
import {
  allWaiting,
  dropWaiting,
  findWaiting,
  noteWaiting,
  type WaitingSong,
} from './waiting-songs.ts';

export interface BucketOutputsOptions {
  readonly bucket: Bucket;
  readonly shelf: Shelf;
  readonly knowsIfNoneMatch: boolean;
  /** The workroom, absolute. */
  readonly dir: string;
  /** Into a folder of this machine: `outputsIn`. */
  readonly download: (dir: string) => Outputs['fetch'];
  /** As the state has them now; none of a job that it does not know. */
  readonly recordsOf: (ids: readonly JobId[]) => Promise<ReadonlyMap<JobId, JobRecord>>;
  /** Whether songs are listened to before they may leave this machine. */
  readonly measures: boolean;
  /** Others work on the batch as well: they are to have the jobs where the bucket stays away from here. */
  readonly isOneOfMany: boolean;
  readonly clock: Clock;
  readonly tell: Tell;
}

export interface BucketOutputs {
  readonly outputs: Outputs;
  readonly songs: LocalSongs;
  /** Lets go of songs that nobody waits for any more. */
  readonly close: () => Promise<void>;
}

/** Of the workroom. */
export const waitingFolder = 'waiting';
/** Each holds up to a part of a song in memory. */
const putsInFlight = 8;

export async function bucketOutputs(options: BucketOutputsOptions): Promise<BucketOutputs> {
  const { bucket, shelf, knowsIfNoneMatch, recordsOf, measures, isOneOfMany } = options;
  const dir = join(options.dir, waitingFolder);
  const download = options.download(dir);
  const limit = pLimit(putsInFlight);
  const patience = createPatience(options);
  /** Songs in the bucket that are on this machine still, by their names there. */
  const here = new Map<string, WaitingSong>();

  const put = async (song: WaitingSong, place: Place, signal: AbortSignal): Promise<SavedFile> => {
    const { file } = song;
    const extension = file.path.slice(file.path.lastIndexOf('.'));
    const names = [place.name, ownPlace(place.name, place.id)].map((name) => name + extension);
    const local = { ...file, path: song.path };
    const path = await patience(signal, () =>
      limit(() => putSong(bucket, local, { names, knowsIfNoneMatch }, signal)),
    );
    const saved = { ...file, path };
    here.set(path, song);
    return saved;
  };

  const fetch = async (
    output: RemoteOutput,
    place: Place,
    signal: AbortSignal,
  ): Promise<Fetched> => {
    let song = await findWaiting(dir, place);
    if (!song) {
      const fetched = await download(output, place, signal);
      if (fetched.kind !== 'saved') return fetched;
      song = await noteWaiting(dir, place, fetched.file);
    }
    try {
      return { kind: 'saved', file: await put(song, place, signal) };
    } catch (error) {
      if (!(error instanceof BucketError) || error.kind !== 'altered') throw error;
      // It is not the song any more: the next try downloads it.
      await dropWaiting(song);
      return { kind: 'unreachable', message: error.message };
    }
  };

  const letGo = async (file: Pick<SavedFile, 'path'>): Promise<void> => {
    const song = here.get(file.path);
    if (!song) return;
    await dropWaiting(song);
    here.delete(file.path);
  };

  /** What is saved, by the state, and will not be listened to in this run. */
  const tidy = async (): Promise<void> => {
    if (here.size === 0) return;
    const records = await recordsOf([...here.values()].map(({ job }) => job));
    for (const [path, { job }] of [...here]) {
      const last = records.get(job)?.attempts.at(-1);
      if (last?.stage === 'saved' && last.files.some((file) => file.path === path)) {
        await letGo({ path });
      }
    }
  };

  const takeUp = async (): Promise<void> => {
    const waiting: WaitingSong[] = [];
    for await (const song of allWaiting(dir)) waiting.push(song);
    const records = await recordsOf(waiting.map(({ job }) => job));
    for (const song of waiting) {
      const last = records.get(song.job)?.attempts.at(-1);
      if (last?.stage !== 'saved') continue;
      const saved = last.files.find(({ sha256 }) => sha256 === song.file.sha256);
      if (saved && measures && !last.measured) here.set(saved.path, song);
      else await dropWaiting(song);
    }
  };

  await takeUp();
  return {
    outputs: {
      fetch: async (output, place, signal) => {
        try {
          if (!measures) await tidy();
          return await fetch(output, place, signal);
        } catch (error) {
          return laterOrNever(error, isOneOfMany);
        }
      },
      isPresent: async (file) => {
        try {
          const found = await bucket.find(file.path);
          const isOther = found?.sha256 !== undefined && found.sha256 !== file.sha256;
          return found?.bytes === file.bytes && !isOther;
        } catch (error) {
          throw asFault(error);
        }
      },
      missingOf: (files) => missing(shelf, files),
    },
    songs: {
      open: async (file, signal) => {
        const song = here.get(file.path);
        // A round that is about to end may have let go of it.
        if (song && existsSync(song.path)) return song.path;
        const path = join(dir, `${file.sha256}.copy`);
        return onDisk(path, async () => {
          await makeFolders(dir);
          await patience(signal, () => copySong(bucket, file, path, signal)).catch(
            (error: unknown) => {
              throw asFault(error);
            },
          );
          return path;
        });
      },
      done: async (file) => {
        await letGo(file);
        await rm(join(dir, `${file.sha256}.copy`), { force: true });
      },
    },
    close: tidy,
  };
}

async function* missing<File extends SavedFile>(
  shelf: Shelf,
  files: Iterable<File>,
): AsyncGenerator<File> {
  try {
    yield* missingOf(shelf.lookFor(files));
  } catch (error) {
    throw asFault(error);
  }
}

async function copySong(
  bucket: Bucket,
  { path: name }: SavedFile,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await bucket.read(name, undefined, signal);
  if (!found) throw new BucketError('refused', `${name} has just been removed from the bucket`);
  await pipeline(found, createWriteStream(path), { signal });
}

/** The bucket is away: the song is here, and a later try puts it there. Or the bucket says no: so it will to all. */
function laterOrNever(error: unknown, isOneOfMany: boolean): Fetched {
  if (error instanceof BucketError && error.kind === 'unreachable' && !isOneOfMany) {
    return { kind: 'unreachable', message: error.message };
  }
  throw asFault(error);
}

function asFault(error: unknown): unknown {
  if (!(error instanceof BucketError || error instanceof OutputError)) return error;
  return new DiskFault(error.message, { cause: error });
}
