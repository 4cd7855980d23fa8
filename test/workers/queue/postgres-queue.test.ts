import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { describeOutages, describeQueue } from './queue-contract.ts';

// Of its own: it crashes.
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const address = () => ({ kind: 'postgres', url: server.url }) as const;

describeQueue(address);
describeOutages(address, () => ({
  kill: server.kill,
  restart: () => server.restart('immediate'),
}));
