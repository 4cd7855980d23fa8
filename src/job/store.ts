/**
 * Where the history of a batch is kept, as the rest of songbatch sees it. `state/` implements it;
 * one contract suite (`test/state/store-contract.ts`) holds for every implementation.
 */
import type { AttemptStage, JobEvent, JobRecord, SavedFile } from './history.ts';
import type { Job, JobId } from './job.ts';
import type { Picodollars } from './money.ts';
import type { JobPolicy } from './next-step.ts';
import type { Outlook } from './outlook.ts';

/** How many jobs stand where, and what they have cost. `waiting`: known, no attempt stands. */
export interface StoreCounts {
  readonly jobs: Readonly<Record<AttemptStage | 'waiting', number>>;
  readonly spent: Picodollars;
}

/** What a store has found out about its jobs beforehand, and keeps up to date with every event. */
export interface Judged {
  readonly counts: () => Readonly<Record<Outlook, number>>;
  /**
   * The jobs that have one of these outlooks when it starts, in the order of `StoreReader.records`, each as it
   * stands when its turn comes: hours may pass between two of them. Costs no more than the jobs that it gives,
   * unless those that are done are asked for.
   */
  readonly records: (outlooks: readonly Outlook[]) => Iterable<JobRecord>;
}

export interface PlacedRecord {
  /** From 1, without gaps; a job keeps it for ever. */
  readonly place: number;
  readonly record: JobRecord;
}

/** A song, and whose it is. */
export interface JobFile extends SavedFile {
  readonly job: JobId;
}

export interface StoreReader {
  readonly get: (id: JobId) => JobRecord | undefined;
  /** Whether anything was ever done for it; costs a fraction of `get`. */
  readonly has: (id: JobId) => boolean;
  /**
   * Every job, in the order in which they first came; optionally only those whose last attempt is
   * at one of these stages. Lazy; sees what was committed when it started.
   */
  readonly records: (stages?: readonly AttemptStage[]) => Iterable<JobRecord>;
  /** Grows with every event: a moment in the history of the batch. */
  readonly revision: () => number;
  /** The jobs with events since that revision, in the order of `records`. Lazy. */
  readonly changes: (since: number) => Iterable<PlacedRecord>;
  /** Up to so many jobs that came before the one at this place, in the order of `records`. Lazy. */
  readonly recordsBefore: (place: number, most: number) => Iterable<JobRecord>;
  /**
   * The files of every job whose last attempt is saved, in the order of `records` and at a tenth of its cost.
   * Lazy, each as it stands shortly before its turn comes: hours may pass between two of them.
   */
  readonly savedFiles: () => Iterable<JobFile>;
  readonly counts: () => StoreCounts;
  /** Undefined: it was by another policy that the jobs were judged. Ears make no difference. */
  readonly judged: (policy: JobPolicy) => Judged | undefined;
  /** Whether a task belongs to a job of this batch, by any of its attempts. */
  readonly claims: (taskId: string) => boolean;
  /** A fact about the batch as a whole (`setFact`); undefined when it was never set. */
  readonly fact: (name: string) => string | undefined;
  readonly close: () => void;
}

export interface Store extends StoreReader {
  /**
   * Adds an event to a job's history; the job is registered by its first. Resolves with the record
   * after the event, when both are durable. Events of one tick share a commit.
   * Rejects, with nothing written, when the disk will not have it.
   */
  readonly append: (job: Job, event: JobEvent) => Promise<JobRecord>;
  readonly setFact: (name: string, value: string) => Promise<void>;
  /** Waits for what is under way, folds the write-ahead log in, releases the lock. */
  readonly close: () => void;
}
