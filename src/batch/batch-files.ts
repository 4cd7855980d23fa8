/** Writes `metadata.json` and `SHA256SUMS`: after a run, however it ended, and after a merge. */
import { findNearDuplicates, type Alike } from '../job/near-duplicates.ts';
import { policyOf, type JobPolicy } from '../job/next-step.ts';
import type { SavedFile } from '../job/history.ts';
import type { StoreReader } from '../job/store.ts';
import { writeChecksums } from '../outputs/checksums.ts';
import { writeMetadata, type BatchFacts } from '../outputs/metadata.ts';
import { findMissing } from '../outputs/presence.ts';
import type { Batch } from './batch.ts';

export interface FileFacts {
  /** Absolute. */
  readonly outputDir: string;
  readonly manifest: BatchFacts['manifest'];
  readonly policy: JobPolicy;
  /** Base URL of the API, or `embedded`. */
  readonly service: string;
  /** Of songbatch. */
  readonly version: string;
}

/** Answers the songs that sound like others. */
export function writeBatchFiles(
  { manifest, shownAs, outputDir }: Batch,
  store: StoreReader,
  made: { readonly service: string; readonly version: string },
): Promise<readonly Alike[]> {
  const { name, sha256 } = manifest;
  const policy = policyOf(manifest);
  return writeFilesOf(store, {
    ...made,
    outputDir,
    policy,
    manifest: { name, path: shownAs, sha256 },
  });
}

/** The same, where the manifest itself is not at hand. */
export async function writeFilesOf(
  store: StoreReader,
  { outputDir, ...facts }: FileFacts,
): Promise<readonly Alike[]> {
  const missing = await findMissing(outputDir, savedFiles(store));
  const nearDuplicates = findNearDuplicates(store.records(['saved']));
  await writeMetadata(outputDir, store, {
    ...facts,
    missing,
    nearDuplicates,
    writtenAt: Date.now(),
  });
  await writeChecksums(outputDir, savedFiles(store), missing);
  return [...nearDuplicates].map(([id, { of, similarity }]) => ({
    output: store.get(id)?.job.output ?? id,
    of: store.get(of)?.job.output ?? of,
    similarity,
  }));
}

function* savedFiles(store: StoreReader): Generator<SavedFile> {
  for (const { attempts } of store.records(['saved'])) {
    const current = attempts.at(-1);
    if (current?.stage === 'saved') yield* current.files;
  }
}
