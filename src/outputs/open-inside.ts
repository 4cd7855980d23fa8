/**
 * Opens a file of the output folder for somebody who only sent its name: nothing outside of that folder,
 * nothing hidden, no symlink, and nothing whose opening would wait (a pipe).
 */
import { constants, lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInside, staysInside } from './folders.ts';
import { isSystemError } from './output-error.ts';

export interface OpenedFile {
  /** The caller closes it. */
  readonly handle: FileHandle;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Undefined where there is no such file. Folders on the way may be symlinks as long as they stay inside, as
 * they may be when songs are saved.
 *
 * @param dir the output folder, absolute
 * @param path `/` between folders
 */
export async function openInside(dir: string, path: string): Promise<OpenedFile | undefined> {
  if (!staysInside(path) || path.split('/').some((segment) => segment.startsWith('.'))) {
    return undefined;
  }
  const file = join(dir, path);
  try {
    if (!isInside(await realpath(dir), await realpath(dirname(file)))) return undefined;
    return await openRegular(file);
  } catch (error) {
    if (isSystemError(error) && notThere.has(error.code)) return undefined;
    throw error;
  }
}

/** ELOOP: it is a symlink. ENXIO: a socket. */
const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'ENAMETOOLONG']);

/** Undefined for what is no regular file. Throws what the system says. */
export async function openRegular(file: string): Promise<OpenedFile | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (found.isFile()) return { handle, bytes: found.size, modifiedAt: found.mtimeMs };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** Whether a regular file lies there: no symlink to one. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch {
    return false;
  }
}
