/**
 * Many machines in one test: processes of the real CLI that share a database, an embedded server in the test's own
 * process, and a folder. What was bought is read in the server's books, what is kept in the database.
 */
import pg from 'pg';
import { inject } from 'vitest';
import type { Running, World, WorldOptions } from '../cli/rig.ts';
import { createWorld, until } from '../cli/rig.ts';
import { createDatabase } from './servers/postgres.ts';

export interface Fleet extends World {
  /** Starts a worker; resolves when it takes orders. */
  readonly worker: (...words: string[]) => Promise<Running>;
  /** Waits until the batch is over, and says how its run ended. No page, no pictures: they take their time. */
  readonly run: (...words: string[]) => Running;
  /** Asks the database. */
  readonly ask: (statement: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Events of the type that the database has, of all batches. */
  readonly count: (type: EventName) => Promise<number>;
}

export type Row = Readonly<Record<string, unknown>>;

/** As `state/event-code.ts` numbers them. */
const eventTypes = { intended: 0, accepted: 1, withdrawn: 2 } as const;
type EventName = keyof typeof eventTypes;

export interface FleetOptions extends WorldOptions {
  /** URL of an empty database; one of the server that all tests share unless given. */
  readonly engine?: string;
  /** URL of a Redis that carries the orders. */
  readonly queue?: string;
  readonly onFinished: (cleanUp: () => Promise<void>) => void;
}

export async function createFleet({
  engine,
  queue,
  environment,
  onFinished,
  ...options
}: FleetOptions): Promise<Fleet> {
  const url = engine ?? (await createDatabase(inject('postgres')));
  const started = new Set<Running>();
  const cleanUps: (() => Promise<void>)[] = [];
  const world = await createWorld({
    ...options,
    environment: {
      SONGBATCH_ENGINE: url,
      ...(queue !== undefined && { SONGBATCH_QUEUE: queue }),
      ...environment,
    },
    onFinished: (cleanUp) => cleanUps.push(cleanUp),
  });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  onFinished(async () => {
    // A process that is stopped dies of this as well.
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all([...started].map(({ ended }) => ended));
    await pool.end();
    for (const cleanUp of cleanUps) await cleanUp();
  });

  const start = (...words: string[]): Running => {
    const running = world.start(...words);
    started.add(running);
    return running;
  };
  const ask = async (statement: string, values: readonly unknown[] = []) => {
    const { rows } = await pool.query<Row>(statement, [...values]);
    return rows;
  };
  return {
    ...world,
    start,
    songbatch: (...words) => start(...words).ended,
    run: (...words) => start('run', 'm.yaml', '--no-report', '--no-measure', ...words),
    worker: async (...words) => {
      const running = start('worker', ...words);
      await until(() => running.stderr().includes('at work for') || hasEnded(running));
      if (hasEnded(running)) throw new Error((await running.ended).stderr);
      return running;
    },
    ask,
    count: async (type) => {
      const [row] = await ask('SELECT count(*) AS events FROM songbatch.events WHERE type = $1', [
        eventTypes[type],
      ]);
      return Number(row?.['events']);
    },
  };
}

export function hasEnded({ child }: Running): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
