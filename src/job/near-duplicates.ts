/**
 * Songs that sound the same though they were bought as different ones: jobs whose parameters differ in
 * the seed only are held against each other by their fingerprints. A sweep over seeds that brings the same
 * song again and again is money spent for nothing, and nobody hears it in a folder of a thousand files.
 */
import type { JobRecord } from './history.ts';
import type { JobId } from './job.ts';
import { similarity } from './fingerprint.ts';

/** From here on two songs count as the same; other encodings of one song reach 0.95. */
const sameFrom = 0.9;
/** Of a larger sweep each song is held against so many before it: the time it takes grows no faster than the sweep. */
const mostCompared = 200;

export interface NearDuplicate {
  readonly of: JobId;
  /** From 0, unrelated, to 1, the same. */
  readonly similarity: number;
}

/** A song that sounds like another, by the names of their outputs. */
export interface Alike {
  readonly output: string;
  readonly of: string;
  /** From 0, unrelated, to 1, the same. */
  readonly similarity: number;
}

/** For each job that sounds like an earlier one, which one it is most like. */
export function findNearDuplicates(
  records: Iterable<JobRecord>,
): ReadonlyMap<JobId, NearDuplicate> {
  const sweeps = new Map<string, { readonly id: JobId; readonly fingerprint: string }[]>();
  const found = new Map<JobId, NearDuplicate>();
  for (const record of records) {
    const fingerprint = fingerprintOf(record);
    if (fingerprint === undefined) continue;
    const { id, model, parameters } = record.job;
    const { seed: _, ...shared } = parameters;
    const key = JSON.stringify([model, shared]);
    const earlier = sweeps.get(key) ?? [];
    for (const other of earlier.slice(-mostCompared)) {
      const alike = similarity(fingerprint, other.fingerprint) ?? 0;
      if (alike < sameFrom || alike <= (found.get(id)?.similarity ?? 0)) continue;
      found.set(id, { of: other.id, similarity: alike });
    }
    earlier.push({ id, fingerprint });
    sweeps.set(key, earlier);
  }
  return found;
}

function fingerprintOf({ attempts }: JobRecord): string | undefined {
  const last = attempts.at(-1);
  const first = last?.stage === 'saved' ? last.measured?.[0] : undefined;
  return first?.kind === 'measured' ? first.measures.fingerprint : undefined;
}
