/** Which job has a task: one only, of all batches of an account. */
import type { JobId } from '../../job/job.ts';
import { text } from '../stored-value.ts';
import type { Database, Query } from './database.ts';
import { bytesOf, idOf } from './rows.ts';

/** Which of these tasks belong to a job already, of any batch of the account. */
export async function claimedTasks(
  database: Database,
  account: string,
  tasks: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.query(
    'SELECT id FROM songbatch.tasks WHERE account = $1 AND id = ANY($2)',
    [account, tasks],
  );
  return new Set(rows.map((row) => text(row['id'])));
}

/** Who has these tasks: batch and job, by task. */
export async function readClaims(
  query: Query,
  account: string,
  tasks: readonly string[],
): Promise<Map<string, string>> {
  if (tasks.length === 0) return new Map();
  const rows = await query(
    'SELECT id, batch, job FROM songbatch.tasks WHERE account = $1 AND id = ANY($2)',
    [account, tasks],
  );
  return new Map(rows.map((row) => [text(row['id']), `${text(row['batch'])}/${idOf(row['job'])}`]));
}

export async function writeClaims(
  query: Query,
  batch: string,
  account: string,
  claims: readonly { readonly id: string; readonly job: JobId }[],
): Promise<void> {
  if (claims.length === 0) return;
  await query(
    `INSERT INTO songbatch.tasks (account, batch, id, job)
     SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[]) ON CONFLICT DO NOTHING`,
    [account, batch, claims.map(({ id }) => id), claims.map(({ job }) => bytesOf(job))],
  );
}
