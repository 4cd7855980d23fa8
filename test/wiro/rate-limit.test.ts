import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { createRateLimit } from '../../src/wiro/rate-limit.ts';
import { systemClock } from '../../src/wiro/clock.ts';
import { fakeClock } from './fake-clock.ts';

test('lets one second of calls through at once, then spaces them evenly', async () => {
  const clock = fakeClock();
  const limit = createRateLimit(5, clock);
  for (let n = 0; n < 5; n += 1) await limit();
  expect(clock.sleeps).toEqual([]);
  for (let n = 0; n < 3; n += 1) await limit();
  expect(clock.sleeps).toEqual([200, 200, 200]);
});

test('never lets more through than the rate and one burst allow', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.2, max: 50, noNaN: true }),
      fc.array(fc.nat(3000), { minLength: 1, maxLength: 60 }),
      async (perSecond, pauses) => {
        const clock = fakeClock();
        const limit = createRateLimit(perSecond, clock);
        const times: number[] = [];
        for (const pause of pauses) {
          clock.advance(pause);
          await limit();
          times.push(clock.elapsed());
        }
        const burst = Math.max(1, perSecond);
        times.forEach((from, first) => {
          times.slice(first).forEach((to, between) => {
            const allowed = burst + ((to - from) / 1000) * perSecond;
            expect(between + 1).toBeLessThanOrEqual(allowed + 1e-6);
          });
        });
      },
    ),
    { numRuns: 50 },
  );
});

test('stops waiting when it is cancelled, with the reason given', async () => {
  const limit = createRateLimit(0.001, systemClock);
  await limit();
  const stop = new AbortController();
  const held = limit(stop.signal);
  stop.abort(new Error('enough'));
  await expect(held).rejects.toThrow('enough');
});
