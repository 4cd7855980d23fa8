/** The queue's server ends a connection on which BullMQ prepares its tables. */
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openQueue } from '../../../src/queue/song-queue.ts';
import { createDatabase } from '../servers/postgres.ts';

async function operatorAt(url: string): Promise<pg.Client> {
  const operator = new pg.Client({ connectionString: url });
  await operator.connect();
  onTestFinished(() => operator.end());
  return operator;
}

test('a connection that ends while the queue is prepared is an error that is told, and no end of the process', async () => {
  const url = await createDatabase(inject('postgres'));
  const address = { kind: 'postgres', url } as const;
  const first = await openQueue(address, 'songs');
  await first.close();
  // Whoever prepares the queue reads this table, and waits.
  const holder = await operatorAt(url);
  await holder.query('BEGIN; LOCK TABLE songbatch_queue.migration IN ACCESS EXCLUSIVE MODE');
  const operator = await operatorAt(url);

  const told = openQueue(address, 'songs').then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  await expect.poll(async () => (await operator.query(end)).rowCount).toBeGreaterThan(0);

  expect(await told).toMatch(/PostgreSQL at .*(does not answer|cannot)/);
});
