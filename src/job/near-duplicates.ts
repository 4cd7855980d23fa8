/**
 * Songs that sound the same though they were bought as different ones: jobs whose parameters differ in
 * the seed only are held against each other by their fingerprints. A sweep over seeds that brings the same
 * song again and again is money spent for nothing, and nobody hears it in a folder of a thousand files.
 */
import { hash } from 'node:crypto';
import { readPrint, similarityFrom, type Print } from './fingerprint.ts';
import type { Job, JobId } from './job.ts';

/** From here on two songs count as the same; other encodings of one song reach 0.95. */
const sameFrom = 0.9;
/** Of a larger sweep each song is held against so many before it: the time it takes grows no faster than the sweep. */
const mostCompared = 200;
/** Songs of all sweeps that are kept in memory, of some 3 kB each; the sweep that was not met for longest is forgotten. */
export const mostHeld = 10_000;

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

/** Songs that were heard, each to be held against those of its sweep that come after it. */
export interface HeardSongs {
  /** @param fingerprint of what is none nothing is kept */
  readonly hear: (job: Job, fingerprint: string) => void;
  /** Which song that was heard before a new one is most like, if any; hears it, too. */
  readonly compare: (job: Job, fingerprint: string) => NearDuplicate | undefined;
}

interface HeardSong {
  readonly id: JobId;
  readonly print: Print;
}

/** What all jobs of a sweep have in common: everything but the seed. */
function sweepOf({ model, parameters }: Job): string {
  const { seed: _, ...shared } = parameters;
  return hash('sha256', JSON.stringify([model, shared]), 'base64');
}

export function createHeardSongs(limit = mostHeld): HeardSongs {
  /** The sweep that was met last comes last. */
  const sweeps = new Map<string, HeardSong[]>();
  let held = 0;

  const keep = (sweep: string, song: HeardSong): void => {
    const earlier = sweeps.get(sweep) ?? [];
    sweeps.delete(sweep);
    sweeps.set(sweep, earlier);
    earlier.push(song);
    held++;
    if (earlier.length > mostCompared) {
      earlier.shift();
      held--;
    }
    for (const [other, songs] of sweeps) {
      if (held <= limit || other === sweep) break;
      sweeps.delete(other);
      held -= songs.length;
    }
  };

  return {
    hear: (job, fingerprint) => {
      const print = readPrint(fingerprint);
      if (print) keep(sweepOf(job), { id: job.id, print });
    },
    compare: (job, fingerprint) => {
      const print = readPrint(fingerprint);
      if (!print) return undefined;
      const sweep = sweepOf(job);
      const likest = likestOf(job.id, print, sweeps.get(sweep) ?? []);
      keep(sweep, { id: job.id, print });
      return likest;
    },
  };
}

function likestOf(id: JobId, print: Print, songs: readonly HeardSong[]): NearDuplicate | undefined {
  let likest: NearDuplicate | undefined;
  for (const other of songs) {
    // A song that was fetched anew is not its own duplicate.
    if (other.id === id) continue;
    const similarity = similarityFrom(likest?.similarity ?? sameFrom, print, other.print);
    if (similarity === undefined || similarity <= (likest?.similarity ?? 0)) continue;
    likest = { of: other.id, similarity };
  }
  return likest;
}
