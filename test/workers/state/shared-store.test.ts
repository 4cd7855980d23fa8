/** The state in PostgreSQL keeps the contract of every store. */
import { afterAll, beforeAll, inject } from 'vitest';
import { accountOf } from '../../../src/state/postgres/accounts.ts';
import { openBatch } from '../../../src/state/postgres/batches.ts';
import { openDatabase, type Database } from '../../../src/state/postgres/database.ts';
import { prepareLayout } from '../../../src/state/postgres/layout.ts';
import { openSharedStore, type SharedStore } from '../../../src/state/postgres/shared-store.ts';
import { identity, policy } from '../../state/identity.ts';
import { storeContract } from '../../state/store-contract.ts';

let database: Database;
let homes = 0;

beforeAll(async () => {
  database = await openDatabase(inject('postgres').replace(/\/[^/]*$/, '/postgres'));
  await prepareLayout(database);
});
afterAll(async () => {
  await database.close();
});

storeContract('state in PostgreSQL', async () => {
  const account = await accountOf(database, 'https://api.example.com/v1', String(++homes));
  const { id: batch } = await openBatch(
    database,
    { account, name: identity.name, place: 'songs' },
    '/songs',
  );
  let store: SharedStore | undefined;
  return {
    open: async () => {
      await store?.closed;
      store = await openSharedStore(database, { batch, identity, policy });
      return store;
    },
    remove: () => store?.closed,
  };
});
