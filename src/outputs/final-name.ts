/**
 * Gives a song that is whole its final name, without ever taking a name from another file: an earlier
 * song of a job that had this name, or a file of the user's. Where `<name>.<ext>` is taken the song is
 * called `<name>~<first 8 of the job id>.<ext>`; no label has a `~`, so no job is called so by itself.
 */
import { closeSync, linkSync, lstatSync, openSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import type { JobId } from '../job/job.ts';
import { hashFile } from './hash-file.ts';
import { isSystemError, OutputError, unlessThere } from './output-error.ts';

export interface Content {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A name of the job's own beside all others who want `place`. */
export function ownPlace(place: string, id: JobId): string {
  return `${place}~${id.slice(0, 8)}`;
}

/**
 * Moves `part` to its final name and gives that back, absolute. A file that is there under such a name
 * and has this very content is the song already: then the part is dropped.
 * @param place absolute, without extension
 * @throws OutputError when both names are taken by something else
 */
export async function giveName(
  part: string,
  content: Content,
  { place, id, extension }: { place: string; id: JobId; extension: string },
): Promise<string> {
  const names = [`${place}.${extension}`, `${ownPlace(place, id)}.${extension}`];
  for (const name of names) {
    if (await moveToFree(part, name)) return name;
    if (await hasContent(name, content)) {
      rmSync(part);
      return name;
    }
  }
  throw new OutputError(
    'disk',
    `cannot save ${part}: something else is in the way under its name, ${names.join(', and under ')}; move one of them away and run the same command again`,
  );
}

/**
 * False when there is something under that name. A link is made at once or not at all. Where the file
 * system has no hard links an empty file takes the name and the part then replaces it: that overwrites
 * nothing either and never shows half a song, but a crash in between leaves the empty file behind.
 */
export async function moveToFree(
  part: string,
  name: string,
  makeLink: typeof linkSync = linkSync,
): Promise<boolean> {
  const linked = await unlessThere(() => {
    makeLink(part, name);
  }).catch((error: unknown) => {
    if (cannotLink(error)) return 'impossible';
    throw error;
  });
  if (linked === false) return false;
  if (linked === true) {
    unlinkSync(part);
    return true;
  }
  const isClaimed = await unlessThere(() => {
    closeSync(openSync(name, 'wx', 0o644));
  });
  if (!isClaimed) return false;
  try {
    renameSync(part, name);
    return true;
  } catch (error) {
    rmSync(name, { force: true });
    throw error;
  }
}

/** Whether it says that there can be no hard link here. */
export function cannotLink(error: unknown): boolean {
  return isSystemError(error) && noHardLinks.has(error.code);
}

/** EPERM is Linux's word for it on FAT. */
const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/** A symlink is not followed: what it leads to is not ours to judge. */
async function hasContent(path: string, { bytes, sha256 }: Content): Promise<boolean> {
  const found = lstatSync(path);
  if (!found.isFile() || found.size !== bytes) return false;
  const file = openSync(path, 'r');
  try {
    return (await hashFile(file, bytes)).sha256 === sha256;
  } finally {
    closeSync(file);
  }
}
