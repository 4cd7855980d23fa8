/**
 * Pictures of songs that many machines listen to: whoever has made them puts them into the bucket, where the page
 * shows spectrograms from, and whoever writes metadata and page brings the outlines, which hold the fingerprints.
 */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import pLimit from 'p-limit';
import type { Bucket } from '../bucket/bucket.ts';
import { bucketError } from '../bucket/bucket-error.ts';
import { isSystemError, onDisk } from '../outputs/output-error.ts';
import { keepOutline, pictureNames } from '../outputs/pictures.ts';
import { asFault } from './bucket-shelf.ts';

/** Small files, brought one after the other, would take the time of as many round trips. */
const atOnce = 32;

/**
 * Moves the pictures of a song there. One that cannot be listened to has none. Throws `BucketError` or `OutputError`.
 * @param dir the folder that they were made in, absolute
 */
export async function movePictures(
  bucket: Bucket,
  dir: string,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  const { outline, spectrogram } = pictureNames(sha256);
  await moveFile(bucket, dir, outline, 'application/json', signal);
  await moveFile(bucket, dir, spectrogram, 'image/png', signal);
}

/** Brings those that are not here yet, and are there. @param dir the workroom, absolute */
export async function bringOutlines(
  bucket: Bucket,
  dir: string,
  songs: Iterable<string>,
): Promise<void> {
  const limit = pLimit(atOnce);
  let wanted = new Set<string>();
  const bringThem = async () => {
    await Promise.all([...wanted].map((song) => limit(() => bring(bucket, dir, song))));
    wanted = new Set();
  };
  await asFault(async () => {
    for (const song of songs) {
      if (!existsSync(join(dir, pictureNames(song).outline))) wanted.add(song);
      if (wanted.size >= 8 * atOnce) await bringThem();
    }
    await bringThem();
  });
}

async function bring(bucket: Bucket, dir: string, song: string): Promise<void> {
  const { outline } = pictureNames(song);
  const found = await bucket.read(outline);
  if (!found) return;
  const content = await buffer(found).catch((error: unknown) => {
    throw bucketError(error, `${outline} cannot be read`);
  });
  await keepOutline(dir, song, content);
}

async function moveFile(
  bucket: Bucket,
  dir: string,
  name: string,
  mediaType: string,
  signal: AbortSignal,
): Promise<void> {
  const path = join(dir, name);
  const content = await onDisk(path, () => readIfThere(path));
  if (!content) return;
  const facts = { mediaType, sha256: hash('sha256', content) };
  // Named by their song: what another machine has put there is the same.
  await bucket.put(name, content, facts, { unlessThere: false }, signal);
  await onDisk(path, () => rm(path, { force: true }));
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
