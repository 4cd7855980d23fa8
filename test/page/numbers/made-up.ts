/**
 * The data of a page whose batch nobody has bought: two runs with a night between them, of which the first was
 * throttled by the account; failures of some kinds, and tasks that were left to the server overnight.
 */
import { statuses, type Status } from '../../../src/job/status.ts';
import type { AttemptRow, PageData, RunRow, SongRow } from '../../../src/listening/page-format.ts';

export interface MadeUp {
  readonly jobs: number;
  readonly seed?: number;
  /** Seconds since 1970. */
  readonly startsAt?: number;
}

const lyrics = ['neon-rivers', 'fade', 'midnight-train', 'glass-city'];
const clones = ['vocal', 'instrumental', 'both'];
const failures = [
  { reason: 'exit-code', message: 'the model exited with 137: CUDA out of memory' },
  { reason: 'task-error', message: 'the task broke down before it started: no worker' },
  { reason: 'exit-code', message: 'the model exited with 1: segment is empty' },
  { reason: 'checks', message: 'it lasts 12 s, less than 20 s' },
];
const hour = 3600;

export function madeUpPage({ jobs, seed = 1, startsAt = 1_795_341_720 }: MadeUp): PageData {
  const next = randomFrom(seed);
  const between = (low: number, high: number) => low + (high - low) * next();
  const asked = 20;
  const allowed = 6;
  const nightFrom = Math.ceil(jobs * 0.6);
  const throttledAt = startsAt + 95;
  const free = new Array<number>(asked).fill(startsAt + 2);
  const attempts: AttemptRow[][] = [];
  const status: Status[] = [];
  const song: (SongRow | null)[] = [];
  const failure: number[] = [];
  let firstEnd = startsAt;
  let morning: number | undefined;
  for (let job = 0; job < jobs; job++) {
    if (job === nightFrom) {
      // Interrupted when all but the last few tasks had ended.
      const ends = attempts.flatMap((rows) => rows.map((row) => row[2] ?? 0)).sort((a, b) => a - b);
      firstEnd = Math.max(ends.at(-4) ?? 0, attempts.at(-1)?.at(-1)?.[1] ?? 0) + 1;
      morning = firstEnd + 7 * hour;
      free.fill(morning + 2);
    }
    const rows: AttemptRow[] = [];
    let fate: number | null = null;
    for (let tries = 0; tries < 3; tries++) {
      const slots = Math.min(...free) > throttledAt ? allowed : asked;
      const slot = free.indexOf(Math.min(...free.slice(0, slots)));
      const intended = free[slot] ?? startsAt;
      const queued = between(3, 25);
      const executed = between(110, 170) + (next() < 0.02 ? 400 : 0);
      const draw = next();
      fate = draw < 0.04 ? 0 : draw < 0.06 ? 1 : draw < 0.07 ? 2 : null;
      const lasted = fate === null ? queued + executed : between(4, 60);
      const ended = intended + 0.4 + lasted;
      const cost = fate === null ? Math.round(executed * 117_000) : fate === 2 ? 6_000_000 : 0;
      rows.push([intended, intended + 0.4, ended, fate === null ? executed : null, fate, cost]); // prettier-ignore
      free[slot] = ended + 0.5;
      if (fate === null) break;
    }
    const fails = fate === null && next() < 0.015;
    attempts.push(rows);
    status.push(fate !== null || fails ? 'failed' : 'done');
    failure.push(fails ? 3 : (fate ?? -1));
    const seconds = fails ? 12 : between(140, 200);
    song.push(
      fate === null
        ? [`songs/${job}.mp3`, job.toString(16).padStart(32, '0'), 3_000_000, seconds, between(-18, -11), -1, 6, 0.02, 0, 0, 0] // prettier-ignore
        : null,
    );
  }
  // Tasks of the evening that the first run left are found by the second.
  if (morning !== undefined) {
    const found = morning + 3;
    for (const rows of attempts.slice(0, nightFrom)) {
      for (const [index, row] of rows.entries()) {
        if ((row[2] ?? 0) > firstEnd) rows[index] = [row[0], row[1], found, row[3], row[4], row[5]];
      }
    }
  }
  const end = Math.max(...free);
  const runs: RunRow[] =
    morning === undefined
      ? [[[startsAt, asked], [throttledAt, allowed], [end, 0]]] // prettier-ignore
      : [
          [[startsAt, asked], [throttledAt, allowed], [firstEnd, 0]], // prettier-ignore
          [[morning, asked], [morning + 30, 8], [morning + 400, 9], [end, 0]], // prettier-ignore
        ];
  const cost = attempts.map((rows) => rows.reduce((sum, row) => sum + row[5], 0));
  const paid = cost.reduce((sum, one) => sum + one, 0);
  return {
    format: 1,
    batch: { name: 'midnight-ab', model: 'wiro/any', manifest: 'midnight.yaml', service: 'https://api.wiro.ai/v1' }, // prettier-ignore
    version: '0.1.0',
    writtenAt: end * 1000,
    page: { number: 1, of: 1 },
    axes: [
      { name: 'lyrics', labels: lyrics },
      { name: 'clone', labels: clones },
      {
        name: 'seed',
        labels: Array.from({ length: Math.ceil(jobs / 12) }, (_, at) => String(at + 1)),
      },
    ],
    columns: {
      id: attempts.map((_, job) => job.toString(16).padStart(32, '0')),
      name: attempts.map((_, job) => `${lyrics[job % 4]}/${clones[Math.floor(job / 4) % 3]}_s${Math.floor(job / 12) + 1}`), // prettier-ignore
      status: status.map((one) => statuses.indexOf(one)),
      places: [
        attempts.map((_, job) => job % 4),
        attempts.map((_, job) => Math.floor(job / 4) % 3),
        attempts.map((_, job) => Math.floor(job / 12)),
      ],
      cost,
      attempts,
      song,
      failure,
      isDropped: attempts.map(() => 0),
    },
    further: {},
    findings: {},
    alike: {},
    failures,
    totals: { jobs, saved: song.filter((one) => one !== null).length, costUsd: String(paid / 1e9) },
    runs,
    pieces: [],
  };
}

/** Mulberry32: the same for the same seed, everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
