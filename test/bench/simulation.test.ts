/** The simulation behind docs/scaling.md runs the real scheduler, and so breaks where that wants more of its ports. */
import { expect, test } from 'vitest';
import { simulate } from '../../bench/simulation/simulated-run.ts';

test('brings every job of a batch to its end in virtual time', async () => {
  const scenario = { jobs: 400, tasks: 50, requestsPerSecond: 10, seed: 'a test' };
  const { done, failed, mostInFlight, duration } = await simulate(scenario);
  expect(done + failed).toBe(400);
  expect(mostInFlight).toBe(50);
  // Eight times 50 tasks of about three minutes each.
  expect(duration).toBeGreaterThan(7 * 180_000);
});
