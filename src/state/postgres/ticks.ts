/**
 * The book of ticks: what the schedules of an account have begun, and what they are still to begin. The queue says
 * that the time of a tick has come; from then on it stands here and the queue may forget it. Whoever makes the batch
 * of a tick holds it, and says again and again that he is there; from one who is silent others take it over.
 */
import type { Picodollars } from '../../job/money.ts';
import { amount, fields, json, text } from '../stored-value.ts';
import type { Database, Query, Row } from './database.ts';
import { wholeOf } from './rows.ts';

/** The same tick is the same batch, whoever takes it up. */
export interface TickKey {
  readonly account: string;
  /** Id of the schedule. */
  readonly schedule: string;
  /** When it should have begun, in milliseconds since 1970. */
  readonly at: number;
}

const stages = ['waiting', 'under-way', 'over', 'skipped'] as const;
type Stage = (typeof stages)[number];

/** A tick that is to be begun, or that nobody goes on with. */
export interface OpenTick extends TickKey {
  readonly overlap: 'skip' | 'queue';
  /** What is known of its schedule's ticks. */
  readonly book: {
    readonly begun?: { readonly at: number; readonly isUnderWay: boolean };
    readonly waiting?: number;
  };
}

export interface TickOutcome {
  /** `refused`: nothing was bought. */
  readonly kind: 'done' | 'failed' | 'stopped' | 'refused';
  readonly jobs: number;
  readonly done: number;
  readonly failed: number;
  /** All that its batch has cost. */
  readonly spent: Picodollars;
  /** Why it was stopped or refused. */
  readonly message?: string;
}

/** Times are milliseconds since 1970. */
export interface KeptTick {
  readonly schedule: string;
  readonly at: number;
  readonly stage: Stage;
  readonly begunAt?: number;
  readonly endedAt?: number;
  /** Why it was skipped, or what keeps it from being begun or gone on with. */
  readonly note?: string;
  readonly outcome?: TickOutcome;
}

/** Seconds of silence after which a tick is taken over. */
const silentFor = 10;
/** Ticks of a schedule that are remembered. */
const remembered = 20;

/** Its time has come. One that is there already stays as it is. @param data the schedule as its text */
export async function keepTick(
  database: Database,
  { account, schedule, at }: TickKey,
  overlap: OpenTick['overlap'],
  data: string,
): Promise<void> {
  await database.query(
    `INSERT INTO songbatch.ticks (account, schedule, at, stage, overlap, data)
     VALUES ($1, $2, $3, 'waiting', $4, $5) ON CONFLICT DO NOTHING`,
    [account, schedule, at, overlap, data],
  );
}

const isFree = `(holder IS NULL OR seen < now() - interval '${silentFor} s')`;
const ofTick = 'account = $1 AND schedule = $2 AND at = $3';

/** Those of an account that nobody holds, the oldest first. */
export async function openTicks(database: Database, account: string): Promise<readonly OpenTick[]> {
  const rows = await database.query(
    `WITH books AS (
       SELECT schedule, max(at) FILTER (WHERE stage IN ('under-way', 'over')) AS begun,
              bool_or(stage = 'under-way') AS is_under_way, min(at) FILTER (WHERE stage = 'waiting') AS waiting
       FROM songbatch.ticks WHERE account = $1 GROUP BY schedule
     )
     SELECT t.schedule, t.at, t.overlap, b.begun, b.is_under_way, b.waiting
     FROM songbatch.ticks t JOIN books b ON b.schedule = t.schedule
     WHERE t.account = $1 AND t.stage IN ('waiting', 'under-way') AND ${isFree} ORDER BY t.at`,
    [account],
  );
  return rows.map((row) => ({
    account,
    schedule: text(row['schedule']),
    at: wholeOf(row['at']),
    overlap: row['overlap'] === 'queue' ? 'queue' : 'skip',
    book: {
      ...(row['begun'] !== null && {
        begun: { at: wholeOf(row['begun']), isUnderWay: row['is_under_way'] === true },
      }),
      ...(row['waiting'] !== null && { waiting: wholeOf(row['waiting']) }),
    },
  }));
}

/** The schedule as it was when the tick was made; undefined where the tick is over. */
export async function dataOfTick(
  database: Database,
  { account, schedule, at }: TickKey,
): Promise<string | undefined> {
  const [row] = await database.query(`SELECT data FROM songbatch.ticks WHERE ${ofTick}`, [
    account,
    schedule,
    at,
  ]);
  return typeof row?.['data'] === 'string' ? row['data'] : undefined;
}

/**
 * Begins it, or goes on with it, where nobody else holds it and no other tick of its schedule is under way.
 * @param holder a name that nobody else has
 * @returns when it was begun; undefined where somebody else was faster
 */
export async function takeTick(
  database: Database,
  { account, schedule, at }: TickKey,
  holder: string,
  now: number,
): Promise<number | undefined> {
  const [row] = await database.transaction(async (query) => {
    await lockAccount(query, account);
    return query(
      `UPDATE songbatch.ticks t SET stage = 'under-way', holder = $4, seen = now(),
         begun_at = coalesce(begun_at, $5), note = NULL
       WHERE ${ofTick} AND (holder = $4 OR ${isFree}) AND (stage = 'under-way' OR stage = 'waiting' AND NOT EXISTS (
         SELECT 1 FROM songbatch.ticks o
         WHERE o.account = $1 AND o.schedule = $2 AND o.stage = 'under-way'))
       RETURNING begun_at`,
      [account, schedule, at, holder, now],
    );
  });
  return row && wholeOf(row['begun_at']);
}

