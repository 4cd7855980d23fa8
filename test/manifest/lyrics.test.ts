import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { isLyricsText, lintLyrics, normalLyrics } from '../../src/manifest/lyrics.ts';

/** Severity, what is pointed at, message. */
const told = (text: string): readonly string[] =>
  lintLyrics(text).map(
    ({ severity, range, message }) =>
      `${severity} at ${JSON.stringify(text.slice(range.start, range.end))}: ${message}`,
  );

describe('the lint of lyrics', () => {
  test('has nothing to say of good lyrics', () => {
    expect(told('[verse]\nOne line\n\n[Chorus] two (oh oh)\n\n[outro]\nthree\n')).toEqual([]);
  });

  test.each([
    ['', 'error at "": the lyrics are empty'],
    [' \n\t\n', 'error at "": the lyrics are empty'],
    ['la la\nla', 'error at "la la": no section label: the model would sing nothing of this'],
    ['\n  Title  \n[verse]\nx', 'error at "Title": text before the first label is lost'],
    ['[verse]\n\n[chorus]\nx', 'error at "[verse]": the section "[verse]" is empty'],
    ['[verse]\nx\n[chorus]', 'error at "[chorus]": the section "[chorus]" is empty'],
    [
      '[verse]\nx\n[verse 2]\ny',
      'error at "[verse 2]": "[verse 2]" is not a label, and the text after it is lost',
    ],
    [
      '[verse]\nx\n[unfinished\ny',
      'error at "[unfinished": "[unfinished" is not a label, and the text after it is lost',
    ],
    ['[vers]\nx', 'warning at "[vers]": the model may not know the label "[vers]"'],
    ['[intro]\nx\n[verse]\ny', 'warning at "[intro]": [intro] is unstable as the first label'],
    [
      `[verse]\n${'la '.repeat(71)}`,
      'warning at "[verse]": 71 words in one section of about 30 s: it is cut or rushed',
    ],
    [
      `[verse]\n${'你好'.repeat(40)}`,
      'warning at "[verse]": 80 words in one section of about 30 s: it is cut or rushed',
    ],
  ])('of %j says: %s', (text, problem) => {
    expect(told(text)).toEqual([problem]);
  });

  test('takes 70 words and an [intro] that is not first', () => {
    expect(told(`[verse]\n${"don't ".repeat(70)}\n[intro]\nx`)).toEqual([]);
  });

  test('tells every flaw at once, where it stands', () => {
    expect(told('hey\n[verse]\n[hum]\nx\n[a b]\n').length).toBe(4);
  });

  test('suggests the label that was meant', () => {
    expect(lintLyrics('[verse 1]\nx')[0]?.hint).toBe('write [verse]');
    expect(lintLyrics('[chrous]\nx')[0]?.hint).toBe('did you mean "chorus"?');
  });

  test('never throws, and points into the text', () => {
    const piece = fc.oneof(
      fc.constantFrom('[', ']', '[verse]', '[intro]', '\n', '\r\n', ' ', 'la', '[a b]', '[]', '😀'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const { range } of lintLyrics(text)) {
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeGreaterThanOrEqual(range.start);
          expect(range.end).toBeLessThanOrEqual(text.length);
          expect(text.slice(range.start, range.end)).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('a text is told from a path by a line break or a label', () => {
  expect(['a\nb', '[verse] x', 'x [chorus]', '[verse 1] x'].map(isLyricsText)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['lyrics/fade.txt', 'lyrics/*.txt', 'fade', 'a b.txt'].map(isLyricsText)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('the normal form is reached at once and says the same in every editor', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\n', '\r', '[verse]') });
  fc.assert(
    fc.property(text, (written) => {
      const normal = normalLyrics(written);
      expect(normalLyrics(normal)).toBe(normal);
      expect(normal).not.toMatch(/\r|[ \t]$/m);
      expect(normalLyrics(written.replaceAll(/\r\n?/g, '\n').replaceAll('\n', '\r\n'))).toBe(
        normal,
      );
    }),
  );
});
