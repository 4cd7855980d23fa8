/**
 * Brings a song from another output folder: by a hard link where there can be one, else as a copy, and only
 * if it is, byte for byte, the song that was saved. It gets its name as a download does: no other file loses
 * its own. Nothing is written to the folder that it comes from.
 */
import { constants, copyFile, link, lstat, open, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { cannotLink, giveName, ownPlace } from './final-name.ts';
import { isInside, placeFor, staysInside, syncFolder } from './folders.ts';
import { hashFile } from './hash-file.ts';
import { isExtension } from './media-type.ts';
import { isSystemError, onDisk, unlessThere } from './output-error.ts';

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

/** Where a song is in the other output folder. */
export interface Origin {
  /** Absolute. */
  readonly folder: string;
  readonly path: string;
}

export interface Bringer {
  /** Throws `OutputError`. */
  readonly bring: (file: SavedFile, id: JobId, from: Origin) => Promise<Brought>;
  /** Makes the names of all songs that were brought survive a power cut. */
  readonly settle: () => Promise<void>;
}

/**
 * Folders are looked at once: a batch has a hundred thousand songs, and few folders.
 *
 * @param dir the output folder, absolute
 */
export function createBringer(dir: string, makeLink: typeof link = link): Bringer {
  const isBelow = once(async (folder: string, root: string) =>
    isInside(await realpath(root), await realpath(folder)),
  );
  const folderFor = once(async (above: string) => dirname(await placeFor(dir, `${above}song`)));
  const filled = new Set<string>();

  const find = async ({ folder, path }: Origin, bytes: number): Promise<string | undefined> => {
    const source = join(folder, path);
    try {
      const found = await lstat(source);
      if (!found.isFile() || found.size !== bytes) return undefined;
      return (await isBelow(dirname(source), folder)) ? source : undefined;
    } catch (error) {
      if (isSystemError(error)) return undefined;
      throw error;
    }
  };

  return {
    bring: async (file, id, from) => {
      const source = await find(from, file.bytes);
      if (source === undefined) return { kind: 'absent' };
      const { above, name, extension } = partsOf(file.path);
      const folder = await folderFor(above);
      const place = join(folder, name);
      const part = `${ownPlace(place, id)}.part`;
      return onDisk(part, async () => {
        const kind = await takeOver(source, part, makeLink);
        if ((await seal(part, file.bytes)) !== file.sha256) {
          await rm(part);
          return { kind: 'altered' };
        }
        filled.add(folder);
        const path = await giveName(part, file, { place, id, extension });
        return { kind, path: relative(resolve(dir), path).split(sep).join('/') };
      });
    },
    settle: async () => {
      for (const folder of filled) await onDisk(folder, () => syncFolder(folder));
    },
  };
}

/** Remembers what came of a text, and of another beside it. */
function once<Value>(
  find: (text: string, beside: string) => Promise<Value>,
): (text: string, beside?: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (text, beside = '') => {
    const key = `${text}\0${beside}`;
    const value = known.get(key) ?? find(text, beside);
    known.set(key, value);
    return value;
  };
}

/** Whether a path out of a state is one that songs are saved under. */
export function isSongPath(path: string): boolean {
  const { name, extension } = partsOf(path);
  return staysInside(path) && name !== '' && isExtension(extension);
}

/** `neon/1.wav` -> `neon/`, `1`, `wav` */
function partsOf(path: string): {
  readonly above: string;
  readonly name: string;
  readonly extension: string;
} {
  const slash = path.lastIndexOf('/') + 1;
  const dot = Math.max(slash, path.lastIndexOf('.'));
  return {
    above: path.slice(0, slash),
    name: path.slice(slash, dot),
    extension: path.slice(dot + 1),
  };
}

async function takeOver(
  source: string,
  part: string,
  makeLink: typeof link,
): Promise<'linked' | 'copied'> {
  try {
    if (await unlessThere(() => makeLink(source, part))) return 'linked';
  } catch (error) {
    if (!cannotLink(error)) throw error;
    const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;
    const copy = () => copyFile(source, part, COPYFILE_EXCL | COPYFILE_FICLONE);
    if (await unlessThere(copy)) return 'copied';
  }
  // An earlier try left it, or a download, with its note.
  for (const left of [`${part}.json`, part]) await rm(left, { force: true });
  return takeOver(source, part, makeLink);
}

/** Syncs the file, and hashes it as it lies on the disk. */
async function seal(path: string, bytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.sync();
    return (await hashFile(file.fd, bytes)).sha256;
  } finally {
    await file.close();
  }
}
