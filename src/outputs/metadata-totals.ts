/** What the jobs of a metadata manifest add up to; exact, so that a job can be taken out again. */
import { exactUsd, parseUsd, type Picodollars } from '../job/money.ts';
import { statuses, type Status } from '../job/status.ts';
import type { JobEntry } from './metadata-entry.ts';

/** As it is written. */
export interface TotalsEntry {
  readonly jobs: Readonly<Record<Status, number>>;
  readonly costUsd: string;
  readonly songs: number;
  readonly bytes: number;
  readonly seconds: number;
}

export class Totals {
  readonly #jobs = new Map<Status, number>();
  #cost: Picodollars = 0n;
  #songs = 0;
  #bytes = 0;
  #milliseconds = 0;

  /** Goes on from what was written. */
  constructor(from?: TotalsEntry) {
    if (!from) return;
    for (const status of statuses) this.#jobs.set(status, from.jobs[status]);
    this.#cost = parseUsd(from.costUsd) ?? 0n;
    this.#songs = from.songs;
    this.#bytes = from.bytes;
    this.#milliseconds = inMilliseconds(from.seconds);
  }

  add(entry: JobEntry): void {
    this.#count(entry, 1);
  }

  /** Takes out what was added. */
  remove(entry: JobEntry): void {
    this.#count(entry, -1);
  }

  #count({ status, costUsd, outputs }: JobEntry, sign: 1 | -1): void {
    this.#jobs.set(status, (this.#jobs.get(status) ?? 0) + sign);
    this.#cost += (parseUsd(costUsd) ?? 0n) * BigInt(sign);
    for (const { bytes, duration, missing } of outputs) {
      if (missing) continue;
      this.#songs += sign;
      this.#bytes += bytes * sign;
      this.#milliseconds += inMilliseconds(duration ?? 0) * sign;
    }
  }

  toJSON(): TotalsEntry {
    const jobs = { waiting: 0, 'in-doubt': 0, running: 0, ended: 0, done: 0, failed: 0 };
    for (const [status, count] of this.#jobs) jobs[status] = count;
    return {
      jobs,
      costUsd: exactUsd(this.#cost),
      songs: this.#songs,
      bytes: this.#bytes,
      seconds: this.#milliseconds / 1000,
    };
  }
}

function inMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
