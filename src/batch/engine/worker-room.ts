/**
 * Where a worker has songs until they are in a bucket, and their pictures: folders that are numbered from 1, each of
 * one process as long as that lives. Whoever is started in the place of one that has died has its number, and finds
 * the songs that wait there.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../../outputs/folders.ts';
import { isSystemError, onDisk } from '../../outputs/output-error.ts';
import { takeRunLock } from '../../state/run-lock.ts';

export interface WorkerRoom {
  /** Absolute. */
  readonly dir: string;
  readonly release: () => void;
}

/** Takes the first that is free. Throws `OutputError`. @param workroom of all workers of this machine, absolute */
export async function takeRoom(workroom: string): Promise<WorkerRoom> {
  return onDisk(workroom, async () => {
    await makeFolders(workroom);
    keepFromRepositories(workroom);
    for (let number = 1; ; number++) {
      const dir = join(workroom, String(number));
      await makeFolders(dir);
      const release = tryToTake(dir);
      if (release === 'no locks') return unnumbered(workroom);
      if (release) return { dir, release };
    }
  });
}

function tryToTake(dir: string): (() => void) | 'no locks' | undefined {
  try {
    return takeRunLock(join(dir, '.lock'))?.release;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return 'no locks';
    throw error;
  }
}

/** A file system without locks (some that come over a network) cannot say who has died: nobody goes on there. */
async function unnumbered(workroom: string): Promise<WorkerRoom> {
  const dir = join(workroom, randomUUID());
  await makeFolders(dir);
  return { dir, release: () => undefined };
}

function keepFromRepositories(workroom: string): void {
  try {
    writeFileSync(join(workroom, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
  }
}
