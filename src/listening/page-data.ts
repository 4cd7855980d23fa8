/**
 * Collects the data of the listening page from the plan and the store: page by page, so that a batch of
 * a million jobs never lies in memory. Jobs come in the order of the plan; after them come those that the
 * manifest has dropped, which were paid for all the same.
 */
import { describeFinding } from '../job/checks.ts';
import { describeFailure, type Failure } from '../job/failure.ts';
import { costOf, type Attempt, type JobRecord, type SavedFile } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import type { Measured } from '../job/measures.ts';
import { exactUsd, type Picodollars } from '../job/money.ts';
import type { NearDuplicate } from '../job/near-duplicates.ts';
import { findingsOf, nextStep, type JobPolicy } from '../job/next-step.ts';
import { shownParameters } from '../job/shown-parameters.ts';
import { statuses, statusOf } from '../job/status.ts';
import type { StoreReader } from '../job/store.ts';
import { CompactSet } from '../plan/compact-set.ts';
import type { Plan } from '../plan/plan.ts';
import {
  pieceSize,
  type Alike,
  type AttemptRow,
  type Finding,
  type PageAxis,
  type PageData,
  type RunRow,
  type SongRow,
} from './page-format.ts';

/** Jobs on a page: what a browser shows without a pause. */
export const pageSize = 5000;

export interface PageFacts {
  readonly plan: Plan;
  /** Undefined before the first run. */
  readonly store: StoreReader | undefined;
  readonly policy: JobPolicy;
  /** As the user typed the manifest's path. */
  readonly shownAs: string;
  /** See `PageData.batch.service`. */
  readonly service: string;
  /** See `PageData.runs`, in milliseconds. */
  readonly runs: readonly RunRow[];
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
  /** Paths of files that were saved and are not there any more. */
  readonly missing: ReadonlySet<string>;
  readonly nearDuplicates: ReadonlyMap<JobId, NearDuplicate>;
}

/** A page without the names of its pieces, which are known when they are written. */
export interface CollectedPage {
  readonly data: Omit<PageData, 'pieces'>;
  /** What its pieces are made of: one list for each, in their order. */
  readonly pieces: readonly (readonly PieceJob[])[];
}

