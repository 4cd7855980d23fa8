/**
 * Which songs of a batch sound alike, found once for each song and kept in the state: at the end of a run what
 * is new is held against what was heard before it. The note is a memory and no record: one that is broken or
 * lost is made anew of all songs.
 */
import { createHeardSongs, mostHeld, type NearDuplicate } from '../job/near-duplicates.ts';
import type { JobRecord } from '../job/history.ts';
import type { JobId } from '../job/job.ts';
import type { StoreReader } from '../job/store.ts';
import { readFingerprint } from '../outputs/pictures.ts';

/** JSON: `[revision, [[job, of, similarity], ...]]`. */
export const alikeFact = 'alike';

/** About 1 MB: of a batch in which more songs are alike these are told. */
const mostKept = 10_000;

export interface AlikeNote {
  /** Of the store: all songs up to there have been heard. */
  readonly revision: number;
  /** For each job that sounds like one that was heard before it, which one it is most like. */
  readonly pairs: ReadonlyMap<JobId, NearDuplicate>;
}

export const nothingHeard: AlikeNote = { revision: 0, pairs: new Map() };

/** @param dir the output folder, absolute: what songs are like is kept beside them */
export function hearNew(
  dir: string,
  store: Pick<StoreReader, 'revision' | 'changes' | 'recordsBefore'>,
  note: AlikeNote,
): AlikeNote {
  const revision = store.revision();
  if (revision === note.revision) return note;
  // Of another state, which has taken the place of the one that was heard.
  if (revision < note.revision) return hearNew(dir, store, nothingHeard);
  const pairs = new Map(note.pairs);
  const heard = createHeardSongs();
  let isFirst = true;
  for (const { place, record } of store.changes(note.revision)) {
    if (isFirst) {
      for (const earlier of store.recordsBefore(place, mostHeld)) {
        const fingerprint = fingerprintOf(earlier, dir);
        if (fingerprint !== undefined) heard.hear(earlier.job, fingerprint);
      }
    }
    isFirst = false;
    const { job } = record;
    pairs.delete(job.id);
    const fingerprint = fingerprintOf(record, dir);
    const alike = fingerprint === undefined ? undefined : heard.compare(job, fingerprint);
    if (alike && pairs.size < mostKept) pairs.set(job.id, alike);
  }
  return { revision, pairs };
}

/** The songs whose fingerprints `hearNew` will read, by SHA-256. Lazy; one may come twice. */
export function* songsToHear(
  store: Pick<StoreReader, 'revision' | 'changes' | 'recordsBefore'>,
  { revision }: AlikeNote,
): Generator<string> {
  const since = store.revision() < revision ? 0 : revision;
  let isFirst = true;
  for (const { place, record } of store.changes(since)) {
    const records = isFirst ? [...store.recordsBefore(place, mostHeld), record] : [record];
    isFirst = false;
    for (const each of records) {
      const song = pictured(each);
      if (song !== undefined) yield song;
    }
  }
}

function pictured({ attempts }: JobRecord): string | undefined {
  const last = attempts.at(-1);
  if (last?.stage !== 'saved' || last.measured?.[0]?.kind !== 'measured') return undefined;
  return last.files[0]?.sha256;
}

function fingerprintOf({ attempts }: JobRecord, dir: string): string | undefined {
  const last = attempts.at(-1);
  if (last?.stage !== 'saved') return undefined;
  const [file] = last.files;
  const [first] = last.measured ?? [];
  if (!file || first?.kind !== 'measured') return undefined;
  // Earlier versions kept it in the state.
  return first.measures.fingerprint ?? readFingerprint(dir, file.sha256);
}

export function alikeText({ revision, pairs }: AlikeNote): string {
  const rows = [...pairs].map(([id, { of, similarity }]) => [id, of, similarity]);
  return JSON.stringify([revision, rows]);
}

/** Nothing where it is none: a state is data. */
export function readAlike(fact: string | undefined): AlikeNote {
  try {
    const read: unknown = JSON.parse(fact ?? 'null');
    if (!Array.isArray(read)) return nothingHeard;
    const [revision, rows] = read as readonly unknown[];
    if (!Number.isSafeInteger(revision) || !Array.isArray(rows)) return nothingHeard;
    const pairs = new Map(
      rows.filter(isRow).map(([id, of, similarity]) => [id, { of, similarity }]),
    );
    return { revision: Number(revision), pairs };
  } catch {
    return nothingHeard;
  }
}

function isRow(value: unknown): value is readonly [JobId, JobId, number] {
  if (!Array.isArray(value)) return false;
  const [id, of, similarity] = value as readonly unknown[];
  return typeof id === 'string' && typeof of === 'string' && typeof similarity === 'number';
}
