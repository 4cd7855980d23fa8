/** Writes `metadata.json` and `SHA256SUMS`: after a run, however it ended. */
import type { SavedFile } from '../job/history.ts';
import type { StoreReader } from '../job/store.ts';
import { writeChecksums } from '../outputs/checksums.ts';
import { writeMetadata } from '../outputs/metadata.ts';
import { findMissing } from '../outputs/presence.ts';
import type { Batch } from './batch.ts';

export async function writeBatchFiles(
  { manifest, shownAs, outputDir }: Batch,
  store: StoreReader,
  made: { readonly service: string; readonly version: string },
): Promise<void> {
  const missing = await findMissing(outputDir, savedFiles(store));
  await writeMetadata(outputDir, store, {
    ...made,
    missing,
    manifest: { name: manifest.name, path: shownAs, sha256: manifest.sha256 },
    writtenAt: Date.now(),
  });
  await writeChecksums(outputDir, savedFiles(store), missing);
}

function* savedFiles(store: StoreReader): Generator<SavedFile> {
  for (const { attempts } of store.records(['saved'])) {
    const current = attempts.at(-1);
    if (current?.stage === 'saved') yield* current.files;
  }
}
