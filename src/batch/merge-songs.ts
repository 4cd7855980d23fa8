/**
 * Brings the songs of several output folders into one. Several at a time; each is hashed on its way. A song
 * that had to take another name gets that in the state, and one that is nowhere stays missing there: the next
 * run downloads it again.
 */
import type { JobId } from '../job/job.ts';
import type { Attempt, SavedFile } from '../job/history.ts';
import { createBringer, type Bringer } from '../outputs/bring-song.ts';
import { bringPictures } from '../outputs/pictures.ts';
import { isPresent } from '../outputs/presence.ts';
import type { MergedState } from '../state/merged-state.ts';
import type { Place, SavedJob } from './merge-jobs.ts';

/** Songs that are brought at the same time: one waits for the disk while another is hashed. */
const atOnce = 8;

export interface MergedSongs {
  readonly linked: number;
  readonly copied: number;
  /** They were in the folder before. */
  readonly there: number;
  readonly missing: readonly MissingSong[];
}

export interface MissingSong {
  readonly path: string;
  /** Folders, as they were typed, in which something else lies under its name. */
  readonly alteredIn: readonly string[];
}

export interface SongsOrder {
  readonly jobs: readonly SavedJob[];
  readonly merged: MergedState;
  /** The output folder, absolute. */
  readonly dir: string;
  /** Told of each job that is through. */
  readonly onProgress: (done: number, of: number) => void;
}

/** Throws `OutputError`. */
export async function mergeSongs(order: SongsOrder): Promise<MergedSongs> {
  const { jobs, merged, dir, onProgress } = order;
  const counts = { linked: 0, copied: 0, there: 0 };
  const missing: MissingSong[] = [];
  const bringer = createBringer(dir);
  const pictured = new Set<string>();

  const bringAll = async ({ number, places }: SavedJob): Promise<void> => {
    const { job, attempts } = merged.read(number);
    const current = attempts.at(-1);
    if (current?.stage !== 'saved') return;
    const files: SavedFile[] = [];
    for (const file of current.files) {
      const found = await bringFrom(places, file, job.id, dir, bringer);
      if (found.kind === 'missing') {
        missing.push({ path: file.path, alteredIn: found.alteredIn });
        files.push(file);
        continue;
      }
      counts[found.kind]++;
      files.push({ ...file, path: found.path });
      if (found.kind === 'there') continue;
      if (pictured.has(file.sha256)) continue;
      pictured.add(file.sha256);
      await bringPictures(dir, file.sha256, found.from);
    }
    rename(merged, number, current, files);
  };

  const queue = jobs.values();
  let done = 0;
  const hand = async (): Promise<void> => {
    for (const job of queue) {
      await bringAll(job);
      onProgress(++done, jobs.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, hand));
  } catch (error) {
    // The other hands end with the song they have.
    for (const _ of queue);
    throw error;
  }
  await bringer.settle();
  return { ...counts, missing };
}

type Found =
  | { readonly kind: 'there'; readonly path: string }
  | { readonly kind: 'linked' | 'copied'; readonly path: string; readonly from: string }
  | { readonly kind: 'missing'; readonly alteredIn: readonly string[] };

async function bringFrom(
  places: readonly Place[],
  file: SavedFile,
  id: JobId,
  dir: string,
  bringer: Bringer,
): Promise<Found> {
  const target = places.find(({ source }) => source.isTarget);
  const own = target && sameSong(target, file);
  if (own && (await isPresent(dir, own))) return { kind: 'there', path: own.path };

  const alteredIn: string[] = [];
  for (const place of places) {
    const { folder, shownAs } = place.source;
    // The first place is the one whose history holds: there it has this very path.
    const there = place === places[0] ? file : sameSong(place, file);
    if (!there || place === target) continue;
    const brought = await bringer.bring(file, id, { folder, path: there.path });
    if (brought.kind === 'altered') alteredIn.push(shownAs);
    if ('path' in brought) return { ...brought, from: folder };
  }
  return { kind: 'missing', alteredIn };
}

/** What another state calls a song that has this content. */
function sameSong({ source, number }: Place, { sha256 }: SavedFile): SavedFile | undefined {
  const last = source.state.read(number).record.attempts.at(-1);
  return last?.stage === 'saved' ? last.files.find((file) => file.sha256 === sha256) : undefined;
}

/** Where songs had to take other names than they had. */
function rename(
  merged: MergedState,
  number: number,
  { files: before, measured }: Extract<Attempt, { stage: 'saved' }>,
  files: readonly SavedFile[],
): void {
  if (files.every(({ path }, index) => path === before[index]?.path)) return;
  const at = Date.now();
  merged.append(number, { type: 'saved', at, files });
  // They sound as before.
  if (measured) merged.append(number, { type: 'measured', at, measured });
}
