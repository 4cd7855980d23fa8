import { expect, test } from 'vitest';
import {
  parseBudget,
  parseDuration,
  parseRate,
  parseShare,
  parseSize,
  parseSpan,
} from '../../src/manifest/quantities.ts';

test('durations have their units', () => {
  expect(
    ['90s', '30m', '2h', '1h30m', '1h30m5s', '30', 'm', '', '5m1h', '-1s'].map(parseDuration),
  ).toEqual([90_000, 1_800_000, 7_200_000, 5_400_000, 5_405_000, ...Array<undefined>(5)]);
});

test('rates are per second', () => {
  expect(['10/s', '600/m', '0.5/s', '10', '10/h'].map(parseRate)).toEqual([
    10,
    10,
    0.5,
    undefined,
    undefined,
  ]);
});

test('sizes are in bytes, of decimal units', () => {
  expect(['500MB', '2GB', '1.5kB', '500', '1MiB', '2 GB', 'MB'].map(parseSize)).toEqual([
    500_000_000,
    2_000_000_000,
    1500,
    ...Array<undefined>(4),
  ]);
});

test('shares and spans', () => {
  expect(['40%', '12.5%', '100%', '40'].map(parseShare)).toEqual([0.4, 0.125, 1, undefined]);
  expect(parseSpan('-30..-5')).toEqual({ from: -30, to: -5 });
  expect(parseSpan('-30.5..0')).toEqual({ from: -30.5, to: 0 });
  expect(parseSpan('-30')).toBeUndefined();
});

test('a budget is exact, and never more than written', () => {
  expect(parseBudget('25.00')).toBe(25_000_000_000_000n);
  expect(parseBudget('0.1')).toBe(100_000_000_000n);
  expect(parseBudget('1e-12')).toBe(1n);
  expect(parseBudget('0.0000000000019')).toBe(1n);
  expect(parseBudget('1.5E3')).toBe(1_500_000_000_000_000n);
  expect(['', '.', 'x', '-1', '1,5', '0x10'].map(parseBudget)).toEqual(Array<undefined>(6));
});
