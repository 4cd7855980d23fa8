/**
 * Where the songs of a batch are on this machine. With a bucket everything is still made in a folder, the
 * workroom: the state is there and stays there, songs are there until they are in the bucket and measured,
 * and metadata, checksums and page are written there before they are put beside the songs. The same batch has
 * the same workroom whenever it is called from the same folder, as it would have the same output folder.
 */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRemote, parseS3Place, showS3Place, type S3Place } from '../manifest/s3-place.ts';
import { isSystemError } from '../outputs/output-error.ts';
import { UsageError } from './usage-error.ts';

/** Below the working directory. */
const workrooms = '.songbatch';

/** A text by which a state knows the buckets that were claimed for it (`bucket-claim.ts`). */
export const claimFact = 'claim';

export interface SongPlace {
  /** Absolute: the output folder, or the workroom. */
  readonly outputDir: string;
  /** Where the songs go from there. */
  readonly bucket?: S3Place;
}

/** @param dir `Manifest.output.dir` */
export function songPlaceOf(dir: string, batch: string, workingDirectory: string): SongPlace {
  if (!isRemote(dir)) return { outputDir: dir };
  const bucket = expectS3Place(dir);
  const outputDir = join(workingDirectory, workrooms, `${batch}-${workroomName(bucket)}`);
  return { outputDir, bucket };
}

/** One for each bucket and prefix, fit for a file name. */
export function workroomName(bucket: S3Place): string {
  return hash('sha256', showS3Place(bucket)).slice(0, 12);
}

/** A state holds tokens of tasks: it is not for a repository, and nobody has put the folder there by name. */
export function keepFromRepositories({ outputDir }: SongPlace): void {
  try {
    writeFileSync(join(dirname(outputDir), '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Throws `UsageError`. */
export function expectS3Place(text: string): S3Place {
  const place = parseS3Place(text);
  if ('fault' in place) throw new UsageError(place.fault, place.hint);
  return place;
}

/** A file beside the songs, as it is told of. */
export function besideSongs(dir: string, name: string): string {
  return isRemote(dir) ? `${dir}/${name}` : join(dir, name);
}
