/** Where the songs go, as the run wants it: one folder, and the disk's refusals told apart. */
import { DiskFault } from '../job/disk-fault.ts';
import type { Traffic } from '../job/traffic.ts';
import type { Downloader } from '../outputs/download.ts';
import { prepareFolder } from '../outputs/folders.ts';
import { OutputError } from '../outputs/output-error.ts';
import { isPresent, lookFor, missingOf } from '../outputs/presence.ts';
import type { Outputs } from '../run/ports.ts';
import { UsageError } from './usage-error.ts';

/** @param dir the output folder, absolute */
export function outputsIn(
  dir: string,
  downloader: Downloader,
  onDownloaded?: Traffic['onDownloaded'],
): Outputs {
  return {
    fetch: async (output, place, signal) => {
      try {
        const fetched = await downloader.fetch(output, { dir, ...place }, signal);
        if (fetched.kind === 'saved') onDownloaded?.(fetched.file.bytes);
        return fetched;
      } catch (error) {
        if (!(error instanceof OutputError)) throw error;
        if (error.kind === 'unreachable') return { kind: 'unreachable', message: error.message };
        throw new DiskFault(error.message, { cause: error });
      }
    },
    isPresent: (file) => isPresent(dir, file),
    missingOf: (files) => missingOf(lookFor(dir, files)),
  };
}

/**
 * Makes the output folder before anything is bought for it. Throws `UsageError` where another one must be
 * chosen, `OutputError` where room on the disk is all that it needs.
 */
export async function prepareOutputs(dir: string): Promise<void> {
  try {
    await prepareFolder(dir);
  } catch (error) {
    if (!(error instanceof OutputError) || error.kind === 'full') throw error;
    throw new UsageError(error.message, 'the folder is output.dir of the manifest, or --out');
  }
}
