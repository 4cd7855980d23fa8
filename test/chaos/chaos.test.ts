import { describe, expect, test } from 'vitest';
import { weather } from './chaos.ts';

/** The short form; `npm run chaos` is the long one. */
describe.concurrent('killed eight times in bad weather,', () => {
  test.each([
    { what: 'every song is paid once and comes home whole', songs: 30, copies: 1 },
    { what: 'so is every copy of a song, and no more of them', songs: 10, copies: 3 },
  ])('$what', async ({ songs, copies }) => {
    const { audit, kills, faults } = await weather({ seed: 1, songs, copies, kills: 8 });
    expect(audit).toEqual({ paidTwice: [], lost: [], wrong: [] });
    expect(kills).toBe(8);
    // The weather was as bad as it was meant to be.
    expect(faults['run.dropAfter']).toBeGreaterThan(0);
    expect(faults['task.fail']).toBeGreaterThan(0);
  });
});
