/** The ears, as the run wants them: for the files of one folder, and made only when there is one to measure. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Ears } from '../run/ports.ts';
import { findProgram } from './find-program.ts';

/** Threads that measure: one core is left to the run itself. */
const workers = Math.max(1, Math.min(4, availableParallelism() - 1));

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
    measure: async ({ path }, signal) =>
      (await (opened ??= open())).measure(join(dir, path), signal),
    close: async () => {
      await (await opened)?.close();
    },
  };
}
