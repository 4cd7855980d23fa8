/**
 * While states are merged, and after a merge that was killed, a folder lies beside the state they are merged
 * into. Until the merge has come to its end that state does not know of all that was paid for: a run would
 * buy it again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shownPath } from './batch.ts';
import { UsageError } from './usage-error.ts';

/** @param outputDir absolute */
export function mergingFolder(outputDir: string): string {
  return join(outputDir, 'state.sqlite.merging');
}

export function refuseUnfinishedMerge(outputDir: string, workingDirectory: string): void {
  const folder = mergingFolder(outputDir);
  if (!existsSync(folder)) return;
  throw new UsageError(
    `songs are being merged into ${shownPath(outputDir, workingDirectory)}, or that was interrupted: a run would buy them again`,
    `wait for songbatch merge to end, or repeat it; to give it up, remove ${shownPath(folder, workingDirectory)}`,
  );
}
