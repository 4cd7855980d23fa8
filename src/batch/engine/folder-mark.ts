/**
 * Whether a folder is the one that a batch was begun in: a path means another folder on a machine that has not
 * mounted what it should. Songs that a worker wrote there would be saved, by the books, and nobody would find
 * them. So whoever begins the batch leaves a mark, and without it no worker buys anything for the folder.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskFault } from '../../job/disk-fault.ts';
import { printable } from '../../state/holder.ts';
import { engineMark } from '../lost-state.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Throws `DiskFault`, or `UsageError` where another batch has the folder.
 * @param batch says which batch it is, in one line
 */
export async function markFolder(folder: string, batch: string): Promise<void> {
  const path = join(folder, engineMark);
  const there = await readMark(path);
  if (there === `${batch}\n`) return;
  if (there !== undefined) {
    throw new UsageError(
      `${folder} has the songs of another batch that was run with --engine (${printable(there.trim())})`,
      'choose another folder (--out); from another working directory the same folder may be another batch',
    );
  }
  try {
    await writeFile(path, `${batch}\n`);
  } catch (error) {
    throw new DiskFault(`${folder} cannot be written to: ${wordsOf(error)}`, { cause: error });
  }
}

/** Undefined: it is the one; else what is wrong. */
export async function wrongFolder(folder: string, batch: string): Promise<string | undefined> {
  const mark = await readMark(join(folder, engineMark));
  if (mark === `${batch}\n`) return undefined;
  return mark === undefined
    ? `${folder} is not the folder that it was begun in, as seen from this machine: mount it at the same place everywhere`
    : `${folder} has the songs of another batch`;
}

async function readMark(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new DiskFault(`${path} cannot be read: ${wordsOf(error)}`, { cause: error });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
