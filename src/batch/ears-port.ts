/**
 * The ears, as the run wants them: made only when there is a song to measure. What they make pictures of is
 * kept in the output folder.
 */
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { DiskFault } from '../job/disk-fault.ts';
import type { SavedFile } from '../job/history.ts';
import type { Ears } from '../run/ports.ts';
import type { EarsThread } from './ears-thread.ts';
import { findProgram } from './find-program.ts';

/** Threads that measure: one core is left to the run itself. */
const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
/** Milliseconds; a song of ten minutes takes ten seconds. */
const longestMeasuring = 300_000;

const program = new URL(`./ears-thread${extname(import.meta.url)}`, import.meta.url);

/** Songs as files of this machine, wherever they are. */
export interface LocalSongs {
  /** Resolves with its absolute path. Throws `DiskFault`, or the signal's reason. */
  readonly open: (file: SavedFile, signal: AbortSignal) => Promise<string>;
  /** It was listened to, and its pictures are made. Throws as `open` does. */
  readonly done: (file: SavedFile, signal: AbortSignal) => Promise<void>;
}

/** @param dir the output folder, absolute */
export function songsIn(dir: string): LocalSongs {
  return {
    open: ({ path }) => Promise.resolve(join(dir, path)),
    done: () => Promise.resolve(),
  };
}

/** @param dir where pictures are kept: the output folder, absolute */
export function earsFor(
  dir: string,
  songs: LocalSongs,
  environment: NodeJS.ProcessEnv,
): Ears & { readonly close: () => Promise<void> } {
  const open = async () => {
    const { createListenerPool } = await import('../audio/pool.ts');
    const data: EarsThread = { dir };
    return {
      pool: createListenerPool({ size: workers, longest: longestMeasuring, program, data }),
      ffmpeg: findProgram('ffmpeg', environment),
    };
  };
  let opened: ReturnType<typeof open> | undefined;
  return {
    measure: async (file, signal) => {
      const { pool, ffmpeg } = await (opened ??= open());
      const { bytes, sha256 } = file;
      const order = { path: await songs.open(file, signal), bytes, sha256, wantsPictures: true };
      const heard = await pool.hear({ ...order, ...(ffmpeg !== undefined && { ffmpeg }) }, signal);
      if (heard.fault !== undefined) throw new DiskFault(heard.fault);
      await songs.done(file, signal);
      return heard.measured;
    },
    close: async () => {
      await (await opened)?.pool.close();
    },
  };
}
