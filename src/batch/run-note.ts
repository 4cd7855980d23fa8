/**
 * What a state keeps of the runs that made it, beyond its jobs: which manifest was run last, from where it
 * was bought and what a song must measure up to, and which parts of the batch were run. So states can be
 * merged, and their metadata written, where the manifest is not at hand.
 */
import type { JobPolicy } from '../job/next-step.ts';
import { policyOf } from '../job/next-step.ts';
import type { Store } from '../job/store.ts';
import type { Checks } from '../manifest/manifest.ts';
import type { Selection } from '../plan/selection.ts';
import type { Batch } from './batch.ts';

/** JSON: a `RunNote`. */
export const manifestFact = 'manifest';
/** `1/4 2/4`: shards; the whole batch is 1/1. */
export const shardsFact = 'shards';

export interface RunNote {
  /** When it was run, in milliseconds since 1970. */
  readonly at: number;
  /** As it was typed. */
  readonly path: string;
  readonly sha256: string;
  /** Base URL, or `embedded`. */
  readonly service: string;
  readonly policy: JobPolicy;
}

export async function noteManifest(
  store: Store,
  { manifest, shownAs }: Pick<Batch, 'manifest' | 'shownAs'>,
  service: string,
  at: number,
): Promise<void> {
  const { sha256 } = manifest;
  const note: RunNote = { at, path: shownAs, sha256, service, policy: policyOf(manifest) };
  await store.setFact(manifestFact, JSON.stringify(note));
}

/** Notes that this part of the batch is being run; by itself it says nothing of how far that came. */
export async function noteShard(store: Store, { only, skip, shard }: Selection): Promise<void> {
  if (only.length > 0 || skip.length > 0) return;
  const known = readShards(store.fact(shardsFact));
  const name = shard ? `${shard.index}/${shard.of}` : '1/1';
  if (!known.includes(name)) await store.setFact(shardsFact, [...known, name].join(' '));
}

/** Undefined where it is none: a state is data. */
export function readNote(fact: string | undefined): RunNote | undefined {
  let note: unknown;
  try {
    note = JSON.parse(fact ?? '');
  } catch {
    return undefined;
  }
  if (!isObject(note) || !isObject(note['policy'])) return undefined;
  const { at, path, sha256, service } = note;
  const { attempts, checks } = note['policy'];
  if (typeof at !== 'number' || typeof path !== 'string' || typeof service !== 'string') {
    return undefined;
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  if (typeof attempts !== 'number') return undefined;
  return { at, path, sha256, service, policy: { attempts, checks: readChecks(checks) } };
}

export function readShards(fact: string | undefined): readonly string[] {
  return (fact ?? '').split(' ').filter((name) => /^\d{1,6}\/\d{1,6}$/.test(name));
}

/** Shards of which nothing is known, where others of as many are. */
export function absentShards(known: readonly string[]): readonly string[] {
  const present = new Set(known);
  const divisions = [...new Set(known.map((name) => Number(name.split('/')[1])))].map((of) =>
    Array.from({ length: of }, (_, index) => `${index + 1}/${of}`).filter(
      (name) => !present.has(name),
    ),
  );
  // A batch that was divided in several ways is whole when one of them is.
  return divisions.sort((a, b) => a.length - b.length)[0] ?? [];
}

function readChecks(value: unknown): Checks | undefined {
  if (!isObject(value)) return undefined;
  const { minSeconds, maxSilence, loudness, warn } = value;
  const from = isObject(loudness) ? loudness['from'] : undefined;
  const to = isObject(loudness) ? loudness['to'] : undefined;
  return {
    ...(typeof minSeconds === 'number' && { minSeconds }),
    ...(typeof maxSilence === 'number' && { maxSilence }),
    ...(typeof from === 'number' && typeof to === 'number' && { loudness: { from, to } }),
    warn: warn === true,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
