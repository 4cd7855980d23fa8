/**
 * Merges the output folders of several runs of one batch, shards mostly, into one: states, songs, metadata
 * and checksums. Nothing is written before all states were read and agree. From then on a folder beside the
 * state says that the merge is not through (`unfinished-merge.ts`): killed and repeated it comes to the same.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Job } from '../job/job.ts';
import type { StoreReader } from '../job/store.ts';
import { onDisk } from '../outputs/output-error.ts';
import { everything } from '../plan/selection.ts';
import type { Tally } from '../run/events.ts';
import { createMergedState } from '../state/merged-state.ts';
import type { SourceState } from '../state/source-state.ts';
import { openStoreReader } from '../state/sqlite-store.ts';
import { holdTargetState, type TargetState } from '../state/target-state.ts';
import { writeFilesOf } from './batch-files.ts';
import { refuseLostState } from './lost-state.ts';
import { mergeJobs, type JobConflict } from './merge-jobs.ts';
import { mergeSongs, type MergedSongs } from './merge-songs.ts';
import type { Agreement, OpenedSource, Source } from './merge-sources.ts';
import { agreeOn, closeSources, findSources, refuseBucket, openSources } from './merge-sources.ts';
import { mergingFolder } from './unfinished-merge.ts';
import { UsageError } from './usage-error.ts';

export interface MergeOrder {
  /** Output folders, as they were typed. */
  readonly folders: readonly string[];
  /** Where they are merged into; there, in parts, or not at all. */
  readonly into: string;
  /** The folder whose word holds where two contradict each other. */
  readonly prefer?: string;
  readonly workingDirectory: string;
  /** Of songbatch. */
  readonly version: string;
  /** Told of each job whose songs are there. */
  readonly onProgress: (done: number, of: number) => void;
}

export type MergeOutcome =
  | {
      readonly kind: 'merged';
      readonly sources: readonly { readonly folder: string; readonly jobs: number }[];
      readonly tally: Tally;
      readonly songs: MergedSongs;
      /** What was left behind by the user's word. */
      readonly decided: readonly JobConflict[];
      /** One task, two jobs: one of the songs that were paid for was lost sight of. */
      readonly sharedTasks: readonly { readonly taskId: string; readonly jobs: readonly Job[] }[];
      readonly absentShards: readonly string[];
      /** Path of the manifest by which the metadata was written, where others ran another. */
      readonly chosenManifest?: string;
    }
  /** Nothing was written. */
  | { readonly kind: 'conflicts'; readonly conflicts: readonly JobConflict[] };

/** Throws `UsageError`, `StateError`, `OutputError` or `DiskFault`. */
export async function mergeFolders(order: MergeOrder): Promise<MergeOutcome> {
  const { workingDirectory } = order;
  refuseBucket(order.into);
  const typed = resolve(workingDirectory, order.into);
  const isNew = !existsSync(typed);
  const into: Source = { folder: isNew ? typed : realpathSync(typed), shownAs: order.into };
  const sources = findSources(order.folders, into.folder, workingDirectory);
  const statePath = join(into.folder, 'state.sqlite');
  const place = { outputDir: into.folder, statePath, selection: everything };
  await refuseLostState(place, workingDirectory);

  const target = holdTargetState(statePath);
  try {
    return await mergeUnderLock(order, into, sources, target);
  } finally {
    target.release();
    if (isNew) removeIfEmpty(into.folder);
  }
}

async function mergeUnderLock(
  order: MergeOrder,
  into: Source,
  sources: readonly Source[],
  target: TargetState,
): Promise<MergeOutcome> {
  const scratch = mergingFolder(into.folder);
  // An earlier merge may have brought songs of which no state tells yet.
  let mayBeLeft = await onDisk(scratch, () => Promise.resolve(clear(scratch)));
  const closing: (() => void)[] = [];
  try {
    const opened = openSources(sources, { source: into, state: target.open() }, scratch);
    closing.push(() => {
      closeSources(opened);
    });
    const preferred = order.prefer === undefined ? undefined : preferredOf(opened, order);
    const agreement = agreeOn(opened);
    const draft = join(scratch, 'state.sqlite');
    const merged = createMergedState(draft, agreement.identity);
    closing.push(merged.close);
    const jobs = mergeJobs(opened, merged, agreement.note.policy, preferred);
    if (jobs.conflicts.length > 0) return { kind: 'conflicts', conflicts: jobs.conflicts };

    mayBeLeft = false;
    const { saved } = jobs;
    const dir = into.folder;
    const songs = await mergeSongs({ jobs: saved, merged, dir, onProgress: order.onProgress });
    for (const [name, value] of agreement.facts) merged.setFact(name, value);
    const shared = merged.sharedTasks();
    const { spent } = merged.finish();
    closeSources(opened);
    target.replaceBy(draft);
    const store = readerOf(join(dir, 'state.sqlite'));
    closing.push(store.close);
    await writeFiles(store, dir, agreement, order.version);
    mayBeLeft = true;
    return {
      kind: 'merged',
      sources: opened.map(({ shownAs, state }) => ({ folder: shownAs, jobs: sizeOf(state) })),
      tally: { ...jobs.standings, jobs: sumOf(jobs.standings), spent },
      songs,
      decided: jobs.decided,
      sharedTasks: shared.map(({ taskId, jobs: ids }) => ({
        taskId,
        jobs: ids.flatMap((id) => store.get(id)?.job ?? []),
      })),
      absentShards: agreement.absentShards,
      ...(agreement.hasOtherManifests && { chosenManifest: agreement.note.path }),
    };
  } finally {
    for (const close of closing) close();
    if (mayBeLeft) rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes the folder, or empties it; whether it is new. */
function clear(folder: string): boolean {
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  }
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  return false;
}

function preferredOf(
  opened: readonly OpenedSource[],
  { prefer = '', workingDirectory }: MergeOrder,
): OpenedSource {
  const wanted = resolve(workingDirectory, prefer);
  const folder = existsSync(wanted) ? realpathSync(wanted) : wanted;
  const found = opened.find((one) => one.folder === folder);
  if (found) return found;
  throw new UsageError(
    `--prefer ${prefer}: that is none of the folders that are merged`,
    `name one of ${opened.map(({ shownAs }) => shownAs).join(', ')}`,
  );
}

function readerOf(path: string): StoreReader {
  const store = openStoreReader(path);
  if (!store) throw new Error(`${path} is gone`);
  return store;
}

async function writeFiles(
  store: StoreReader,
  outputDir: string,
  { identity, note }: Agreement,
  version: string,
): Promise<void> {
  const { path, sha256, service, policy } = note;
  const manifest = { name: identity.name, path, sha256 };
  await writeFilesOf(store, { outputDir, manifest, policy, service, version });
}

function sizeOf({ counts }: SourceState): number {
  return sumOf(counts.jobs);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A folder that was made for nothing. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Then it is not for nothing.
  }
}
