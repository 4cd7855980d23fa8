/** Which songs of a sweep sound alike, and how much of them is remembered. */
import { describe, expect, test } from 'vitest';
import type { Job } from '../../src/job/job.ts';
import { createHeardSongs } from '../../src/job/near-duplicates.ts';
import { songJob } from '../state/songs.ts';
import { tune } from './tunes.ts';

function inSweep(sweep: string, seed: number): Job {
  const job = songJob(seed);
  return { ...job, id: `${sweep}-${seed}`, parameters: { ...job.parameters, prompt: sweep } };
}

describe('a new song', () => {
  test('is told with the one of its sweep that it is most like', () => {
    const heard = createHeardSongs();
    expect(heard.compare(inSweep('a', 1), tune(1))).toBeUndefined();
    expect(heard.compare(inSweep('a', 2), tune(2))).toBeUndefined();
    expect(heard.compare(inSweep('a', 3), tune(1))).toEqual({ of: 'a-1', similarity: 1 });
  });

  test('is not held against songs that differ in more than the seed', () => {
    const heard = createHeardSongs();
    heard.hear(inSweep('a', 1), tune(1));
    expect(heard.compare(inSweep('b', 2), tune(1))).toBeUndefined();
  });

  test('is no duplicate of itself when it was fetched again', () => {
    const heard = createHeardSongs();
    heard.hear(inSweep('a', 1), tune(1));
    expect(heard.compare(inSweep('a', 1), tune(1))).toBeUndefined();
  });

  test('of which nothing is known is like no other', () => {
    const heard = createHeardSongs();
    expect(heard.compare(inSweep('a', 1), 'no fingerprint')).toBeUndefined();
    expect(heard.compare(inSweep('a', 2), 'no fingerprint')).toBeUndefined();
  });
});

test('of a large sweep the last 200 are remembered', () => {
  const heard = createHeardSongs();
  for (let seed = 1; seed <= 201; seed++) heard.hear(inSweep('a', seed), tune(seed));
  expect(heard.compare(inSweep('a', 500), tune(2))).toMatchObject({ of: 'a-2' });
  expect(heard.compare(inSweep('a', 501), tune(1))).toBeUndefined();
});

test('of many sweeps those that were met last are remembered', () => {
  const heard = createHeardSongs(3);
  heard.hear(inSweep('a', 1), tune(1));
  heard.hear(inSweep('b', 1), tune(1));
  heard.hear(inSweep('c', 1), tune(1));
  heard.hear(inSweep('a', 2), tune(2));
  expect(heard.compare(inSweep('b', 3), tune(1))).toBeUndefined();
  expect(heard.compare(inSweep('a', 3), tune(1))).toMatchObject({ of: 'a-1' });
});
