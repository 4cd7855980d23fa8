/** Accounts of the service, and the limit in force on each. */
import { createHmac } from 'node:crypto';
import { afterRefusal } from '../../job/concurrency.ts';
import { text } from '../stored-value.ts';
import type { Database } from './database.ts';
import { wholeOf } from './rows.ts';

/** Of a base URL and a key. Only whoever has both, and the database, can say which it is. */
export async function accountOf(database: Database, url: string, key: string): Promise<string> {
  const [row] = await database.query("SELECT value FROM songbatch.meta WHERE key = 'salt'");
  const salt = text(row?.['value']);
  const id = createHmac('sha256', salt).update(`${url}\n${key}`).digest('hex').slice(0, 16);
  await database.query(
    'INSERT INTO songbatch.accounts (id, url) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [id, url],
  );
  return id;
}

/** Times are milliseconds since 1970. */
export interface Refusal {
  readonly message: string;
  readonly now: number;
  /** For so long nothing is submitted. */
  readonly interval: number;
}

/** Code 96: fewer tasks at once, for all. Returns the limit that holds now. */
export async function lowerLimit(
  database: Database,
  account: string,
  { message, now, interval }: Refusal,
): Promise<number> {
  return database.transaction(async (query) => {
    const [row] = await query(
      'SELECT ceiling, allowed, proven, probe_at, open, asking FROM songbatch.accounts WHERE id = $1 FOR UPDATE',
      [account],
    );
    if (!row) throw new Error(`there is no account ${account}`);
    const before = {
      ceiling: wholeOf(row['ceiling']),
      limit: wholeOf(row['allowed']),
      proven: wholeOf(row['proven']),
      probeAt: wholeOf(row['probe_at']),
    };
    // The one that was refused counts as open until its intent is withdrawn, and others on their way may be refused, too.
    const running = Math.max(1, wholeOf(row['open']) - wholeOf(row['asking']));
    const after = afterRefusal(before, message, running, now, interval);
    await query(
      'UPDATE songbatch.accounts SET allowed = $2, proven = $3, probe_at = $4, paused_until = $5 WHERE id = $1',
      [account, after.limit, after.proven, Math.round(after.probeAt), Math.round(now + interval)],
    );
    return after.limit;
  });
}

export interface Allowance {
  readonly allowed: number;
  readonly ceiling: number;
  readonly open: number;
}

export async function allowanceOf(database: Database, account: string): Promise<Allowance> {
  const [row] = await database.query(
    'SELECT allowed, ceiling, open FROM songbatch.accounts WHERE id = $1',
    [account],
  );
  return {
    allowed: wholeOf(row?.['allowed']),
    ceiling: wholeOf(row?.['ceiling']),
    open: wholeOf(row?.['open']),
  };
}
