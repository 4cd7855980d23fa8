/** Cancels a batch while somebody else's run follows it, and sees to its files: here nothing but the word is given. */
import type { StopReason } from '../../run/events.ts';
import { batchById, cancelBatch } from '../../state/postgres/batches.ts';
import { realClock } from '../clock.ts';
import type { FoundBatch } from './engine-workplace.ts';
import { writeReason } from './shared-admission.ts';

/** Milliseconds. */
const betweenLooks = 500;

/**
 * Resolves with how many tasks are left in flight or in doubt: none, unless the signal is aborted before, or
 * nobody works on the batch.
 */
export async function cancelFollowed(
  { row, engine: { database } }: FoundBatch,
  interrupt: AbortSignal,
): Promise<number> {
  const { terms, round } = row.books.batch;
  if (!terms) return 0;
  const reason: StopReason = { kind: 'cancelled', message: 'cancelled by you' };
  await cancelBatch(database, row.id, round, terms, writeReason(reason));
  for (;;) {
    const now = await batchById(database, row.id);
    const { open = 0, forsaken = 0 } = now?.books.batch ?? {};
    if (!now || (now.isPlanned && now.pending <= 0) || interrupt.aborted) return open + forsaken;
    await realClock.sleep(betweenLooks, interrupt);
  }
}
