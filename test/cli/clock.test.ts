/** A clock that is set while a run goes on: nothing may be bought again for it. */
import { afterEach, expect, test, vi } from 'vitest';
import { realClock } from '../../src/batch/clock.ts';
import { connect } from '../../src/batch/service.ts';
import { json, scriptedServer } from '../wiro/scripted-server.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('the difference to the server’s clock is that of the clock by which intents are dated', async () => {
  await using server = await scriptedServer(json({ result: true }));
  const base = new URL(server.baseUrl);
  const choice = { kind: 'api', name: base.hostname, base, key: 'k', secret: '' } as const;
  const { api, close } = await connect(choice, 10);
  const real = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
  await api.cancel('1');
  const byServer = realClock.now() - (api.clockSkew() ?? NaN);
  await close();
  // Both are on this machine; the header counts whole seconds.
  expect(Math.abs(byServer - real())).toBeLessThan(10_000);
});
