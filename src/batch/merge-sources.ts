/** The states that are to become one: opened, and refused where they cannot be of one batch. */
import { realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRemote } from '../manifest/s3-place.ts';
import { dearestFact } from '../run/standing.ts';
import { stockFact } from '../run/stock-note.ts';
import { printable } from '../state/holder.ts';
import type { BatchIdentity } from '../state/sqlite-store.ts';
import { openSourceState, type SourceState } from '../state/source-state.ts';
import { countOpen, joinAccounts } from './account.ts';
import { alikeFact } from './alike-note.ts';
import { metadataFact } from './batch-files.ts';
import { joinLimits, limitsFact, readLimits } from './limit-note.ts';
import type { RunNote } from './run-note.ts';
import { absentShards, manifestFact, readNote, readShards, shardsFact } from './run-note.ts';
import { embedded } from './service.ts';
import { refuseHalfMerged } from './unfinished-merge.ts';
import { UsageError } from './usage-error.ts';
import { claimFact } from './workroom.ts';

/** An output folder of one run, and its state. */
export interface Source {
  /** Absolute, and where it really is. */
  readonly folder: string;
  /** As it was typed. */
  readonly shownAs: string;
}

export interface OpenedSource extends Source {
  readonly state: SourceState;
  /** Songs are merged into this one: they are there already. */
  readonly isTarget: boolean;
}

/** What the states have in common, and what is kept of each. */
export interface Agreement {
  readonly identity: BatchIdentity;
  readonly facts: ReadonlyMap<string, string>;
  /** Of the run that began last. */
  readonly note: RunNote;
  /** Whether others ran another manifest. */
  readonly hasOtherManifests: boolean;
  /** Shards that no state knows of, as `3/4`; empty also where nobody knows. */
  readonly absentShards: readonly string[];
}

/** @param typed output folders; `into` may be among them, and is left out */
export function findSources(
  typed: readonly string[],
  into: string,
  workingDirectory: string,
): readonly Source[] {
  const sources = new Map<string, Source>();
  for (const shownAs of typed) {
    refuseBucket(shownAs);
    const written = resolve(workingDirectory, shownAs);
    const folder = isFile(join(written, 'state.sqlite')) ? realpathSync(written) : undefined;
    if (folder === undefined) {
      throw new UsageError(
        `${shownAs} is not the output folder of a run: it has no state.sqlite`,
        'name the folders that runs were given with --out; a state that was kept elsewhere with --state belongs into its folder first',
      );
    }
    if (sources.has(folder)) throw new UsageError(`${shownAs} is named twice`);
    sources.set(folder, { folder, shownAs });
  }
  sources.delete(into);
  for (const { folder, shownAs } of sources.values()) refuseHalfMerged(folder, shownAs);
  if (sources.size > 0) return [...sources.values()];
  throw new UsageError('there is nothing to merge', 'name other folders than that of --into');
}

/** Throws `UsageError` for a place that is no folder. */
export function refuseBucket(typed: string): void {
  if (!isRemote(typed)) return;
  throw new UsageError(
    `${typed} is no folder, and only folders are merged`,
    'run all shards with one state and one bucket, or give each shard a folder (--out), and copy what is merged',
  );
}

/** @param scratch a folder for copies of states */
export function openSources(
  sources: readonly Source[],
  target: { readonly source: Source; readonly state: SourceState | undefined },
  scratch: string,
): readonly OpenedSource[] {
  const { source, state } = target;
  const opened: OpenedSource[] = state ? [{ ...source, state, isTarget: true }] : [];
  try {
    for (const [index, one] of sources.entries()) {
      const place = join(scratch, `source-${index + 1}`);
      const other = openSourceState(join(one.folder, 'state.sqlite'), place);
      opened.push({ ...one, state: other, isTarget: false });
    }
    return opened;
  } catch (error) {
    closeSources(opened);
    throw error;
  }
}

export function closeSources(sources: readonly OpenedSource[]): void {
  for (const { state } of sources) state.close();
}

/** Throws `UsageError` where the states are not of one batch. */
export function agreeOn(sources: readonly OpenedSource[]): Agreement {
  const identity = commonIdentity(sources);
  refuseOpenBooks(sources, identity);
  const parts = sources.map(({ shownAs, state }) => {
    return { shownAs, facts: state.facts, open: countOpen({ counts: () => state.counts }) };
  });
  const accounts = joinAccounts(parts);
  const notes = sources.flatMap(({ state }) => readNote(state.facts.get(manifestFact)) ?? []);
  const [note] = notes.toSorted((a, b) => b.at - a.at);
  if (!note) {
    throw new UsageError(
      'none of the states says which manifest was run: an earlier songbatch made them',
      'run one of them again (songbatch run ... --out; what is done is not bought again), and merge then',
    );
  }
  const limits = sources.map(({ state }) => readLimits(state.facts.get(limitsFact)));
  const shards = sources.map(({ state }) => readShards(state.facts.get(shardsFact)));
  const known = [...new Set(shards.flat())];
  return {
    identity,
    facts: new Map([
      ...otherFacts(sources),
      ...accounts,
      ...dearestOf(sources),
      [limitsFact, JSON.stringify(joinLimits(limits))],
      [manifestFact, JSON.stringify(note)],
      ...(known.length > 0 ? [[shardsFact, known.join(' ')] as const] : []),
    ]),
    note,
    hasOtherManifests: notes.some(({ sha256 }) => sha256 !== note.sha256),
    absentShards: shards.every((names) => names.length > 0) ? absentShards(known) : [],
  };
}

function commonIdentity(sources: readonly OpenedSource[]): BatchIdentity {
  const [first, ...others] = sources;
  if (!first) throw new Error('there are no states to merge');
  const { identity } = first.state;
  for (const { shownAs, state } of others) {
    const { name, service } = state.identity;
    if (name === identity.name && service === identity.service) continue;
    throw new UsageError(
      `${first.shownAs} is of batch "${printable(identity.name)}" bought from ${printable(identity.service)}, ${shownAs} of "${printable(name)}" from ${printable(service)}: only parts of one batch can be merged`,
    );
  }
  return identity;
}

/** The embedded server keeps its tasks beside the state, and another server knows nothing of them. */
function refuseOpenBooks(sources: readonly OpenedSource[], { service }: BatchIdentity): void {
  if (service !== embedded) return;
  for (const { shownAs, state, isTarget } of sources) {
    const open = countOpen({ counts: () => state.counts });
    if (isTarget || open === 0) continue;
    throw new UsageError(
      `${shownAs} has ${open === 1 ? 'one job' : `${open} jobs`} in flight or in doubt at its own embedded server, whose tasks cannot be taken along`,
      `finish them first: songbatch run <manifest> --sandbox --out ${shownAs}`,
    );
  }
}

/** The worst that a song has cost anywhere. */
function dearestOf(sources: readonly OpenedSource[]): (readonly [string, string])[] {
  const bills = sources.flatMap(({ state }) => {
    const bill = state.facts.get(dearestFact) ?? '';
    return /^\d+$/.test(bill) ? [BigInt(bill)] : [];
  });
  const dearest = bills.reduce((most, bill) => (bill > most ? bill : most), 0n);
  return dearest > 0n ? [[dearestFact, String(dearest)]] : [];
}

/** The first word on each holds; but what was noted of one state's jobs is not so of the merged one. */
function otherFacts(sources: readonly OpenedSource[]): ReadonlyMap<string, string> {
  const facts = new Map(sources.toReversed().flatMap(({ state }) => [...state.facts]));
  for (const name of [stockFact, alikeFact, metadataFact, claimFact]) facts.delete(name);
  return facts;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
