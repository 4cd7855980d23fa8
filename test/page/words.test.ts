/** What the page says where it cannot show. */
import { describe, expect, test } from 'vitest';
import { addressOf, readAddress } from '../../src/page/address.ts';
import { describeOutline } from '../../src/page/outline-words.ts';

/** @param levels of equal parts, from 0 to 1 */
function outline(...levels: readonly number[]): Float32Array {
  const length = 400;
  return Float32Array.from({ length: 2 * length }, (_, at) => {
    const level = levels[Math.floor((at / 2 / length) * levels.length)] ?? 0;
    return at % 2 === 0 ? -level : level;
  });
}

describe('an outline in words', () => {
  test.each([
    ['evenly loud throughout', [0.5]],
    ['silent', [0]],
    ['quiet start, loudest at 0:52, quiet end', [0.1, 0.3, 0.9, 0.1]],
    ['loudest at 0:02', [0.9, 0.5, 0.5, 0.5]],
    ['loudest at 0:02, with silence inside', [0.9, 0, 0.5, 0.5]],
  ])('%s', (words, levels) => {
    expect(describeOutline(outline(...levels), 100)).toBe(words);
  });
});

test('an address is a view and how it was left, and any other is the matrix', () => {
  expect(readAddress('#numbers')).toEqual({ view: 'numbers', query: '' });
  expect(readAddress('#matrix?find=a?b&x=1')).toEqual({ view: 'matrix', query: 'find=a?b&x=1' });
  expect(readAddress('')).toEqual({ view: 'matrix', query: '' });
  expect(readAddress('#constructor')).toEqual({ view: 'matrix', query: '' });
  expect(addressOf({ view: 'compare', query: 'a=1' })).toBe('#compare?a=1');
});
