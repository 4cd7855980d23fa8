/**
 * The data of a listening page: what is written into `report/index.html` and read by the code in it.
 * Jobs come in columns, one array a fact, since the names of the facts would be most of the file: 5,000
 * jobs are to stay below 3 MB. Index `i` means the same job in every column. What only one song's view
 * needs (the outline of its wave, its lyrics) is in pieces beside the page that are loaded when wanted.
 */

export interface PageData {
  /** Pages are read by the code that was written with them; served ones may meet an older tab. */
  readonly format: 1;
  readonly batch: {
    readonly name: string;
    readonly model: string;
    /** As the user typed its path. */
    readonly manifest: string;
    /** Base URL of the API that made the songs, or `embedded`; empty before the first run. */
    readonly service: string;
  };
  /** Version of songbatch. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
  /** Which part this is of a batch that is too large for one page, from 1. */
  readonly page: { readonly number: number; readonly of: number };
  /** In the order of the manifest. */
  readonly axes: readonly PageAxis[];
  readonly columns: Columns;
  /** Other outputs of a job than its song; by the job's index. */
  readonly further: Readonly<Record<number, readonly SongRow[]>>;
  /** Checks that a song does not pass; by the job's index. */
  readonly findings: Readonly<Record<number, readonly Finding[]>>;
  /** An earlier job whose song sounds like this one's; by the job's index. */
  readonly alike: Readonly<Record<number, Alike>>;
  /** Each failure once: attempts refer to them. */
  readonly failures: readonly { readonly reason: string; readonly message: string }[];
  /** Of the whole batch, also where this is one page of many. */
  readonly totals: Totals;
  /** The earliest first; none where songbatch did not keep them (any more). */
  readonly runs: readonly RunRow[];
  /** Pieces of `pieceSize` jobs each, in the order of the columns: names of files in `data/`. */
  readonly pieces: readonly string[];
}

export interface PageAxis {
  readonly name: string;
  /** In the order of the manifest, then those that only dropped jobs stand on. */
  readonly labels: readonly string[];
}

export interface Columns {
  /** 32 hex digits. */
  readonly id: readonly string[];
  /** Name of the output, without extension. */
  readonly name: readonly string[];
  /** Position in `statuses` of `job/status.ts`. */
  readonly status: readonly number[];
  /** One column for each axis: position in its labels, -1 where the job does not stand on it. */
  readonly places: readonly (readonly number[])[];
  /** Billionths of a dollar, all attempts together. */
  readonly cost: readonly number[];
  readonly attempts: readonly (readonly AttemptRow[])[];
  /** Its first output that can be heard; null where there is none (yet). */
  readonly song: readonly (SongRow | null)[];
  /** Why it failed for good: position in `failures`; -1 where it did not. */
  readonly failure: readonly number[];
  /** 1: the manifest does not have this job any more. */
  readonly isDropped: readonly (0 | 1)[];
}

/** Times are seconds since 1970, to the millisecond. */
export type AttemptRow = readonly [
  intendedAt: number,
  acceptedAt: number | null,
  /** As the task's end was seen here. */
  endedAt: number | null,
  /** Seconds of execution, by the API's count. */
  executed: number | null,
  /** Position in `failures`, null where it did not fail. */
  failure: number | null,
  /** Billionths of a dollar; 0 also while nobody knows. */
  cost: number,
];

export type SongRow = readonly [
  /** Below the output folder, `/` between folders. */
  path: string,
  /** First half of its SHA-256, 32 hex digits: what ratings name, and files in `sound/`. */
  hash: string,
  bytes: number,
  /** Seconds; null where nobody could tell. */
  seconds: number | null,
  /** LUFS. */
  loudness: number | null,
  /** dBTP. */
  truePeak: number | null,
  /** LU. */
  loudnessRange: number | null,
  /** Share of silence, from 0 to 1. */
  silence: number | null,
  /** Clipped samples. */
  clipped: number | null,
  /** 1: it was saved, and is not there any more. */
  isMissing: 0 | 1,
  /** 1: there is a spectrogram, `sound/<hash>.png`. */
  hasPicture: 0 | 1,
];

/**
 * From when on (seconds since 1970) a run allowed itself how many tasks at once. It starts with the first
 * entry; 0 is its end, of which a run that was killed, or goes on, says nothing.
 */
export type RunRow = readonly (readonly [at: number, limit: number])[];

export interface Finding {
  readonly check: string;
  readonly message: string;
}

export interface Alike {
  /** Id and name of the other job, which may be on another page. */
  readonly job: string;
  readonly name: string;
  /** From 0, unrelated, to 1, the same. */
  readonly similarity: number;
}

export interface Totals {
  /** Of the manifest. */
  readonly jobs: number;
  /** Whose songs are here. */
  readonly saved: number;
  /** Dollars, exact; all attempts of all jobs. */
  readonly costUsd: string;
}

/** Jobs in a piece. */
export const pieceSize = 64;

/** A piece of what one song's view needs, loaded when it comes into sight. */
export interface Piece {
  /** One for each job: see `encodeOutline`; null where there is none. */
  readonly outlines: readonly (string | null)[];
  /** Texts that parameters refer to: each is here once. */
  readonly texts: readonly string[];
  /** What was sent for each job: names of parameters, positions in `texts`. */
  readonly parameters: readonly Readonly<Record<string, number>>[];
}

/** A file of `data/` is a script that hands its piece over: `songbatchPiece("<name>", {...})`. */
export const pieceReceiver = 'songbatchPiece';

/** Stretches of an outline. */
export const outlineLength = 400;

/**
 * The outline of a song as text: for each of `outlineLength` stretches two characters, the lowest and the
 * highest sample, as the code points 35 to 126 (without `\`, which is written as `!`): -1 to 1 in 91 steps.
 */
export function encodeOutline(lows: readonly number[], highs: readonly number[]): string {
  let text = '';
  for (let index = 0; index < outlineLength; index++) {
    const from = Math.floor((index * lows.length) / outlineLength);
    const to = Math.max(from + 1, Math.floor(((index + 1) * lows.length) / outlineLength));
    text += level(Math.min(...lows.slice(from, to))) + level(Math.max(...highs.slice(from, to)));
  }
  return text;
}

/** @param value from -127 to 127 */
function level(value: number): string {
  const code = 35 + Math.round(((Math.max(-127, Math.min(127, value)) + 127) / 254) * 91);
  return code === 92 ? '!' : String.fromCharCode(code);
}

/** Lows and highs by turns, from -1 to 1. */
export function decodeOutline(text: string): Float32Array {
  const levels = new Float32Array(2 * outlineLength);
  for (let index = 0; index < levels.length; index++) {
    const code = text.charCodeAt(index);
    levels[index] = (((code === 33 ? 92 : code) - 35) / 91) * 2 - 1;
  }
  return levels;
}
