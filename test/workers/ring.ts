/** The schedules of a test: whose they are, and ticks that come now though their time has not. */
import { accountOf } from '../../src/state/postgres/accounts.ts';
import { openDatabase } from '../../src/state/postgres/database.ts';
import { prepareLayout } from '../../src/state/postgres/layout.ts';
import { reachServer } from '../../src/queue/connection.ts';
import type { QueueAddress } from '../../src/queue/queue-address.ts';
import { scheduleQueue } from '../../src/queue/schedules.ts';

/** The account of a key at an engine, as its workers call it. @param url of the engine's database */
export async function accountAt(url: string, service: string, key: string): Promise<string> {
  const database = await openDatabase(url, { shownAs: url });
  try {
    await prepareLayout(database);
    return await accountOf(database, service, key);
  } finally {
    await database.close();
  }
}

interface DelayedJobs {
  readonly getDelayed: () => Promise<readonly { readonly promote: () => Promise<void> }[]>;
}

/** The next tick of each schedule comes at once; its time stays what it is. */
export async function ring(address: QueueAddress, account: string): Promise<void> {
  const server = await reachServer(address, 'queue');
  const queue = new server.bullmq.Queue(scheduleQueue(account), server.options, server.backend);
  try {
    const { getDelayed } = queue as unknown as DelayedJobs;
    for (const tick of await getDelayed.call(queue)) await tick.promote();
  } finally {
    await queue.close();
  }
}
