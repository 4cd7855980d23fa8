/**
 * Orders that nobody has closed, and that the queue may have lost: they are ordered again. Adding what it has
 * changes nothing, so whoever is in doubt adds.
 */
import type { SongQueue } from '../../queue/song-queue.ts';
import { batchesUnderWay } from '../../state/postgres/batches.ts';
import type { Database } from '../../state/postgres/database.ts';
import { openOrders } from '../../state/postgres/orders.ts';

/** Orders that are added at once. */
const atOnce = 1000;

/** What it returns is to be called now and then. */
export function createLostOrders(
  database: Database,
  queue: SongQueue,
  account: string,
): () => Promise<void> {
  /** The queue had fewer orders than there are, the last time. */
  let wasShort = false;

  async function orderAgain(batch: string): Promise<void> {
    for (let after: string | undefined; ;) {
      const jobs = await openOrders(database, batch, after, atOnce);
      await queue.add(jobs.map((job) => ({ batch, job })));
      after = jobs.at(-1);
      if (jobs.length < atOnce) return;
    }
  }

  return async () => {
    const { waiting, active, delayed } = await queue.counts();
    const queued = waiting + active + delayed;
    const batches = await batchesUnderWay(database, account);
    const wanted = batches.reduce((sum, one) => sum + (one.isPlanned ? one.pending : 0), 0);
    // An order that is being placed or closed is missing for a moment; one that still is the next time is lost.
    const hasLost = queued < wanted && wasShort;
    wasShort = queued < wanted;
    for (const { id, isPlanned, pending } of batches) {
      const isCheap = isPlanned && pending <= atOnce;
      if (queued === 0 || hasLost || isCheap) await orderAgain(id);
    }
  };
}
