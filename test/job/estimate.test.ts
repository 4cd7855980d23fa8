import { describe, expect, test } from 'vitest';
import { mostFor, priceOfSong, songsFor, timeFor } from '../../src/job/estimate.ts';
import { createLearner } from '../../src/job/experience.ts';
import type { JobEvent, JobRecord } from '../../src/job/history.ts';
import { apply } from '../../src/job/history.ts';
import { songJob } from '../state/songs.ts';

const bills = { songs: 2, cheapest: 30n, dearest: 50n, total: 80n };

describe('the price of a song', () => {
  test('is between the least and the most that is stated or was billed', () => {
    expect(priceOfSong({})).toBeUndefined();
    expect(priceOfSong({ stated: 40n })).toEqual({ from: 40n, to: 40n });
    expect(priceOfSong({ bills })).toEqual({ from: 30n, to: 50n });
    expect(priceOfSong({ stated: 60n, bills })).toEqual({ from: 30n, to: 60n });
  });

  test('to be approved has room for songs that differ, where none was billed yet', () => {
    expect(mostFor(10, {})).toBeUndefined();
    expect(mostFor(10, { stated: 40n })).toBe(500n);
    expect(mostFor(10, { stated: 40n, bills })).toBe(500n);
    expect(mostFor(10, { stated: 60n, bills })).toBe(600n);
  });

  test('says how many songs an amount suffices for', () => {
    expect([songsFor(100n, 30n), songsFor(-5n, 30n), songsFor(5n, 0n)]).toEqual([3, 0, Infinity]);
  });
});

test('time is that of tasks side by side, and never less than one takes', () => {
  expect([timeFor(0, 20, 100), timeFor(3, 20, 100), timeFor(40, 20, 100)]).toEqual([0, 100, 200]);
});

function record(...events: readonly JobEvent[]): JobRecord {
  const fresh: JobRecord = { job: songJob(1), attempts: [] };
  return events.reduce(apply, fresh);
}

function song(took: number, cost: bigint, adopted = false): JobRecord {
  return record(
    { type: 'intended', at: 0 },
    { type: 'accepted', at: 1000, taskId: '1', token: 't', adopted },
    { type: 'succeeded', at: 1000 + took, cost, outputs: [] },
  );
}

describe('a batch learns from its songs', () => {
  test('what they cost, and how long half of them took', () => {
    const { see, learnt } = createLearner();
    expect(learnt()).toEqual({});
    for (const [took, cost] of [
      [300, 5n],
      [100, 7n],
      [90_000_000, 6n],
    ] as const)
      see(song(took, cost));
    expect(learnt()).toEqual({
      bills: { songs: 3, cheapest: 5n, dearest: 7n, total: 18n },
      durations: { tasks: 3, usual: 300 },
    });
  });

  test('nothing from what came to nothing, no time from what was found', () => {
    const { see, learnt } = createLearner();
    see(record({ type: 'intended', at: 0 }));
    see(
      record(
        { type: 'intended', at: 0 },
        { type: 'failed', at: 5, failure: { reason: 'no-outputs' }, cost: 3n },
      ),
    );
    expect(learnt()).toEqual({});
    see(song(100, 7n, true));
    expect(learnt()).toEqual({ bills: { songs: 1, cheapest: 7n, dearest: 7n, total: 7n } });
  });
});
