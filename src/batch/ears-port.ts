/**
 * The ears, as the run wants them: for the files of one folder, and made only when there is one to
 * measure. What they make pictures of is kept beside the songs.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DiskFault } from '../job/disk-fault.ts';
import { withoutFingerprint } from '../job/measures.ts';
import { OutputError } from '../outputs/output-error.ts';
import { writePictures } from '../outputs/pictures.ts';
import type { Ears } from '../run/ports.ts';
import { findProgram } from './find-program.ts';

/** Threads that measure: one core is left to the run itself. */
const workers = Math.max(1, Math.min(4, availableParallelism() - 1));
/** Milliseconds; a song of ten minutes takes ten seconds. */
const longestMeasuring = 300_000;

const overtime = `it was not measured within ${longestMeasuring / 60_000} minutes`;

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
  return {
    measure: async ({ path, sha256 }, signal) => {
      const ears = await (opened ??= open());
      // Not `AbortSignal.any`: what it hangs on the run's own signal only the garbage collector takes away.
      const waiting = new AbortController();
      const leave = () => {
        waiting.abort(signal.reason);
      };
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      const timer = setTimeout(() => {
        waiting.abort(overtime);
      }, longestMeasuring);
      try {
        const heard = await ears.portray(join(dir, path), waiting.signal);
        const { measured, pictures } = heard;
        if (pictures) await writePictures(dir, sha256, pictures);
        // It is with the pictures: a kilobyte a song, in the state, would be most of that.
        return withoutFingerprint(measured);
      } catch (error) {
        if (waiting.signal.reason === overtime) {
          return { kind: 'unmeasurable', cause: 'machine', why: overtime };
        }
        throw error instanceof OutputError ? new DiskFault(error.message, { cause: error }) : error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      }
    },
    close: async () => {
      await (await opened)?.close();
    },
  };
}
