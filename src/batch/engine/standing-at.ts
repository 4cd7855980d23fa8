/** How a batch goes at an engine, for whoever looks in from outside. */
import type { EngineStanding } from '../../run/engine-standing.ts';
import { allowanceOf } from '../../state/postgres/accounts.ts';
import { workersOf } from '../../state/postgres/session.ts';
import type { FoundBatch } from './engine-workplace.ts';
import { readReason } from './shared-admission.ts';

export async function standingAt({ row, engine }: FoundBatch): Promise<EngineStanding> {
  const { database, shownAs } = engine;
  const { account, books, pending } = row;
  const { allowed, open } = await allowanceOf(database, account);
  const { stopped } = books.batch;
  return {
    address: shownAs,
    workers: await workersOf(database, account),
    allowed,
    inFlight: open,
    orders: Math.max(0, pending),
    ...(stopped !== undefined && { stopped: readReason(stopped).message }),
  };
}
