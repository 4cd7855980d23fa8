/**
 * Rewrites `metadata.json` after some jobs have changed: their lines are made anew, all others are copied as
 * bytes, and the totals go on from what they were. So a run over a large batch pays for what it has done
 * itself, and beyond that for copying a file. What comes of it is byte for byte what writing it as a whole
 * would bring; where nothing has changed the file is left as it is.
 *
 * That the file is the one that was written last is told by a note: its size, its time, and a digest of
 * everything but the jobs' histories that its lines depend on. Where that does not hold, it is written whole.
 */
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacedRecord, StoreReader } from '../job/store.ts';
import { createLineReader, type LineReader } from './line-reader.ts';
import {
  headText,
  jobLine,
  jobsEnd,
  jobsLine,
  metadataName,
  tailText,
  writeMetadata,
  type BatchFacts,
} from './metadata.ts';
import { jobEntry, type JobEntry } from './metadata-entry.ts';
import { Totals, type TotalsEntry } from './metadata-totals.ts';
import { onDisk } from './output-error.ts';
import { writeWhole, type Piece } from './whole-file.ts';

/** What was written last. */
export interface MetadataNote {
  /** Of the store: everything up to there is in the file. */
  readonly revision: number;
  readonly bytes: number;
  /** Nanoseconds since 1970, in decimal digits. */
  readonly modifiedAt: string;
  readonly digest: string;
}

/**
 * Brings the file up to date.
 * @param dir the output folder, absolute
 * @param last undefined: nothing is known of what is there
 */
export async function updateMetadata(
  dir: string,
  store: Pick<StoreReader, 'records' | 'revision' | 'changes'>,
  facts: BatchFacts,
  last: MetadataNote | undefined,
): Promise<MetadataNote> {
  const path = join(dir, metadataName);
  const revision = store.revision();
  const digest = digestOf(facts);
  if (last?.digest === digest && (await isAsNoted(path, last))) {
    if (last.revision === revision) return last;
    await rewrite(path, store.changes(last.revision), facts);
  } else {
    await writeMetadata(dir, store, facts);
  }
  const { size, mtimeNs } = await onDisk(path, () => stat(path, { bigint: true }));
  return { revision, bytes: Number(size), modifiedAt: String(mtimeNs), digest };
}

/** Of all that the lines of jobs depend on, beside their histories and what they sound like. */
function digestOf({ writtenAt: _, nearDuplicates: __, missing, ...facts }: BatchFacts): string {
  return hash('sha256', JSON.stringify([facts, [...missing]]), 'base64');
}

async function isAsNoted(path: string, { bytes, modifiedAt }: MetadataNote): Promise<boolean> {
  try {
    const found = await stat(path, { bigint: true });
    return found.size === BigInt(bytes) && String(found.mtimeNs) === modifiedAt;
  } catch {
    return false;
  }
}

async function rewrite(
  path: string,
  changes: Iterable<PlacedRecord>,
  facts: BatchFacts,
): Promise<void> {
  const file = await onDisk(path, () => Promise.resolve(openSync(path, 'r')));
  try {
    const totals = readTotals(file);
    const lines = createLineReader(file);
    while (lines.next() !== jobsLine.trimEnd());
    await writeWhole(path, rewritten(lines, totals, changes, facts));
  } finally {
    closeSync(file);
  }
}

/** Bytes at the end of the file in which the totals stand. */
const tailBytes = 4096;

function readTotals(file: number): TotalsEntry {
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(size, tailBytes));
  readSync(file, tail, 0, tail.length, size - tail.length);
  const text = tail.toString();
  return JSON.parse(text.slice(text.lastIndexOf(jobsEnd) + jobsEnd.length, -3)) as TotalsEntry;
}

function* rewritten(
  lines: LineReader,
  before: TotalsEntry,
  changes: Iterable<PlacedRecord>,
  facts: BatchFacts,
): Generator<Piece> {
  const known = Object.values(before.jobs).reduce((sum, count) => sum + count, 0);
  const totals = new Totals(before);
  /** Lines of the old file that are through. */
  let read = 0;
  /** The last line lacks its comma and its line break. */
  let isOpen = false;

  const copyUpTo = function* (place: number): Generator<Piece> {
    if (place <= read) return;
    if (isOpen) yield ',\n';
    // The last line has no comma behind it.
    const last = place === known ? 1 : 0;
    yield* lines.copy(place - read - last);
    if (last === 1) yield lines.next();
    isOpen = last === 1;
    read = place;
  };

  yield headText(facts);
  for (const { place, record } of changes) {
    yield* copyUpTo(Math.min(place - 1, known));
    if (place <= known) {
      totals.remove(entryIn(lines.next()));
      read = place;
    }
    const entry = jobEntry(record, facts);
    totals.add(entry);
    if (isOpen) yield ',\n';
    yield jobLine(entry);
    isOpen = true;
  }
  yield* copyUpTo(known);
  yield (isOpen ? '\n' : '') + tailText(totals);
}

function entryIn(line: string): JobEntry {
  return JSON.parse(line.replace(/,$/, '')) as JobEntry;
}
