/** The batch as the page works with it: the columns of the data put together, job by job. */
import { statuses, type Status } from '../job/status.ts';
import type {
  Alike,
  AttemptRow,
  Finding,
  PageAxis,
  PageData,
  SongRow,
} from '../listening/page-format.ts';

export interface Batch {
  readonly data: PageData;
  readonly axes: readonly PageAxis[];
  readonly jobs: readonly PageJob[];
  readonly byId: ReadonlyMap<string, PageJob>;
}

export interface PageJob {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  /** Position among the labels of each axis; -1 where it does not stand on it. */
  readonly places: readonly number[];
  /** Axis to label, for ratings and for people. */
  readonly coordinates: Readonly<Record<string, string>>;
  /** Dollars. */
  readonly cost: number;
  readonly attempts: readonly Attempt[];
  readonly failure: Failure | undefined;
  /** To be listened to; undefined where there is none (any more). */
  readonly song: Song | undefined;
  /** It was saved and is gone from the disk. */
  readonly isMissing: boolean;
  readonly further: readonly Song[];
  readonly findings: readonly Finding[];
  readonly alike: Alike | undefined;
  /** The manifest does not have it any more. */
  readonly isDropped: boolean;
}

export interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** Times are seconds since 1970. */
export interface Attempt {
  readonly intendedAt: number;
  readonly acceptedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Seconds of execution, by the API's count. */
  readonly executed: number | undefined;
  readonly failure: Failure | undefined;
  /** Dollars; 0 also while nobody knows. */
  readonly cost: number;
}

export interface Song {
  /** Below the output folder. */
  readonly path: string;
  /** From the page. */
  readonly url: string;
  /** What ratings name it by. */
  readonly hash: string;
  readonly bytes: number;
  readonly seconds: number | undefined;
  /** LUFS. */
  readonly loudness: number | undefined;
  /** dBTP. */
  readonly truePeak: number | undefined;
  /** LU. */
  readonly loudnessRange: number | undefined;
  /** From 0 to 1. */
  readonly silence: number | undefined;
  /** Samples. */
  readonly clipped: number | undefined;
  /** URL of its spectrogram. */
  readonly picture: string | undefined;
}

export function readBatch(data: PageData): Batch {
  const { columns, axes, failures } = data;
  const jobs = columns.id.map((id, index): PageJob => {
    const places = columns.places.map((column) => column[index] ?? -1);
    const row = columns.song[index] ?? undefined;
    return {
      index,
      id,
      name: columns.name[index] ?? id,
      status: statuses[columns.status[index] ?? 0] ?? 'waiting',
      places,
      coordinates: coordinatesOf(axes, places),
      cost: (columns.cost[index] ?? 0) / 1e9,
      attempts: (columns.attempts[index] ?? []).map((attempt) => attemptOf(attempt, failures)),
      failure: failures[columns.failure[index] ?? -1],
      song: row?.[9] === 0 ? songOf(row) : undefined,
      isMissing: row?.[9] === 1,
      further: (data.further[index] ?? []).filter((other) => other[9] === 0).map(songOf),
      findings: data.findings[index] ?? [],
      alike: data.alike[index],
      isDropped: columns.isDropped[index] === 1,
    };
  });
  return { data, axes, jobs, byId: new Map(jobs.map((job) => [job.id, job])) };
}

function coordinatesOf(
  axes: readonly PageAxis[],
  places: readonly number[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    axes.flatMap(({ name, labels }, axis) => {
      const label = labels[places[axis] ?? -1];
      return label === undefined ? [] : [[name, label] as const];
    }),
  );
}

function attemptOf(
  [intendedAt, acceptedAt, endedAt, executed, failure, cost]: AttemptRow,
  failures: PageData['failures'],
): Attempt {
  return {
    intendedAt,
    acceptedAt: acceptedAt ?? undefined,
    endedAt: endedAt ?? undefined,
    executed: executed ?? undefined,
    failure: failures[failure ?? -1],
    cost: cost / 1e9,
  };
}

function songOf(row: SongRow): Song {
  const [path, hash, bytes, seconds, loudness, truePeak, range, silence, clipped] = row;
  return {
    path,
    // A name is data: what stands in it is no query, no fragment, no way up.
    url: `../${path.split('/').map(encodeURIComponent).join('/')}`,
    hash,
    bytes,
    seconds: seconds ?? undefined,
    loudness: loudness ?? undefined,
    truePeak: truePeak ?? undefined,
    loudnessRange: range ?? undefined,
    silence: silence ?? undefined,
    clipped: clipped ?? undefined,
    picture: row[10] === 1 ? `sound/${hash}.png` : undefined,
  };
}
