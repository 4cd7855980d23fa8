import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { randomSeeds, seedRange } from '../../src/manifest/seeds.ts';

const start = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

test('random seeds are the same on every machine and in every version', () => {
  // Part of the format: other numbers here would make every random batch buy other songs.
  const seeds = randomSeeds(6, 42);
  expect(Array.from({ length: 6 }, (_, index) => seeds.at(index))).toEqual([
    568253718, 271485384, 1777575873, 986880530, 1098794936, 963468024,
  ]);
});

test('random seeds are distinct and within 31 bits', () => {
  fc.assert(
    fc.property(start, (from) => {
      const seeds = randomSeeds(300, from);
      const drawn = Array.from({ length: 300 }, (_, index) => seeds.at(index));
      expect(new Set(drawn).size).toBe(300);
      expect(drawn.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(
        true,
      );
    }),
  );
});

test('more random seeds keep the earlier ones', () => {
  fc.assert(
    fc.property(start, fc.nat(1000), (from, index) => {
      expect(randomSeeds(1001, from).at(index)).toBe(randomSeeds(1_000_000, from).at(index));
    }),
  );
});

test('another start draws other seeds', () => {
  const firsts = Array.from({ length: 200 }, (_, from) => randomSeeds(1, from).at(0));
  expect(new Set(firsts).size).toBe(200);
  expect(randomSeeds(1, 2 ** 32).at(0)).not.toBe(randomSeeds(1, 0).at(0));
});

test('every seed is found at its own place, and no other is', () => {
  fc.assert(
    fc.property(start, fc.integer({ min: 1, max: 1e9 }), fc.nat(), (from, count, at) => {
      const random = randomSeeds(count, from);
      expect(random.find(random.at(at % count))).toBe(at % count);
      const next = randomSeeds(count + 1, from).at(count);
      expect(random.find(next)).toBeUndefined();
    }),
  );
  const range = seedRange(5, 9);
  expect([4, 5, 9, 10, 5.5].map(range.find)).toEqual([undefined, 0, 4, undefined, undefined]);
});

test('random seeds fill their range evenly', () => {
  const seeds = randomSeeds(16_000, 7);
  const bins = new Array<number>(16).fill(0);
  for (let index = 0; index < 16_000; index++) {
    const bin = Math.floor(seeds.at(index) / 2 ** 27);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  // 1000 each; the standard deviation is 31.
  expect(Math.min(...bins)).toBeGreaterThan(850);
  expect(Math.max(...bins)).toBeLessThan(1150);
});
