/** Writes what lies beside the songs: after a run, however it ended, and after a merge. */
import { findNearDuplicates, type Alike } from '../job/near-duplicates.ts';
import { policyOf, type JobPolicy } from '../job/next-step.ts';
import { savedFiles } from '../job/saved-files.ts';
import type { StoreReader } from '../job/store.ts';
import { writeChecksums } from '../outputs/checksums.ts';
import { writeMetadata, type BatchFacts } from '../outputs/metadata.ts';
import { findMissing } from '../outputs/presence.ts';
import type { Batch } from './batch.ts';
import { writeReport, type Findings } from './write-report.ts';

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

export interface Made {
  /** Base URL of the API, or `embedded`. */
  readonly service: string;
  /** Of songbatch. */
  readonly version: string;
  /** Write the listening page, too. */
  readonly page: boolean;
}

/** Answers the songs that sound like others. */
export async function writeBatchFiles(
  batch: Batch,
  store: StoreReader,
  { page, ...made }: Made,
): Promise<readonly Alike[]> {
  const { manifest, shownAs, outputDir } = batch;
  const { name, sha256 } = manifest;
  const found = await writeFilesOf(store, {
    ...made,
    outputDir,
    policy: policyOf(manifest),
    manifest: { name, path: shownAs, sha256 },
  });
  if (page) await writeReport(batch, store, made.version, found);
  return [...found.nearDuplicates].map(([id, { of, similarity }]) => ({
    output: store.get(id)?.job.output ?? id,
    of: store.get(of)?.job.output ?? of,
    similarity,
  }));
}

/** `metadata.json` and `SHA256SUMS` alone, where the manifest itself is not at hand. */
export async function writeFilesOf(
  store: StoreReader,
  { outputDir, ...facts }: FileFacts,
): Promise<Findings> {
  const missing = await findMissing(outputDir, savedFiles(store));
  const nearDuplicates = findNearDuplicates(store.records(['saved']));
  await writeMetadata(outputDir, store, {
    ...facts,
    missing,
    nearDuplicates,
    writtenAt: Date.now(),
  });
  await writeChecksums(outputDir, savedFiles(store), missing);
  return { missing, nearDuplicates };
}