export interface PieceJob {
  /** SHA-256 of its song, where the song was measured: then there are pictures of it. */
  readonly pictured: string | undefined;
  /** What was sent, as text. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface ListedJob extends JobRecord {
  readonly isDropped: boolean;
}

/** At least one page, be it empty. */
export function* collectPages(facts: PageFacts): Generator<CollectedPage> {
  const listing = listJobs(facts);
  const pageOf = (jobs: readonly ListedJob[], number: number) =>
    collectPage(jobs, facts, { number, of: Math.ceil(listing.count() / pageSize) || 1 });
  let number = 1;
  let jobs: ListedJob[] = [];
  for (const job of listing.jobs()) {
    if (jobs.length === pageSize) {
      yield pageOf(jobs, number++);
      jobs = [];
    }
    jobs.push(job);
  }
  yield pageOf(jobs, number);
}

interface Listing {
  readonly jobs: () => Generator<ListedJob>;
  /** All that are listed; to be asked once a page of them has been taken. */
  readonly count: () => number;
}

/**
 * All that has been begun. What waits is listed too where the whole plan fits on a page: a matrix shows
 * its holes; pages of nothing would show nothing.
 */
function listJobs({ plan, store }: PageFacts): Listing {
  const listsWaiting = plan.jobs <= pageSize;
  const known = Object.values(store?.counts().jobs ?? {}).reduce((sum, count) => sum + count, 0);
  let waiting = 0;
  return {
    count: () => known + waiting,
    jobs: function* () {
      const listed = new CompactSet();
      for (const planned of plan.planned()) {
        const record = store?.get(planned.id);
        if (record) {
          listed.add(planned.id);
          // Labels and names of today: they are not what a job is, and may have been changed since.
          const { coordinates, output } = planned;
          yield { ...record, job: { ...record.job, coordinates, output }, isDropped: false };
        } else if (listsWaiting) {
          waiting++;
          yield { job: planned.job(), attempts: [], isDropped: false };
        }
      }
      for (const record of store?.records() ?? []) {
        if (listed.add(record.job.id)) yield { ...record, isDropped: true };
      }
    },
  };
}

function collectPage(
  jobs: readonly ListedJob[],
  facts: PageFacts,
  page: PageData['page'],
): CollectedPage {
  const { plan, policy, store, nearDuplicates } = facts;
  const { manifest } = plan;
  const copies = manifest.repeat > 1 ? copyNumbers(jobs) : undefined;
  const { axes, places } = placesOf(jobs, plan, copies);
  const failures = new Failures();
  const findings: Record<number, readonly Finding[]> = {};
  const further: Record<number, readonly SongRow[]> = {};
  const alike: Record<number, Alike> = {};
  const rowsOf = ({ attempts }: ListedJob) => attempts.map((one) => attemptRow(one, failures));
  const songs = jobs.map((job) => filesOf(job, facts.missing));

  for (const [index, { job, attempts }] of jobs.entries()) {
    const last = attempts.at(-1);
    const found = last?.stage === 'saved' ? findingsOf(last, policy.checks) : [];
    if (found.length > 0) {
      findings[index] = found.map((one) => ({ check: one.check, message: describeFinding(one) }));
    }
    const others = songs[index]?.further ?? [];
    if (others.length > 0) further[index] = others;
    const duplicate = nearDuplicates.get(job.id);
    if (duplicate) {
      const { of, similarity } = duplicate;
      alike[index] = { job: of, name: store?.get(of)?.job.output ?? of, similarity };
    }
  }
  return {
    data: {
      format: 1,
      batch: {
        name: manifest.name,
        model: manifest.model,
        manifest: facts.shownAs,
        service: facts.service,
      },
      version: facts.version,
      writtenAt: facts.writtenAt,
      page,
      totals: totalsOf(facts),
      runs: facts.runs.map((run) => run.map(([at, limit]) => [at / 1000, limit])),
      axes,
      columns: {
        id: jobs.map(({ job }) => job.id),
        name: jobs.map(({ job }) => job.output),
        status: jobs.map((job) => statuses.indexOf(statusOf(job, policy))),
        places,
        cost: jobs.map((job) => nanodollars(costOf(job))),
        attempts: jobs.map(rowsOf),
        song: songs.map(({ song }) => song),
        failure: jobs.map((job) => finalFailure(job, policy, failures)),
        isDropped: jobs.map(({ isDropped }) => (isDropped ? 1 : 0)),
      },
      further,
      findings,
      alike,
      failures: failures.all,
    },
    pieces: inPieces(jobs.map(pieceJob)),
  };
}

function totalsOf({ plan, store }: PageFacts): PageData['totals'] {
  const counts = store?.counts();
  return {
    jobs: plan.jobs,
    saved: counts?.jobs.saved ?? 0,
    costUsd: exactUsd(counts?.spent ?? 0n),
  };
}

/** `repeat`: the copies of a combination differ in nothing but their number, which becomes an axis. */
function copyNumbers(jobs: readonly ListedJob[]): readonly string[] {
  const seen = new Map<string, number>();
  return jobs.map(({ job }) => {
    const key = JSON.stringify(job.coordinates);
    const number = (seen.get(key) ?? 0) + 1;
    seen.set(key, number);
    return String(number);
  });
}

function placesOf(
  jobs: readonly ListedJob[],
  { manifest }: Plan,
  copies: readonly string[] | undefined,
): { readonly axes: readonly PageAxis[]; readonly places: readonly (readonly number[])[] } {
  const names: readonly string[] = [
    ...new Set([
      ...manifest.axes.map(({ name }) => name),
      ...jobs.flatMap(({ job }) => Object.keys(job.coordinates)),
    ]),
  ];
  const along = names.map((name) => {
    const labels = jobs.map(({ job }) => labelOn(job, name));
    return column(name, labels);
  });
  if (copies) along.push(column('repeat', copies));
  return { axes: along.map(({ axis }) => axis), places: along.map((one) => one.places) };
}

function labelOn({ coordinates }: Job, axis: string): string | undefined {
  return Object.entries(coordinates).find(([name]) => name === axis)?.[1];
}

/** Labels in the order in which they first come, which is that of the manifest. */
function column(
  name: string,
  labels: readonly (string | undefined)[],
): { readonly axis: PageAxis; readonly places: readonly number[] } {
  const known = new Map<string, number>();
  const places = labels.map((label) => {
    if (label === undefined) return -1;
    const place = known.get(label) ?? known.size;
    known.set(label, place);
    return place;
  });
  return { axis: { name, labels: [...known.keys()] }, places };
}

/** Of failures that say the same, one is kept. */
class Failures {
  readonly #known = new Map<string, number>();
  readonly all: { readonly reason: string; readonly message: string }[] = [];

