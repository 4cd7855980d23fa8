/**
 * Pictures of songs, for whatever shows the batch: `report/sound/<hash>.json` (the outline of the wave, with
 * the song's fingerprint) and `.png` (a spectrogram) below the output folder, named by the first half of the
 * song's SHA-256, so that they are of this content whatever the song is called. They can be made anew and
 * are not synced.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { makeFolders } from './folders.ts';
import { isFile, openRegular } from './open-inside.ts';
import { isSystemError, onDisk } from './output-error.ts';

export interface SongPictures {
  /** Plain JSON. */
  readonly waveform: object;
  /** PNG. */
  readonly spectrogram: Uint8Array;
  /** Absent where there is too little to tell the song by: see `job/fingerprint.ts`. */
  readonly fingerprint?: string;
}

/**
 * What a crash leaves half done has no name that anybody reads; the next run measures that song again.
 *
 * @param dir the output folder, absolute
 */
export async function writePictures(
  dir: string,
  sha256: string,
  { waveform, spectrogram, fingerprint }: SongPictures,
): Promise<void> {
  const { folder, name } = placeOf(dir, sha256);
  await inFolder(folder, () => {
    // In this order: `readFingerprint` reads the beginning only.
    replace(`${name}.json`, `${JSON.stringify({ fingerprint, ...waveform })}\n`);
    replace(`${name}.png`, spectrogram);
  });
}

/** Keeps the outline of a song as another machine has written it. @param dir the output folder, absolute */
export async function keepOutline(
  dir: string,
  sha256: string,
  outline: string | Uint8Array,
): Promise<void> {
  const { folder, name } = placeOf(dir, sha256);
  await inFolder(folder, () => {
    replace(`${name}.json`, outline);
  });
}

async function inFolder(folder: string, write: () => void): Promise<void> {
  await onDisk(folder, async () => {
    try {
      write();
    } catch (error) {
      if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
      await makeFolders(folder);
      write();
    }
  });
}

/**
 * Brings those of another output folder, where it has them and this one has not: by a hard link where there
 * can be one. Not for two copies of one song at the same time.
 */
export async function bringPictures(dir: string, sha256: string, from: string): Promise<void> {
  const { folder, name } = placeOf(dir, sha256);
  const source = placeOf(from, sha256).name;
  await onDisk(folder, async () => {
    for (const suffix of ['.json', '.png']) {
      // They were made in this order.
      if (!(await isFile(source + suffix))) return;
      if (await isFile(name + suffix)) continue;
      await makeFolders(folder);
      const part = `${name}${suffix}.part`;
      await rm(part, { force: true });
      await link(source + suffix, part).catch(() => copyFile(source + suffix, part));
      await rename(part, name + suffix);
    }
  });
}

/** Bytes; one that we wrote has some 7,000. */
const largestOutline = 1_000_000;

/** The outline of a song's wave, as it was written: any JSON, or undefined where there is none to be read. */
export async function readOutline(dir: string, sha256: string): Promise<unknown> {
  try {
    const file = await openRegular(`${placeOf(dir, sha256).name}.json`);
    if (!file) return undefined;
    try {
      if (file.bytes > largestOutline) return undefined;
      return JSON.parse(await file.handle.readFile('utf8')) as unknown;
    } finally {
      await file.handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Bytes in which a fingerprint stands, if there is one. */
const fingerprintWithin = 2048;
const fingerprintAtStart = /^\{"fingerprint":"([\w+/=]+)"/;

/**
 * The fingerprint of a song; undefined where there is none to be read. Synchronous and of the beginning only:
 * a batch is compared song after song, and this takes a tenth of the time that reading the outline takes.
 */
export function readFingerprint(dir: string, sha256: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const file = openSync(`${placeOf(dir, sha256).name}.json`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) return undefined;
      const start = Buffer.alloc(fingerprintWithin);
      return fingerprintAtStart.exec(start.toString('latin1', 0, readSync(file, start)))?.[1];
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Below the output folder, `/` between folders. */
export function pictureNames(sha256: string): {
  readonly outline: string;
  readonly spectrogram: string;
} {
  const name = `report/sound/${sha256.slice(0, 32)}`;
  return { outline: `${name}.json`, spectrogram: `${name}.png` };
}

function placeOf(dir: string, sha256: string): { readonly folder: string; readonly name: string } {
  const folder = join(dir, 'report', 'sound');
  return { folder, name: join(folder, sha256.slice(0, 32)) };
}

/**
 * These are small and go no further than the cache: not to wait takes a fifth of the time that waiting does.
 * Two jobs may have the same song, and each thread that measures writes by itself.
 */
function replace(path: string, content: string | Uint8Array): void {
  const part = `${path}.${threadId}.part`;
  try {
    writeFileSync(part, content);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
