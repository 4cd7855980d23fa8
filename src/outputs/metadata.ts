/**
 * `metadata.json`, the metadata manifest of a batch (schemas/metadata.schema.json): what was bought
 * for what, and which files came of it. Written job by job, so that a million of them are never in
 * memory; that is why the totals come last.
 */
import { join } from 'node:path';
import { costOf } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import { exactUsd, type Picodollars } from '../job/money.ts';
import type { NearDuplicate } from '../job/near-duplicates.ts';
import type { JobPolicy } from '../job/next-step.ts';
import { statuses, type Status } from '../job/status.ts';
import type { StoreReader } from '../job/store.ts';
import { jobEntry, type JobEntry } from './metadata-entry.ts';
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
  reader: StoreReader,
  facts: BatchFacts,
): Promise<void> {
  await writeWhole(join(dir, metadataName), metadataPieces(reader, facts));
}

/** The document in pieces: one line for each job. */
export function* metadataPieces(reader: StoreReader, facts: BatchFacts): Generator<string> {
  const { name, path, sha256 } = facts.manifest;
  const head = {
    $schema: metadataSchemaId,
    tool: { name: 'songbatch', version: facts.version },
    manifest: { name, path, sha256 },
    service: facts.service,
    writtenAt: new Date(facts.writtenAt).toISOString(),
  };
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "jobs": [`;

  const totals = new Totals();
  let separator = '\n';
  for (const record of reader.records()) {
    const entry = jobEntry(record, facts);
    totals.add(entry, costOf(record));
    yield `${separator}    ${JSON.stringify(entry)}`;
    separator = ',\n';
  }
  yield `\n  ],\n  "totals": ${JSON.stringify(totals)}\n}\n`;
}

class Totals {
  readonly #jobs = new Map<Status, number>();
  #cost: Picodollars = 0n;
  #songs = 0;
  #bytes = 0;
  #seconds = 0;

  add(entry: JobEntry, cost: Picodollars): void {
    this.#jobs.set(entry.status, (this.#jobs.get(entry.status) ?? 0) + 1);
    this.#cost += cost;
    for (const { bytes, duration, missing } of entry.outputs) {
      if (missing) continue;
      this.#songs += 1;
      this.#bytes += bytes;
      this.#seconds += duration ?? 0;
    }
  }

  toJSON(): object {
    return {
      jobs: Object.fromEntries(statuses.map((status) => [status, this.#jobs.get(status) ?? 0])),
      costUsd: exactUsd(this.#cost),
      songs: this.#songs,
      bytes: this.#bytes,
      seconds: Number(this.#seconds.toFixed(3)),
    };
  }
}
