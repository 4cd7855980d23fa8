/**
 * Is a song that was saved still there? Told by its size only, for hashing a batch at every start takes
 * too long: a file that was changed and kept its size counts as present. `sha256sum -c SHA256SUMS` tells
 * more.
 */
import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { SavedFile } from '../job/history.ts';

/** @param dir the output folder, absolute */
export async function isPresent(dir: string, file: SavedFile): Promise<boolean> {
  try {
    const found = await lstat(join(dir, file.path));
    return found.isFile() && found.size === file.bytes;
  } catch {
    return false;
  }
}

function isPresentNow(dir: string, file: SavedFile): boolean {
  try {
    const found = lstatSync(join(dir, file.path), { throwIfNoEntry: false });
    return found?.isFile() === true && found.size === file.bytes;
  } catch {
    return false;
  }
}

export interface LookedFor<File extends SavedFile> {
  readonly file: File;
  readonly isPresent: boolean;
}

/** Files that are looked at together. */
const atOnce = 256;
/**
 * Milliseconds that these may take one after the other, which costs a fifth of the CPU time. A disk that
 * is slower, as across a network, is asked for many at once.
 */
const soon = 25;

/**
 * Whether each of these is there, in their order.
 * @param dir the output folder, absolute
 */
export async function* lookFor<File extends SavedFile>(
  dir: string,
  files: Iterable<File>,
): AsyncGenerator<readonly LookedFor<File>[]> {
  let isSlow = false;
  const look = async (some: readonly File[]): Promise<readonly LookedFor<File>[]> => {
    const since = performance.now();
    const found = isSlow
      ? await Promise.all(some.map((file) => isPresent(dir, file)))
      : some.map((file) => isPresentNow(dir, file));
    isSlow ||= performance.now() - since > soon;
    // Signals and the display are to have their turn.
    await setImmediate();
    return some.map((file, index) => ({ file, isPresent: found[index] ?? false }));
  };
  let gathered: File[] = [];
  for (const file of files) {
    gathered.push(file);
    if (gathered.length < atOnce) continue;
    yield await look(gathered);
    gathered = [];
  }
  yield await look(gathered);
}

/** Those that are not there (any more), in their order. */
export async function* missingOf<File extends SavedFile>(
  looked: AsyncIterable<readonly LookedFor<File>[]>,
): AsyncGenerator<File> {
  for await (const some of looked) {
    for (const { file, isPresent } of some) if (!isPresent) yield file;
  }
}

/** Their paths. */
export async function findMissing(
  looked: AsyncIterable<readonly LookedFor<SavedFile>[]>,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for await (const { path } of missingOf(looked)) missing.add(path);
  return missing;
}
