/**
 * Where files go below the output folder. Names are labels of the manifest, already made safe; they
 * are checked here all the same, for here a mistake would write outside the folder.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsync, lstatSync, openSync } from 'node:fs';
import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { isSystemError, onDisk, OutputError, unlessThere } from './output-error.ts';

/**
 * Makes the folders that lead to `name` and gives its absolute path.
 * @param dir absolute; made if it is not there
 * @param name `/` between folders, no extension
 * @throws OutputError when the name, or a symlink on the way, leads out of `dir`
 */
export async function placeFor(dir: string, name: string): Promise<string> {
  if (!staysInside(name)) throw leadsOut(dir, name);
  const segments = name.split('/');

  await onDisk(dir, () => makeFolders(dir));
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

/** Folders that are kept in mind: more than a batch has, as a rule. */
const remembered = 1000;

interface Known {
  readonly folder: string;
  /** Which one it was. */
  readonly mark: string | undefined;
}

/** `placeFor` that looks closely at each folder once, and again where another has taken its place. */
export function createPlaces(): typeof placeFor {
  const folders = new Map<string, Promise<Known>>();
  return async (dir, name) => {
    const own = name.lastIndexOf('/') + 1;
    const key = join(dir, name.slice(0, own));
    if (!staysInside(name)) throw leadsOut(dir, name);
    const looked = folders.get(key);
    const known = looked && (await looked);
    if (known?.mark !== undefined && known.mark === markOf(known.folder)) {
      return join(known.folder, name.slice(own));
    }
    if (folders.size >= remembered) folders.clear();
    const found = placeFor(dir, name).then((place) => {
      const folder = dirname(place);
      return { folder, mark: markOf(folder) };
    });
    folders.set(key, found);
    found.catch(() => folders.delete(key));
    return join((await found).folder, name.slice(own));
  };
}

/** Undefined where there is none. */
function markOf(folder: string): string | undefined {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}

/** @param name `/` between folders */
export function staysInside(name: string): boolean {
  return name.split('/').every((segment) => !/^\.{0,2}$|[\0\\]/.test(segment));
}

/**
 * Makes the output folder and sees that files can be written there, before songs are bought for it.
 * @param dir absolute
 * @throws OutputError
 */
export async function prepareFolder(dir: string): Promise<void> {
  await onDisk(dir, async () => {
    await makeFolders(dir);
    const probe = join(dir, `.songbatch-${randomUUID()}`);
    const file = await open(probe, 'wx');
    try {
      // An empty file may fit where nothing else does.
      await file.appendFile('?');
    } finally {
      await file.close();
      await rm(probe);
    }
  });
}

/**
 * Makes a folder and those above it. Not with Node's `recursive`, which never returns where making a
 * folder answers ENOENT though the one above is there, as /proc does.
 */
export async function makeFolders(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolders(above);
  await unlessThere(() => mkdir(folder));
}

/** Makes names in `folder` survive a power cut: renames and new files are entries of the folder. */
export async function syncFolder(folder: string): Promise<void> {
  const descriptor = openSync(folder, 'r');
  try {
    await synced(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Resolves when the file is on the disk. Only this waits for the disk, so only this is not done at once. */
export const synced = promisify(fsync);

/**
 * Syncs folders for many who give names in them at the same time: those who come while a folder is being
 * synced share the next sync, which begins when that one has ended.
 */
export function createFolderSync(sync: typeof syncFolder = syncFolder): typeof syncFolder {
  const underWay = new Map<string, { readonly ended: Promise<void>; next?: Promise<void> }>();
  const begin = (folder: string): Promise<void> => {
    const ended = sync(folder).finally(() => underWay.delete(folder));
    underWay.set(folder, { ended });
    return ended;
  };
  return (folder) => {
    const current = underWay.get(folder);
    if (!current) return begin(folder);
    const again = () => begin(folder);
    return (current.next ??= current.ended.then(again, again));
  };
}

/** A symlink stays as it is here; `placeFor` looks at where it leads. */
async function makeFolder(parent: string, folder: string): Promise<void> {
  if (await exists(folder)) return;
  if (await unlessThere(() => mkdir(folder, { mode: 0o755 }))) await syncFolder(parent);
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

/** Of real paths. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

function leadsOut(dir: string, name: string): OutputError {
  return new OutputError('disk', `the output name "${name}" leads out of the folder ${dir}`);
}
