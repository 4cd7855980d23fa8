import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { exactUsd, parseUsd, showUsd } from '../../src/job/money.ts';

test.each([
  ['0.003510000000', 3_510_000_000n],
  ['25', 25_000_000_000_000n],
  ['25.00', 25_000_000_000_000n],
  [0.1, 100_000_000_000n],
  ['5.85e-7', 585_000n],
  [5.85e-7, 585_000n],
  ['0', 0n],
  // Finer than we count: never understated.
  ['0.0000000000001', 1n],
])('reads %s exactly', (text, amount) => {
  expect(parseUsd(text)).toBe(amount);
});

test.each(['', 'free', '-1', '1,5', '0x10', 'NaN', 'Infinity'])(
  'does not take "%s" for money',
  (text) => {
    expect(parseUsd(text)).toBeUndefined();
  },
);

test('what is written exactly is read back exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (amount) => {
      expect(parseUsd(exactUsd(amount))).toBe(amount);
    }),
  );
});

test('a million small sums add up to the last digit', () => {
  const one = parseUsd('0.003510000001') ?? 0n;
  let sum = 0n;
  for (let index = 0; index < 1_000_000; index++) sum += one;
  expect(exactUsd(sum)).toBe('3510.000001');
});

test.each([
  [0n, '$0'],
  [12_345_678_000_000n, '$12.35'],
  [3_510_000_000n, '$0.00351'],
  [420_000_000_000n, '$0.42'],
  [500_000_000_000n, '$0.50'],
])('%s is shown as %s', (amount, text) => {
  expect(showUsd(amount)).toBe(text);
});
