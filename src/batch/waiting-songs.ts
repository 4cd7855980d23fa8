/**
 * Songs that were downloaded and are not in the bucket yet, or were not listened to since: in a folder of the
 * workroom, each with a note beside it that says whose it is. A download URL is good for a limited time, so a
 * song that is here is never asked for again, however long the bucket is away and however often runs are killed:
 *
 *     vocal/1.mp3   vocal/1~0b7e1f3a.json
 *     {"job":"0b7e1f3a...","file":{"path":"vocal/1.mp3","bytes":...,"sha256":...,"mediaType":...}}
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import type { SavedFile } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { ownPlace } from '../outputs/final-name.ts';
import { placeFor, staysInside } from '../outputs/folders.ts';
import { isSystemError, onDisk } from '../outputs/output-error.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import type { Place } from '../run/ports.ts';

export interface WaitingSong {
  readonly job: JobId;
  /** With its path in the folder of the waiting. */
  readonly file: SavedFile;
  /** Absolute. */
  readonly path: string;
  /** Of the note, absolute. */
  readonly note: string;
}

/** @param dir the folder of the waiting, absolute */
export async function findWaiting(dir: string, place: Place): Promise<WaitingSong | undefined> {
  const song = await readNote(dir, await noteFor(dir, place));
  return song && (await isHere(song)) ? song : undefined;
}

/** The song is on disk; so is its note, when this resolves. */
export async function noteWaiting(
  dir: string,
  place: Place,
  file: SavedFile,
): Promise<WaitingSong> {
  const note = await noteFor(dir, place);
  await writeWhole(note, [`${JSON.stringify({ job: place.id, file })}\n`]);
  return { job: place.id, file, path: join(dir, file.path), note };
}

/** The note goes last: a song without one would never be found again. */
export async function dropWaiting({ path, note }: WaitingSong): Promise<void> {
  await onDisk(path, async () => {
    await rm(path, { force: true });
    await rm(note, { force: true });
  });
}

/** All of them: as many as were on their way when runs ended. Notes of songs that are gone go, too. */
export async function* allWaiting(dir: string): AsyncGenerator<WaitingSong> {
  for (const name of globSync('**/*~*.json', { cwd: dir })) {
    const song = await readNote(dir, join(dir, name));
    if (!song) continue;
    if (await isHere(song)) yield song;
    // A run was killed while it dropped it. The note alone: the song may be on its way here once more.
    else if (!existsSync(song.path)) await onDisk(song.note, () => rm(song.note, { force: true }));
  }
}

async function noteFor(dir: string, { name, id }: Place): Promise<string> {
  return `${ownPlace(await placeFor(dir, name), id)}.json`;
}

/** Undefined where there is no note of ours. */
async function readNote(dir: string, note: string): Promise<WaitingSong | undefined> {
  try {
    const { job, file } = JSON.parse(await readFile(note, 'utf8')) as Partial<WaitingSong>;
    if (typeof job !== 'string' || typeof file?.path !== 'string') return undefined;
    if (!staysInside(file.path)) return undefined;
    return { job, file, path: join(dir, file.path), note };
  } catch (error) {
    if (isSystemError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whole. */
async function isHere({ path, file }: WaitingSong): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === file.bytes;
}
