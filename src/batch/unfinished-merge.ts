/**
 * While states are merged, and after a merge that was killed, a folder lies beside the state they are merged
 * into. Until the merge has come to its end that state does not know of all that was paid for: a run would
 * buy it again.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Batch } from './batch.ts';
import { shownPath } from './batch.ts';
import { UsageError } from './usage-error.ts';

/** @param outputDir absolute */
export function mergingFolder(outputDir: string): string {
  return join(outputDir, 'state.sqlite.merging');
}

/** The state may be one that was merged into though the songs are to go elsewhere. */
export function refuseUnfinishedMerge(
  { outputDir, statePath }: Pick<Batch, 'outputDir' | 'statePath'>,
  workingDirectory: string,
): void {
  for (const place of [outputDir, dirname(statePath)]) {
    const folder = mergingFolder(place);
    if (!existsSync(folder)) continue;
    throw new UsageError(
      `songs are being merged into ${shownPath(place, workingDirectory)}, or that was interrupted: a run would buy them again`,
      `wait for songbatch merge to end, or repeat it; to give it up, remove ${shownPath(folder, workingDirectory)}`,
    );
  }
}

/** Whoever merges a folder on, and removes it then, takes it for whole. */
export function refuseHalfMerged(folder: string, shownAs: string): void {
  if (!existsSync(mergingFolder(folder))) return;
  throw new UsageError(
    `songs are being merged into ${shownAs}, or that was interrupted: its state does not know of all of them`,
    `repeat that merge first; to give it up, remove ${join(shownAs, 'state.sqlite.merging')}`,
  );
}
