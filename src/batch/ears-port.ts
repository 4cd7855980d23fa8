/**
 * The ears, as the run wants them: for the files of one folder, and made only when there is one to
 * measure. What they make pictures of is kept beside the songs.
 */
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { DiskFault } from '../job/disk-fault.ts';
import type { Ears } from '../run/ports.ts';
import type { EarsThread } from './ears-thread.ts';
import { findProgram } from './find-program.ts';

/** Threads that measure: one core is left to the run itself. */
const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
/** Milliseconds; a song of ten minutes takes ten seconds. */
const longestMeasuring = 300_000;

const program = new URL(`./ears-thread${extname(import.meta.url)}`, import.meta.url);

/** @param dir the output folder, absolute */
export function earsFor(
  dir: string,
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
    measure: async ({ path, bytes, sha256 }, signal) => {
      const { pool, ffmpeg } = await (opened ??= open());
      const order = { path: join(dir, path), bytes, sha256, wantsPictures: true };
      const heard = await pool.hear({ ...order, ...(ffmpeg !== undefined && { ffmpeg }) }, signal);
      if (heard.fault !== undefined) throw new DiskFault(heard.fault);
      return heard.measured;
    },
    close: async () => {
      await (await opened)?.pool.close();
    },
  };
}
