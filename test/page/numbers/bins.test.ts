/** Histograms: every value in the bin that it belongs to, and bins that people can read. */
import { describe, expect, test } from 'vitest';
import fc from '../../fast-check.ts';
import { histogramOf, placeIn } from '../../../src/page/numbers/bins.ts';
import { spreadOf } from '../../../src/page/numbers/spread.ts';

test('quartiles are those of R and NumPy', () => {
  // quantile(c(15, 20, 35, 40, 50, 61)), numpy.percentile(..., [25, 50, 75])
  expect(spreadOf([50, 15, 61, 20, 40, 35])).toEqual({
    count: 6,
    least: 15,
    lower: 23.75,
    median: 37.5,
    upper: 47.5,
    most: 61,
  });
  expect(spreadOf([])).toBeUndefined();
});

describe('a histogram', () => {
  const values = fc.array(
    fc.oneof(
      fc.double({ min: -60, max: 9000, noNaN: true }),
      fc.integer({ min: 100, max: 220 }),
      fc.constant(0.0175),
    ),
    { maxLength: 300 },
  );

  test('has every value in one bin, and that bin is around it', () => {
    fc.assert(
      fc.property(values, fc.boolean(), (list, isTime) => {
        const histogram = histogramOf(list, { isTime, finest: 0.1 });
        if (!histogram) {
          expect(list.length === 0 || Math.max(...list) - Math.min(...list) < 0.1).toBe(true);
          return;
        }
        const { bins, spread } = histogram;
        expect(bins.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual([
          ...list.keys(),
        ]);
        for (const { from, to, members } of bins) {
          for (const member of members) {
            expect(list[member]).toBeGreaterThanOrEqual(from);
            expect(list[member]).toBeLessThan(to);
          }
        }
        // Forty, and one at either end for what is far out.
        expect(bins.length).toBeLessThanOrEqual(42);
        for (const [index, { from }] of bins.entries()) {
          if (index > 0) expect(from).toBe(bins[index - 1]?.to);
        }
        const place = placeIn(bins, spread.median);
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(bins.length);
      }),
    );
  });

  test('is as wide in its bins as Freedman and Diaconis say, rounded to what people count in', () => {
    // Quartiles 124.75 and 174.25 of 200 values: 2 * 49.75 / cube root of 200 = 17.0 -> 15.
    const list = Array.from({ length: 200 }, (_, index) => 100 + index / 2);
    const bins = histogramOf(list, { isTime: true, finest: 1 })?.bins ?? [];
    expect(bins.map(({ from }) => from)).toEqual([90, 105, 120, 135, 150, 165, 180, 195]);
  });

  test('puts what is far out into a bin of its own instead of pressing all others into one', () => {
    const list = [...Array.from({ length: 100 }, (_, index) => 140 + (index % 30)), 28_800];
    const { bins, outliers } = histogramOf(list, { isTime: true, finest: 1 }) ?? {
      bins: [],
      outliers: [],
    };
    expect(bins.length).toBeGreaterThan(3);
    expect(bins.at(-1)).toMatchObject({ to: Infinity, members: [100] });
    expect(outliers).toEqual([28_800]);
  });

  test('is none where all values are the same', () => {
    expect(
      histogramOf([0.0175, 0.0175, 0.0175], { isTime: false, finest: 0.0001 }),
    ).toBeUndefined();
  });
});
