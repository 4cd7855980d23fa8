/**
 * What makes one batch of many machines: PostgreSQL, in which everything is true that is known of it, and the
 * queue that tells workers what to look at. Both are opened here, for coordinators and workers alike.
 */
import { accountOf } from '../../state/postgres/accounts.ts';
import { openDatabase, type Database } from '../../state/postgres/database.ts';
import { prepareLayout } from '../../state/postgres/layout.ts';
import type { EngineAddress } from '../engine-address.ts';
import { shownAddress } from '../engine-address.ts';
import { addressOf, type ServiceChoice } from '../service.ts';
import type { Tell } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';

export interface Engine {
  readonly address: EngineAddress;
  readonly shownAs: string;
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** A service that all machines reach, with the same account. */
export type SharedService = Extract<ServiceChoice, { kind: 'api' }>;

/** Throws `StateError` where the database cannot be used. */
export async function openEngine(
  address: EngineAddress,
  connections: number,
  tell: Tell,
): Promise<Engine> {
  const database = await openDatabase(address.state, {
    connections,
    shownAs: shownAddress(address.state),
    onTrouble: (message) => {
      tell(`! ${message}`, 'warn');
    },
  });
  try {
    await prepareLayout(database);
    return { address, shownAs: database.shownAs, database, close: database.close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Throws `UsageError` for the embedded server, which other machines do not reach. */
export function sharedService(choice: ServiceChoice): SharedService {
  if (choice.kind === 'api') return choice;
  throw new UsageError(
    'the embedded server of --sandbox lives in one process: workers on other machines cannot reach it',
    'start it by itself, "songbatch sandbox", and set WIRO_BASE_URL to its address',
  );
}

/** The account's name in the database. */
export function accountIn({ database }: Engine, { base, key }: SharedService): Promise<string> {
  return accountOf(database, addressOf(base), key);
}

/** The queue of an account: whoever works on it has its key. */
export function queueName(account: string): string {
  return `songbatch-${account}`;
}
