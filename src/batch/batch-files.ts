/** Writes what lies beside the songs: after a run, however it ended, and after a merge. */
import type { Alike } from '../job/near-duplicates.ts';
import { policyOf, type JobPolicy } from '../job/next-step.ts';
import type { Store, StoreReader } from '../job/store.ts';
import { checksumsName, writeChecksums } from '../outputs/checksums.ts';
import { metadataName, writeMetadata, type BatchFacts } from '../outputs/metadata.ts';
import { updateMetadata, type MetadataNote } from '../outputs/metadata-rewrite.ts';
import { lookFor } from '../outputs/presence.ts';
import {
  alikeFact,
  alikeText,
  hearNew,
  nothingHeard,
  readAlike,
  songsToHear,
} from './alike-note.ts';
import type { Batch } from './batch.ts';
import type { Shelf } from './shelf.ts';
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

/** JSON: the `MetadataNote` of what was written last. */
export const metadataFact = 'metadata';

/** `metadata.json` and `SHA256SUMS`, brought up to date. */
export async function writeBatchFiles(
  { manifest, shownAs, outputDir }: Batch,
  store: Store,
  { shelf, ...made }: Pick<FileFacts, 'service' | 'version'> & { readonly shelf: Shelf },
): Promise<WrittenFiles> {
  const { name, sha256 } = manifest;
  const missing = await writeChecksums(outputDir, shelf.lookFor(store.savedFiles()));
  const before = readAlike(store.fact(alikeFact));
  await shelf.bringOutlines(songsToHear(store, before));
  const heard = hearNew(outputDir, store, before);
  const facts = {
    ...made,
    manifest: { name, path: shownAs, sha256 },
    policy: policyOf(manifest),
    missing,
    nearDuplicates: heard.pairs,
    writtenAt: Date.now(),
  };
  const last = readNote(store.fact(metadataFact));
  // Of songs that have been heard again since, any line may tell something else.
  const isUpToDate = last?.revision === before.revision;
  const written = await updateMetadata(outputDir, store, facts, isUpToDate ? last : undefined);
  if (heard !== before || written !== last) {
    await Promise.all([
      store.setFact(alikeFact, alikeText(heard)),
      store.setFact(metadataFact, JSON.stringify(written)),
    ]);
  }
  await shelf.publish([metadataName, checksumsName]);
  const alike = [...heard.pairs].map(([id, { of, similarity }]) => ({
    output: store.get(id)?.job.output ?? id,
    of: store.get(of)?.job.output ?? of,
    similarity,
  }));
  return { findings: { missing, heard }, alike };
}

function readNote(fact: string | undefined): MetadataNote | undefined {
  try {
    const read = JSON.parse(fact ?? 'null') as Partial<MetadataNote> | null;
    const { revision, bytes, modifiedAt, digest } = read ?? {};
    return Number.isSafeInteger(revision) && Number.isSafeInteger(bytes) && modifiedAt && digest
      ? (read as MetadataNote)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The same as a whole, where there is nothing to go on from and the manifest itself is not at hand. */
export async function writeFilesOf(
  store: StoreReader,
  { outputDir, ...facts }: FileFacts,
): Promise<void> {
  const missing = await writeChecksums(outputDir, lookFor(outputDir, store.savedFiles()));
  const { pairs: nearDuplicates } = hearNew(outputDir, store, nothingHeard);
  const writtenAt = Date.now();
  await writeMetadata(outputDir, store, { ...facts, missing, nearDuplicates, writtenAt });
}
