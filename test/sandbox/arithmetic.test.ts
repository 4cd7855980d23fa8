import { expect, test } from 'vitest';
import fc from '../fast-check.ts';

import {
  cosineOfTurns,
  exponential,
  hertz,
  powerOfTwo,
  sineOfTurns,
} from '../../src/sandbox/engine/arithmetic.ts';

test("the engine's arithmetic agrees with the real functions to nine digits", () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 100, noNaN: true }), (x) => {
      expect(sineOfTurns(x)).toBeCloseTo(Math.sin(2 * Math.PI * x), 8);
      expect(cosineOfTurns(x)).toBeCloseTo(Math.cos(2 * Math.PI * x), 8);
      expect(powerOfTwo(x) / 2 ** x).toBeCloseTo(1, 10);
      expect(exponential(x) / Math.exp(x)).toBeCloseTo(1, 10);
    }),
  );
  expect(hertz(69)).toBe(440);
  expect(hertz(57)).toBe(220);
  expect(hertz(60)).toBeCloseTo(261.6256, 3);
});
