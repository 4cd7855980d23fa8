/**
 * Runs that may be on their way, of all machines on an account. Which task came of which Run is told by what was sent:
 * so of jobs that send the same one only is submitted at a time, and whoever settles a doubt leaves to others' Runs
 * the tasks that are theirs.
 */
import { hash } from 'node:crypto';
import { apply, type JobEvent, type JobRecord } from '../../job/history.ts';
import type { Job, JobId } from '../../job/job.ts';
import { isLocalFile } from '../../manifest/parameters.ts';
import { text } from '../stored-value.ts';
import type { Database, Query } from './database.ts';
import { bytesOf, decodeEventRow, decodeJobRow, idOf, wholeOf } from './rows.ts';

/** A hash of what a job sends: equal for its copies, and for the same song in another batch. */
export function wishOf({ model, parameters }: Job): string {
  const sent = Object.entries(parameters)
    .map(([name, source]) => [name, isLocalFile(source) ? source.sha256 : source] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify([model, sent]), 'hex').slice(0, 32);
}

/** Jobs whose Runs may be on their way, by what they send. */
export interface Asking {
  /** Whether another job sends the same at the moment. */
  readonly hasOther: (wish: string, batch: string, job: JobId) => boolean;
  /** The job's last event is this one now. */
  readonly moved: (wish: string, batch: string, job: JobId, event: JobEvent) => void;
}

/** Under the lock of the account, so that nobody else begins to ask before the transaction ends. */
export async function readAsking(
  query: Query,
  account: string,
  wishes: Iterable<string>,
): Promise<Asking> {
  const asking = new Map<string, Set<string>>();
  const wanted = [...wishes];
  const rows =
    wanted.length === 0
      ? []
      : await query(
          `SELECT j.wish, j.batch, j.id FROM songbatch.jobs j JOIN songbatch.batches b ON b.id = j.batch
           WHERE j.asking AND b.account = $1 AND j.wish = ANY($2)`,
          [account, wanted.map(bytesOf)],
        );
  const of = (wish: string) => {
    const known = asking.get(wish) ?? new Set();
    asking.set(wish, known);
    return known;
  };
  for (const row of rows) of(idOf(row['wish'])).add(`${text(row['batch'])}/${idOf(row['id'])}`);
  return {
    hasOther: (wish, batch, job) => {
      const known = of(wish);
      return known.size > (known.has(`${batch}/${job}`) ? 1 : 0);
    },
    moved: (wish, batch, job, event) => {
      if (event.type === 'intended') of(wish).add(`${batch}/${job}`);
      else of(wish).delete(`${batch}/${job}`);
    },
  };
}

/** Every job of the account whose Run may be on its way, with the attempt that says what it sent. */
export async function jobsAsking(
  database: Database,
  account: string,
): Promise<readonly JobRecord[]> {
  const rows = await database.query(
    `SELECT j.id, j.spec, e.at, e.type, e.detail FROM songbatch.jobs j
     JOIN songbatch.batches b ON b.id = j.batch
     JOIN songbatch.events e ON e.batch = j.batch AND e.seq = j.last
     WHERE j.asking AND b.account = $1`,
    [account],
  );
  return rows.map((row) => {
    const { job, paths } = decodeJobRow(idOf(row['id']), text(row['spec']));
    const [at, type, detail] = [wholeOf(row['at']), wholeOf(row['type']), text(row['detail'])];
    return apply({ job, attempts: [] }, decodeEventRow({ at, type, detail }, paths));
  });
}
