/**
 * Puts a song into the bucket under a name that nothing else has, whole or not at all. What is sent is hashed
 * on its way: a file that has changed on the disk since it was saved is not put under the song's name. The
 * same song there already, of a run that was killed before it could say so, is the song.
 */
import { createHash, hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Bucket, ObjectFacts, Put, PutWish } from './bucket.ts';
import { BucketError } from './bucket-error.ts';

export interface LocalSong extends ObjectFacts {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

export interface SongPut {
  /** What the song may be called, the best name first. */
  readonly names: readonly string[];
  /** Whether the server refuses to put an object over another when it is asked to. */
  readonly knowsIfNoneMatch: boolean;
}

/** Bytes: a larger song is sent in parts of this size. The API wants 5 MiB at least, and 10,000 parts at most. */
export const partSize = 8 * 1024 * 1024;

/** @returns the name that it has now. Rejects with `BucketError`, or with the signal's reason */
export async function putSong(
  bucket: Bucket,
  song: LocalSong,
  { names, knowsIfNoneMatch }: SongPut,
  signal: AbortSignal,
): Promise<string> {
  for (const name of names) {
    // A large one is not sent in vain.
    const mayTry = knowsIfNoneMatch && song.bytes <= partSize;
    const isFree = mayTry || !(await bucket.find(name, signal));
    if (isFree) await putFile(bucket, name, song, { unlessThere: knowsIfNoneMatch }, signal);
    // Also of what was put just now: a song is there when it was seen there.
    const found = await bucket.find(name, signal);
    if (found?.bytes === song.bytes && found.sha256 === song.sha256) return name;
  }
  const { bucket: where, prefix } = bucket.place;
  throw new BucketError(
    'taken',
    `cannot save ${song.path}: something else is in the way under its name, ${names
      .map((name) => `s3://${where}/${prefix}${name}`)
      .join(', and under ')}; move one of them away and run the same command again`,
  );
}

/** Puts a file there, over whatever has that name unless it is wished otherwise. */
export function putFile(
  bucket: Bucket,
  name: string,
  file: LocalSong,
  wish: PutWish = { unlessThere: false },
  signal?: AbortSignal,
): Promise<Put> {
  const put = file.bytes > partSize ? putInParts : putAtOnce;
  return put(bucket, name, file, wish, signal);
}

async function putAtOnce(
  bucket: Bucket,
  name: string,
  song: LocalSong,
  wish: PutWish,
  signal: AbortSignal | undefined,
): Promise<Put> {
  const content = await reading(song, (file) => readAt(file, 0, song.bytes + 1));
  if (hash('sha256', content) !== song.sha256) throw altered(song);
  return bucket.put(name, content, song, wish, signal);
}

async function putInParts(
  bucket: Bucket,
  name: string,
  song: LocalSong,
  wish: PutWish,
  signal: AbortSignal | undefined,
): Promise<Put> {
  return reading(song, async (file) => {
    const upload = await bucket.putInParts(name, song, signal);
    try {
      const whole = createHash('sha256');
      for (let position = 0; ;) {
        const part = await readAt(file, position, partSize);
        if (part.length === 0) break;
        position += part.length;
        whole.update(part);
        await upload.send(part, hash('sha256', part, 'buffer'));
      }
      if (whole.digest('hex') !== song.sha256) throw altered(song);
      const put = await upload.complete(wish);
      if (put === 'taken') await upload.abort();
      return put;
    } catch (error) {
      await upload.abort();
      throw error;
    }
  });
}

async function reading<Result>(
  song: LocalSong,
  read: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(song.path, 'r').catch((error: unknown) => {
    throw altered(song, error);
  });
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function altered({ path }: LocalSong, cause?: unknown): BucketError {
  return new BucketError('altered', `${path} is not the song any more that was saved there`, {
    cause,
  });
}
