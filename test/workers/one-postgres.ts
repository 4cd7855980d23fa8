/** Starts one PostgreSQL for all test files; each makes databases of its own in it. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './servers/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a database in which others are made: `createDatabase` in `servers/postgres.ts`. */
    readonly postgres: string;
  }
}

export default async function onePostgres(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide('postgres', server.url);
  return server.stop;
}
