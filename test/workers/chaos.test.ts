/** The short form of `npm run chaos:fleet`. */
import { expect, test } from 'vitest';
import { weather } from './storm.ts';

const kept = { paidTwice: [], lost: [], wrong: [] };

test.each(['postgres', 'redis'] as const)(
  'workers are killed and stopped and the database crashes: nothing is paid twice, nothing lost, no limit exceeded (queue: %s)',
  async (queue) => {
    const blows = { kills: 4, stops: 2, crashes: 1 };
    const after = await weather({ seed: 5, jobs: 60, workers: 3, tasks: 6, ...blows, queue });

    expect(after.audit).toEqual(kept);
    expect(after).toMatchObject(blows);
    expect(after.peak).toBeLessThanOrEqual(6);
  },
);
