/**
 * The ears, as the run wants them: for the files of one folder, and made only when there is one to
 * measure. What they make pictures of is kept beside the songs.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { DiskFault } from '../job/disk-fault.ts';
import type { Measured } from '../job/measures.ts';
import { OutputError } from '../outputs/output-error.ts';
import { writePictures } from '../outputs/pictures.ts';
import type { Ears } from '../run/ports.ts';
import { findProgram } from './find-program.ts';

/** Threads that measure: one core is left to the run itself. */
const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
/** Milliseconds; a song of ten minutes takes ten seconds. */
const longestMeasuring = 300_000;

const tooLong: Measured = {
  kind: 'unmeasurable',
  cause: 'machine',
  why: `it was not measured within ${longestMeasuring / 60_000} minutes`,
};

/** @param dir the output folder, absolute */
export function earsFor(
  dir: string,
  environment: NodeJS.ProcessEnv,
): Ears & { readonly close: () => Promise<void> } {
  const open = async () => {
    const { createEars } = await import('../audio/ears.ts');
    return createEars({ workers, ffmpeg: findProgram('ffmpeg', environment) });
  };
  let opened: ReturnType<typeof open> | undefined;
  const writing = pLimit(1);
  return {
    measure: async ({ path, sha256 }, signal) => {
      const ears = await (opened ??= open());
      const timeout = AbortSignal.timeout(longestMeasuring);
      try {
        const heard = await ears.portray(join(dir, path), AbortSignal.any([signal, timeout]));
        const { measured, pictures } = heard;
        if (pictures) await writing(() => writePictures(dir, sha256, pictures));
        return measured;
      } catch (error) {
        if (timeout.aborted && !signal.aborted) return tooLong;
        throw error instanceof OutputError ? new DiskFault(error.message, { cause: error }) : error;
      }
    },
    close: async () => {
      await (await opened)?.close();
    },
  };
}
