/** Clients for scripted servers: fast, on a clock that only sleeping moves, and closed at the end. */
import { ApiFault } from '../../src/job/api-fault.ts';
import { createWiroClient, type WiroClient, type WiroOptions } from '../../src/wiro/client.ts';
import { fakeClock, type FakeClock } from './fake-clock.ts';

export const model = 'wiro/text-to-song-with-reference-yue';

export function clientOf(
  server: { readonly baseUrl: string },
  clock: FakeClock = fakeClock(),
  options: Partial<WiroOptions> = {},
): WiroClient & AsyncDisposable {
  const api = createWiroClient({
    baseUrl: server.baseUrl,
    key: 'k',
    requestsPerSecond: 10_000,
    random: () => 1,
    clock,
    ...options,
  });
  return { ...api, [Symbol.asyncDispose]: api.close };
}

export async function faultOf(call: Promise<unknown>): Promise<ApiFault> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (outcome instanceof ApiFault) return outcome;
  throw new Error(`expected an ApiFault, got ${JSON.stringify(outcome)}`);
}
