/** What the API says that a song costs, for a plan: asked where there is whom to ask, and never a condition. */
import { ApiFault } from '../job/api-fault.ts';
import type { Price } from '../job/song-api.ts';
import type { Batch } from './batch.ts';
import type { Config } from './config.ts';
import { chooseService, connect, noAnswer } from './service.ts';
import type { Surroundings } from './surroundings.ts';

export interface StatedPrice {
  readonly price: Price;
  /** Why the API states none. */
  readonly unstated?: string;
}

/** A plan must not fail because the price cannot be asked for. */
export async function statedPrice(
  { manifest, model }: Batch,
  toBuy: number,
  useSandbox: boolean,
  config: Config,
  { environment, tell }: Surroundings,
): Promise<StatedPrice> {
  if (toBuy === 0) return without('there is nothing to buy');
  if (!useSandbox && !environment['WIRO_API_KEY']) {
    return without('WIRO_API_KEY is not set, so the API was not asked');
  }
  const choice = chooseService(useSandbox, config, environment);
  const service = await connect(choice, manifest.limits.requestsPerSecond, {
    tell,
    models: [model],
  });
  const patience = AbortSignal.timeout(service.patience);
  try {
    const price = await service.api.price(manifest.model, patience);
    return {
      price,
      ...(price.perTask === undefined && { unstated: 'the API does not state one for this model' }),
    };
  } catch (error) {
    if (patience.aborted) return without(noAnswer(service));
    if (error instanceof ApiFault) return without(error.message);
    throw error;
  } finally {
    await service.close();
  }
}

function without(unstated: string): StatedPrice {
  return { price: {}, unstated };
}
