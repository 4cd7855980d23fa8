/**
 * Pictures of songs, for whatever shows the batch: `report/sound/<hash>.json` (the outline of the wave) and
 * `.png` (a spectrogram) below the output folder, named by the first half of the song's SHA-256, so that
 * they are of this content whatever the song is called. They can be made anew and are not synced.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from './folders.ts';
import { onDisk } from './output-error.ts';

export interface SongPictures {
  /** Plain JSON. */
  readonly waveform: object;
  /** PNG. */
  readonly spectrogram: Uint8Array;
}

/**
 * Not for two copies of one song at the same time. What a crash leaves half done is written over by the
 * next run, which measures that song again.
 *
 * @param dir the output folder, absolute
 */
export async function writePictures(
  dir: string,
  sha256: string,
  { waveform, spectrogram }: SongPictures,
): Promise<void> {
  const folder = join(dir, 'report', 'sound');
  const name = join(folder, sha256.slice(0, 32));
  await onDisk(folder, async () => {
    await makeFolders(folder);
    await replace(`${name}.json`, `${JSON.stringify(waveform)}\n`);
    await replace(`${name}.png`, spectrogram);
  });
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeFile(part, content);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
