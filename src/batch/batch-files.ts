/** Writes what lies beside the songs: after a run, however it ended, and after a merge. */
import { findNearDuplicates, type Alike } from '../job/near-duplicates.ts';
import { policyOf, type JobPolicy } from '../job/next-step.ts';
import { savedFiles } from '../job/saved-files.ts';
import type { StoreReader } from '../job/store.ts';
import { writeChecksums } from '../outputs/checksums.ts';
import { writeMetadata, type BatchFacts } from '../outputs/metadata.ts';
import { findMissing } from '../outputs/presence.ts';
import type { Batch } from './batch.ts';
import type { Findings } from './write-report.ts';

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

export interface WrittenFiles {
  /** What the listening page need not find out again. */
  readonly findings: Findings;
  /** Songs that sound like others. */
  readonly alike: readonly Alike[];
}

/** `metadata.json` and `SHA256SUMS`. */
export async function writeBatchFiles(
  { manifest, shownAs, outputDir }: Batch,
  store: StoreReader,
  made: Pick<FileFacts, 'service' | 'version'>,
): Promise<WrittenFiles> {
  const { name, sha256 } = manifest;
  const findings = await writeFilesOf(store, {
    ...made,
    outputDir,
    policy: policyOf(manifest),
    manifest: { name, path: shownAs, sha256 },
  });
  const alike = [...findings.nearDuplicates].map(([id, { of, similarity }]) => ({
    output: store.get(id)?.job.output ?? id,
    of: store.get(of)?.job.output ?? of,
    similarity,
  }));
  return { findings, alike };
}

/** The same, where the manifest itself is not at hand. */
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