  add(failure: Failure): number {
    const message = describeFailure(failure);
    const key = `${failure.reason} ${message}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.all.length);
    return this.all.push({ reason: failure.reason, message }) - 1;
  }
}

function finalFailure(job: ListedJob, policy: JobPolicy, failures: Failures): number {
  const step = nextStep(job, policy);
  return 'failure' in step ? failures.add(step.failure) : -1;
}

function attemptRow(attempt: Attempt, failures: Failures): AttemptRow {
  const { intendedAt } = attempt;
  return [
    intendedAt / 1000,
    seconds('acceptedAt' in attempt ? attempt.acceptedAt : undefined),
    seconds('endedAt' in attempt ? attempt.endedAt : undefined),
    'seconds' in attempt ? attempt.seconds : null,
    attempt.stage === 'failed' ? failures.add(attempt.failure) : null,
    'cost' in attempt ? nanodollars(attempt.cost) : 0,
  ];
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}

interface JobFiles {
  readonly song: SongRow | null;
  readonly further: readonly SongRow[];
}

/** A job may bring other files beside its song, or, of another model, pictures and texts alone. */
function filesOf({ attempts }: ListedJob, missing: ReadonlySet<string>): JobFiles {
  const last = attempts.at(-1);
  if (last?.stage !== 'saved') return { song: null, further: [] };
  const song = placeOfSong(last.files);
  const rows = last.files.map((file, place) =>
    songRow(file, last.measured?.[place], missing.has(file.path)),
  );
  return { song: rows[song] ?? null, further: rows.filter((_, place) => place !== song) };
}

/** -1 where there is nothing to hear. The sound of a film can be heard, and some songs come in its container. */
function placeOfSong(files: readonly SavedFile[]): number {
  const placeOf = (kind: string) =>
    files.findIndex(({ mediaType }) => mediaType.startsWith(`${kind}/`));
  const audio = placeOf('audio');
  return audio === -1 ? placeOf('video') : audio;
}

function songRow(file: SavedFile, measured: Measured | undefined, isMissing: boolean): SongRow {
  const measures = measured?.kind === 'measured' ? measured.measures : undefined;
  return [
    file.path,
    file.sha256.slice(0, 32),
    file.bytes,
    measures?.duration ?? file.duration ?? null,
    measures?.loudness ?? null,
    measures?.truePeak ?? null,
    measures?.loudnessRange ?? null,
    measures?.silence.share ?? null,
    measures?.clipping.samples ?? null,
    isMissing ? 1 : 0,
    measures ? 1 : 0,
  ];
}

function pieceJob({ job, attempts }: ListedJob): PieceJob {
  const last = attempts.at(-1);
  const files = last?.stage === 'saved' ? last.files : [];
  const song = placeOfSong(files);
  const isMeasured = last?.stage === 'saved' && last.measured?.[song]?.kind === 'measured';
  return {
    pictured: isMeasured ? files[song]?.sha256 : undefined,
    parameters: Object.fromEntries(
      Object.entries(shownParameters(job.parameters)).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

function inPieces(jobs: readonly PieceJob[]): readonly (readonly PieceJob[])[] {
  return Array.from({ length: Math.ceil(jobs.length / pieceSize) }, (_, index) =>
    jobs.slice(index * pieceSize, (index + 1) * pieceSize),
  );
}

function nanodollars(amount: Picodollars): number {
  return Number(amount / 1_000n);
}
