/** The downloader as the run wants it: songs below one folder, and the disk's refusals told apart. */
import { DiskFault } from '../job/disk-fault.ts';
import type { Downloader } from '../outputs/download.ts';
import { OutputError } from '../outputs/output-error.ts';
import { isPresent } from '../outputs/presence.ts';
import type { Outputs } from '../run/ports.ts';

/** @param dir the output folder, absolute */
export function outputsIn(dir: string, downloader: Downloader): Outputs {
  return {
    fetch: async (output, name, signal) => {
      try {
        return await downloader.fetch(output, { dir, name }, signal);
      } catch (error) {
        if (!(error instanceof OutputError)) throw error;
        if (error.kind === 'unreachable') return { kind: 'unreachable', message: error.message };
        throw new DiskFault(error.message, { cause: error });
      }
    },
    isPresent: (file) => isPresent(dir, file),
  };
}
