/**
 * `metadata.json`, the metadata manifest of a batch (schemas/metadata.schema.json): what was bought
 * for what, and which files came of it. Written job by job, so that a million of them are never in
 * memory; that is why the totals come last.
 *
 * The lines are part of the format, so that programs can read it piece by piece and so that it can be
 * rewritten (`metadata-rewrite.ts`): a head that ends with the line `  "jobs": [`, one line for each job in
 * the order in which they first came, a line `  ],`, and the totals in one line.
 */
import { join } from 'node:path';
import type { JobId } from '../job/job.ts';
import type { NearDuplicate } from '../job/near-duplicates.ts';
import type { JobPolicy } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import { jobEntry, type JobEntry } from './metadata-entry.ts';
import { Totals } from './metadata-totals.ts';
import { writeWhole } from './whole-file.ts';

export const metadataName = 'metadata.json';
const metadataSchemaId = 'https://songbatch.dev/schemas/metadata.schema.json';

/** What the store does not know. */
export interface BatchFacts {
  /** Version of songbatch. */
  readonly version: string;
  readonly manifest: {
    readonly name: string;
    /** As the user gave it. */
    readonly path: string;
    /** Of the manifest that was run, lower-case hex. */
    readonly sha256: string;
  };
  /** Base URL of the API that made the songs. */
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
  /** Paths of files that were saved and are not there any more. */
  readonly missing: ReadonlySet<string>;
  readonly nearDuplicates: ReadonlyMap<JobId, NearDuplicate>;
  readonly policy: JobPolicy;
}

/** @param dir the output folder, absolute */
export async function writeMetadata(
  dir: string,
  reader: Pick<StoreReader, 'records'>,
  facts: BatchFacts,
): Promise<void> {
  await writeWhole(join(dir, metadataName), metadataPieces(reader, facts));
}

/** The document in pieces. */
export function* metadataPieces(
  reader: Pick<StoreReader, 'records'>,
  facts: BatchFacts,
): Generator<string> {
  yield headText(facts);
  const totals = new Totals();
  let separator = '';
  for (const record of reader.records()) {
    const entry = jobEntry(record, facts);
    totals.add(entry);
    yield separator + jobLine(entry);
    separator = ',\n';
  }
  yield (separator && '\n') + tailText(totals);
}

/** The last line before the jobs. */
export const jobsLine = '  "jobs": [\n';

export function headText(facts: BatchFacts): string {
  const { name, path, sha256 } = facts.manifest;
  const head = {
    $schema: metadataSchemaId,
    tool: { name: 'songbatch', version: facts.version },
    manifest: { name, path, sha256 },
    service: facts.service,
    writtenAt: new Date(facts.writtenAt).toISOString(),
  };
  return `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n${jobsLine}`;
}

/** Without the comma and the line break behind it. */
export function jobLine(entry: JobEntry): string {
  return `    ${JSON.stringify(entry)}`;
}

export function tailText(totals: Totals): string {
  return `${jobsEnd}${JSON.stringify(totals)}\n}\n`;
}

/** What stands before the totals. */
export const jobsEnd = '  ],\n  "totals": ';