/** The holder is there. False: it was taken from him. */
export async function renewTick(
  database: Database,
  { account, schedule, at }: TickKey,
  holder: string,
): Promise<boolean> {
  const renewed = await database.query(
    `UPDATE songbatch.ticks SET seen = now()
     WHERE ${ofTick} AND holder = $4 AND stage = 'under-way' RETURNING 1 AS is_there`,
    [account, schedule, at, holder],
  );
  return renewed.length > 0;
}

/** The holder lets go of it: whoever is free may go on. @param note what is in the way */
export async function releaseTick(
  database: Database,
  { account, schedule, at }: TickKey,
  holder: string,
  note?: string,
): Promise<void> {
  await database.query(
    `UPDATE songbatch.ticks SET holder = NULL, note = $5 WHERE ${ofTick} AND holder = $4`,
    [account, schedule, at, holder, note ?? null],
  );
}

/** What keeps it from being begun, or gone on with, for whoever asks how it goes. */
export async function noteOnTick(
  database: Database,
  { account, schedule, at }: TickKey,
  note: string,
): Promise<void> {
  await database.query(
    `UPDATE songbatch.ticks SET note = $4
     WHERE ${ofTick} AND stage IN ('waiting', 'under-way') AND ${isFree}`,
    [account, schedule, at, note],
  );
}

/** Its batch is over, as far as this tick goes. */
export async function endTick(
  database: Database,
  { account, schedule, at }: TickKey,
  holder: string,
  outcome: TickOutcome,
  now: number,
): Promise<void> {
  await database.query(
    `UPDATE songbatch.ticks SET stage = 'over', ended_at = $5, outcome = $6, holder = NULL, data = NULL, note = NULL
     WHERE ${ofTick} AND holder = $4`,
    [account, schedule, at, holder, now, encodeOutcome(outcome)],
  );
  await forgetOld(database, account, schedule);
}

/** Nothing is begun for it. One that has begun meanwhile goes on. */
export async function skipTick(
  database: Database,
  { account, schedule, at }: TickKey,
  why: string,
): Promise<void> {
  await database.query(
    `UPDATE songbatch.ticks SET stage = 'skipped', note = $4, data = NULL
     WHERE ${ofTick} AND stage = 'waiting'`,
    [account, schedule, at, why],
  );
  await forgetOld(database, account, schedule);
}

/** Those of a schedule that have not begun do not begin any more. */
export async function skipWaiting(
  database: Database,
  account: string,
  schedule: string,
  why: string,
): Promise<void> {
  await database.query(
    `UPDATE songbatch.ticks SET stage = 'skipped', note = $3, data = NULL
     WHERE account = $1 AND schedule = $2 AND stage = 'waiting'`,
    [account, schedule, why],
  );
}

/** The latest first. */
export async function ticksOf(database: Database, account: string): Promise<readonly KeptTick[]> {
  const rows = await database.query(
    `SELECT schedule, at, stage, begun_at, ended_at, note, outcome FROM songbatch.ticks
     WHERE account = $1 ORDER BY at DESC`,
    [account],
  );
  return rows.map(readTick);
}

function readTick(row: Row): KeptTick {
  const stage = stages.find((known) => known === row['stage']);
  if (!stage) throw new Error(`a tick is ${String(row['stage'])}, which no version writes`);
  return {
    schedule: text(row['schedule']),
    at: wholeOf(row['at']),
    stage,
    ...(row['begun_at'] !== null && { begunAt: wholeOf(row['begun_at']) }),
    ...(row['ended_at'] !== null && { endedAt: wholeOf(row['ended_at']) }),
    ...(row['note'] !== null && { note: text(row['note']) }),
    ...(row['outcome'] !== null && { outcome: decodeOutcome(text(row['outcome'])) }),
  };
}

function encodeOutcome({ spent, ...outcome }: TickOutcome): string {
  return JSON.stringify({ ...outcome, spent: String(spent) });
}

function decodeOutcome(written: string): TickOutcome {
  const { spent, ...outcome } = fields(json(written));
  // Only this version writes them, and only through `encodeOutcome`.
  return { ...(outcome as unknown as Omit<TickOutcome, 'spent'>), spent: amount(spent) };
}

async function lockAccount(query: Query, account: string): Promise<void> {
  await query('SELECT 1 FROM songbatch.accounts WHERE id = $1 FOR UPDATE', [account]);
}

async function forgetOld(database: Database, account: string, schedule: string): Promise<void> {
  await database.query(
    `DELETE FROM songbatch.ticks WHERE account = $1 AND schedule = $2 AND stage IN ('over', 'skipped') AND at <
       (SELECT min(at) FROM (SELECT at FROM songbatch.ticks WHERE account = $1 AND schedule = $2
        ORDER BY at DESC LIMIT ${remembered}) AS latest)`,
    [account, schedule],
  );
}
