import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Piece } from '../../src/report/page.ts';
import { createPage, widthOf } from '../../src/report/page.ts';

const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '歌', '🎵', 'é') }),
  fc.tuple(fc.constantFrom('bold', 'dim', 'red'), fc.string()),
);
const columns = fc.integer({ min: 40, max: 120 });

describe('on a terminal', () => {
  test('no line is wider than it is, and colours end on the line they began on', () => {
    fc.assert(
      fc.property(fc.array(piece), columns, (pieces, width) => {
        const line = createPage({ hasColour: true, columns: width }).line(...pieces);
        expect(widthOf(line.replace(escapes, ''))).toBeLessThanOrEqual(width);
        const codes = [...line.matchAll(escapes)].map(([code]) => code);
        expect(codes.filter((code) => code === '\u001b[0m')).toHaveLength(codes.length / 2);
      }),
    );
  });

  test('text is folded between words, none of them lost', () => {
    const words = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', '歌'), minLength: 1, maxLength: 15 }),
    );
    fc.assert(
      fc.property(words, columns, (texts, width) => {
        const page = createPage({ hasColour: false, columns: width });
        const lines = page.about('Price', texts.join(' '), 9);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        const [first = '', ...others] = lines.map((line) => line.slice(9));
        expect(lines[0]?.startsWith('Price    ')).toBe(true);
        expect([first, ...others].join(' ')).toBe(texts.join(' '));
      }),
    );
  });
});

test('elsewhere nothing is cut, folded or coloured', () => {
  const page = createPage({ hasColour: false, columns: undefined });
  const long = 'song '.repeat(100);
  expect(page.line(['green', '+'], long)).toBe(`+${long}`);
  expect(page.about(['yellow', '!'], long, 2)).toEqual([`! ${long}`]);
});
