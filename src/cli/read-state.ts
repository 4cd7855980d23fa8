/** The state of a batch, wherever it is kept: in a file of this machine, or at an engine. */
import type { Batch } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import { baseUrlOf, saidBaseUrl } from '../batch/service.ts';
import type { StoreReader } from '../job/store.ts';
import type { EngineStanding } from '../run/engine-standing.ts';
import { openStoreReader, type BatchIdentity } from '../state/sqlite-store.ts';
import { shownAddress } from '../batch/engine-address.ts';
import { engineAddressIfSaid, type EngineFlags } from './engine-flags.ts';
import type { Invocation } from './invocation.ts';

/**
 * @param read is given undefined where nothing has been run yet
 * @param identity the file is to be of this batch; at an engine none other is found
 */
export async function readState<Result>(
  batch: Batch,
  flags: EngineFlags,
  config: Config,
  invocation: Invocation,
  read: (store: StoreReader | undefined, engine?: EngineStanding) => Result | Promise<Result>,
  identity?: BatchIdentity,
): Promise<Result> {
  const { environment } = invocation;
  const address = engineAddressIfSaid(flags, environment);
  if (!address) {
    const store = openStoreReader(batch.statePath, identity);
    try {
      return await read(store);
    } finally {
      store?.close();
    }
  }
  const { readAtEngine } = await import('../batch/engine/engine-workplace.ts');
  const { standingAt } = await import('../batch/engine/standing-at.ts');
  const service = baseUrlOf(saidBaseUrl(config, environment).value);
  return readAtEngine(address, batch, service, invocation, async (found) => {
    if (found) return read(found.store, await standingAt(found));
    const nothing = { workers: 0, allowed: 0, inFlight: 0, orders: 0 };
    return read(undefined, { address: shownAddress(address.state), ...nothing });
  });
}
