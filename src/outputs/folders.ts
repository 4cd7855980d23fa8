/**
 * Where files go below the output folder. Names are labels of the manifest, already made safe; they
 * are checked here all the same, for here a mistake would write outside the folder.
 */
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isSystemError, onDisk, OutputError } from './output-error.ts';

/**
 * Makes the folders that lead to `name` and gives its absolute path.
 * @param dir absolute; made if it is not there
 * @param name `/` between folders, no extension
 * @throws OutputError when the name, or a symlink on the way, leads out of `dir`
 */
export async function placeFor(dir: string, name: string): Promise<string> {
  const segments = name.split('/');
  if (segments.some((segment) => /^\.{0,2}$|[\0\\]/.test(segment))) throw leadsOut(dir, name);

  await onDisk(dir, () => mkdir(dir, { recursive: true }));
  const root = await onDisk(dir, () => realpath(dir));
  let folder = resolve(dir);
  for (const segment of segments.slice(0, -1)) {
    const parent = folder;
    folder = join(parent, segment);
    const step = folder;
    await onDisk(step, () => makeFolder(parent, step));
    const real = await onDisk(step, () => realpath(step));
    if (!isInside(root, real)) throw leadsOut(dir, name);
  }
  return join(folder, segments.at(-1) ?? '');
}

/** Makes names in `folder` survive a power cut: renames and new files are entries of the folder. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A symlink stays as it is here; `placeFor` looks at where it leads. */
async function makeFolder(parent: string, folder: string): Promise<void> {
  if (await exists(folder)) return;
  try {
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    // Another job with the same folder was faster.
    if (isSystemError(error) && error.code === 'EEXIST') return;
    throw error;
  }
  await syncFolder(parent);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return false;
    throw error;
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

function leadsOut(dir: string, name: string): OutputError {
  return new OutputError('disk', `the output name "${name}" leads out of the folder ${dir}`);
}
