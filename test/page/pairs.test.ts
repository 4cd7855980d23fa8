import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { drawSide } from '../../src/page/compare/abx-test.ts';
import { drawBelow, type Draw } from '../../src/page/compare/chance.ts';
import { pairKey, pairsAlong, type SongPair } from '../../src/page/compare/pairs.ts';
import { differingAxis, type Song } from '../../src/ratings/songs.ts';

const axes = ['lyrics', 'clone', 'seed'];

/** Some stand on fewer axes, as `include` makes them; some stand where another does, as dropped jobs do. */
const songs: fc.Arbitrary<readonly Song[]> = fc
  .array(
    fc.record(
      {
        lyrics: fc.constantFrom('tide', 'ember'),
        clone: fc.constantFrom('vocal', 'both'),
        seed: fc.constantFrom('1', '2', '3'),
      },
      { requiredKeys: ['lyrics'] },
    ),
    { maxLength: 14 },
  )
  .map((all) =>
    all.map((coordinates, index) => ({
      job: index.toString(16).padStart(32, '0'),
      song: index.toString(16).padStart(32, 'f'),
      coordinates,
    })),
  );

/** What the words say, without any cleverness. */
function allPairs(some: readonly Song[], along: readonly string[]): readonly string[] {
  return some.flatMap((one, place) =>
    some.slice(place + 1).flatMap((other) => {
      const axis = differingAxis(one, other, axes);
      return axis !== undefined && along.includes(axis) ? [pairKey(one, other)] : [];
    }),
  );
}

const keyOf = ({ one, other }: SongPair) => pairKey(one, other);

/** The same numbers for the same seed. */
function drawFrom(seed: number): Draw {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe('pairs that differ on one axis', () => {
  test('are counted, and drawn one after the other until all were asked, none twice', () => {
    fc.assert(
      fc.property(songs, fc.subarray(axes), fc.nat(), (some, along, seed) => {
        const pairs = pairsAlong(along, some, axes);
        const asked = new Set<string>();
        const draw = drawFrom(seed);
        for (;;) {
          const pair = pairs.draw((one) => asked.has(keyOf(one)), draw);
          if (!pair) break;
          expect(asked).not.toContain(keyOf(pair));
          asked.add(keyOf(pair));
        }
        expect([...asked].sort()).toEqual([...allPairs(some, along)].sort());
        expect(pairs.number).toBe(asked.size);
      }),
    );
  });

  test('come with the same chance each, also when some are out', () => {
    const some = ['1', '2', '3', '4', '5'].map((seed, index) => ({
      job: String(index),
      song: String(index),
      coordinates: { seed },
    }));
    const pairs = pairsAlong(['seed'], some, ['seed']);
    const isOut = (pair: SongPair) => keyOf(pair).includes('0:0');
    const times = new Map<string, number>();
    const draw = drawFrom(7);
    for (let drawn = 0; drawn < 6000; drawn++) {
      const pair = pairs.draw(isOut, draw);
      if (pair) times.set(keyOf(pair), (times.get(keyOf(pair)) ?? 0) + 1);
    }
    expect(times.size).toBe(6);
    // Five standard deviations around a sixth of them; the numbers are the same each time.
    for (const number of times.values()) expect(Math.abs(number - 1000)).toBeLessThan(145);
  });

  test('of five thousand seeds are drawn without being listed', () => {
    const many = Array.from({ length: 5000 }, (_, seed) => ({
      job: String(seed),
      song: String(seed),
      coordinates: { seed: String(seed) },
    }));
    const pairs = pairsAlong(['seed'], many, ['seed']);
    expect(pairs.number).toBe((5000 * 4999) / 2);
    let looks = 0;
    const isOut = () => {
      looks++;
      return false;
    };
    expect(pairs.draw(isOut, drawFrom(1))).toBeDefined();
    expect(looks).toBe(1);
  });
});

describe('chance', () => {
  test('prefers no number: the last, incomplete round of 32 bits is drawn anew', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (limit) => {
        const rounds = Math.floor(2 ** 32 / limit);
        const given = [2 ** 32 - 1, rounds * limit, rounds * limit - 1].filter((bits) => bits < 2 ** 32); // prettier-ignore
        const isWhole = rounds * limit === 2 ** 32;
        expect(drawBelow(limit, () => given.shift() ?? 0)).toBe(limit - 1);
        expect(given).toHaveLength(isWhole ? 1 : 0);
      }),
    );
  });

  test('puts a song on either side equally often', () => {
    expect([0, 1].map((bits) => drawSide((limit) => drawBelow(limit, () => bits)))).toEqual([
      'a',
      'b',
    ]);
  });
});
