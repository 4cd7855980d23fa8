/** A batch in a PostgreSQL of its own, with a round that allows what a test wants: for attacks on its books. */
import { inject, onTestFinished } from 'vitest';
import {
  createClaimingStore,
  type ClaimingStore,
} from '../../../src/batch/engine/claiming-store.ts';
import { accountOf } from '../../../src/state/postgres/accounts.ts';
import { appendAll, readJobs, type SharedJob } from '../../../src/state/postgres/append.ts';
import {
  batchById,
  beginRound,
  openBatch,
  type BatchRow,
} from '../../../src/state/postgres/batches.ts';
import { openDatabase, type Database } from '../../../src/state/postgres/database.ts';
import { prepareLayout } from '../../../src/state/postgres/layout.ts';
import type { NoRoom } from '../../../src/state/postgres/ledger.ts';
import type { Terms } from '../../../src/state/postgres/terms.ts';
import { policy } from '../../state/identity.ts';
import { goodLife, songJob } from '../../state/songs.ts';
import { createDatabase } from '../servers/postgres.ts';

export const terms: Terms = {
  model: 'wiro/text-to-song-with-reference-yue',
  policy,
  tasks: 10,
  requestsPerSecond: 4,
  taskTimeout: 60_000,
  settleGrace: 15_000,
  outputSize: 1_000_000,
  resubmitUnknown: false,
};

export interface Books {
  readonly url: string;
  readonly database: Database;
  readonly account: string;
  readonly batch: string;
  readonly round: number;
  readonly row: () => Promise<BatchRow>;
  readonly job: (seed: number) => Promise<SharedJob | undefined>;
  /** Appends the first so many events of a good life, in nobody's name. */
  readonly live: (seed: number, events: number) => Promise<void>;
}

export async function openBooks(allowed: Partial<Terms> = {}): Promise<Books> {
  const url = await createDatabase(inject('postgres'));
  const database = await openDatabaseAt(url);
  await prepareLayout(database);
  const service = 'https://api.example.com/v1';
  const account = await accountOf(database, service, 'key');
  const { id: batch } = await openBatch(
    database,
    { service, name: 'night', place: '.' },
    account,
    '/songs',
  );
  const round = await beginRound(database, batch, { ...terms, ...allowed });
  let marks = 0;
  return {
    url,
    database,
    account,
    batch,
    round,
    row: async () => {
      const row = await batchById(database, batch);
      if (!row) throw new Error('the batch is gone');
      return row;
    },
    job: async (seed) => {
      const { id } = songJob(seed);
      return (await database.transaction((query) => readJobs(query, batch, [id]))).get(id);
    },
    live: async (seed, events) => {
      const job = songJob(seed);
      const changes = goodLife(seed)
        .slice(0, events)
        .map((event) => ({ job, event, mark: `live-${++marks}` }));
      await database.transaction((query) => appendAll(query, batch, changes));
    },
  };
}

export async function openDatabaseAt(url: string): Promise<Database> {
  const database = await openDatabase(url, { shownAs: 'the database' });
  onTestFinished(database.close);
  return database;
}

/** As a worker keeps what happens. @param session in whose name, asked each time */
export function claimingStore(
  { batch, account }: Pick<Books, 'batch' | 'account'>,
  database: Database,
  session: () => string,
  onNoRoom: (why: NoRoom) => void = () => undefined,
): ClaimingStore {
  return createClaimingStore(database, {
    batch,
    account,
    session,
    isAlive: () => true,
    onNoRoom,
    now: () => Date.now(),
    sleep: () => Promise.resolve(),
    probeInterval: () => 1000,
  });
}
