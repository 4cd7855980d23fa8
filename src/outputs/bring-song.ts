/**
 * Brings a song from another output folder: by a hard link where there can be one, else as a copy, and only
 * if it is, byte for byte, the song that was saved. It gets its name as a download does: no other file loses
 * its own. Nothing is written to the folder that it comes from.
 */
import { createHash } from 'node:crypto';
import { constants, copyFile, link, lstat, open, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { cannotLink, giveName, ownPlace } from './final-name.ts';
import { isInside, placeFor, staysInside } from './folders.ts';
import { isExtension } from './media-type.ts';
import { isSystemError, onDisk } from './output-error.ts';

export type Brought =
  | {
      readonly kind: 'linked' | 'copied';
      /** Below the output folder: the file's own, or another where that was taken. */
      readonly path: string;
    }
  /** It is not there (any more). */
  | { readonly kind: 'absent' }
  /** What is there is not the song that was saved. */
  | { readonly kind: 'altered' };

/**
 * The folder that the song came into is to be synced by the caller, once for all songs.
 *
 * @param from the other output folder, absolute, and what the song is called there
 * @param dir the output folder, absolute
 * @throws OutputError
 */
export async function bringSong(
  file: SavedFile,
  id: JobId,
  from: { readonly folder: string; readonly path: string },
  dir: string,
  makeLink: typeof link = link,
): Promise<Brought> {
  const source = await find(from, file.bytes);
  if (source === undefined) return { kind: 'absent' };
  const { name, extension } = partsOf(file.path);
  const place = await placeFor(dir, name);
  const part = `${ownPlace(place, id)}.part`;
  return onDisk(part, async () => {
    const kind = await takeOver(source, part, makeLink);
    if ((await sealed(part)) !== file.sha256) {
      await rm(part);
      return { kind: 'altered' };
    }
    const path = await giveName(part, file, { place, id, extension });
    return { kind, path: relative(resolve(dir), path).split(sep).join('/') };
  });
}

/** Whether a path out of a state is one that songs are saved under. */
export function isSongPath(path: string): boolean {
  return staysInside(path) && isExtension(partsOf(path).extension);
}

/** `neon/1.wav` -> `neon/1`, `wav` */
function partsOf(path: string): { readonly name: string; readonly extension: string } {
  const dot = path.lastIndexOf('.');
  return { name: path.slice(0, dot), extension: path.slice(dot + 1) };
}

/** Undefined where there is no such file; told by its size, and by where it really is. */
async function find(
  { folder: from, path }: { readonly folder: string; readonly path: string },
  bytes: number,
): Promise<string | undefined> {
  const source = join(from, path);
  try {
    const found = await lstat(source);
    if (!found.isFile() || found.size !== bytes) return undefined;
    const folder = await realpath(dirname(source));
    return isInside(await realpath(from), folder) ? source : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

async function takeOver(
  source: string,
  part: string,
  makeLink: typeof link,
): Promise<'linked' | 'copied'> {
  // What an earlier try left; with its note, where that was a download.
  for (const left of [part, `${part}.json`]) await rm(left, { force: true });
  try {
    await makeLink(source, part);
    return 'linked';
  } catch (error) {
    if (!cannotLink(error)) throw error;
    await copyFile(source, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return 'copied';
  }
}

/** Syncs the file, and hashes it as it lies on the disk. */
async function sealed(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.sync();
    const hash = createHash('sha256');
    await pipeline(file.createReadStream({ autoClose: false }), hash);
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
