import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { frameParts, renderProblem, visible } from '../../src/manifest/frame.ts';
import type { Problem } from '../../src/manifest/problem.ts';

function at(text: string, marked: string, extra: Partial<Problem> = {}): Problem {
  const start = text.indexOf(marked);
  const range = { start, end: start + marked.length };
  return { severity: 'error', message: 'wrong', file: 'a.yaml', range, text, ...extra };
}

test('shows the place, the line, the range and what to do', () => {
  const text = 'name: x\nmatrix:\n  tag: 1\n';
  const problem = at(text, 'tag', { message: 'unknown axis "tag"', hint: 'did you mean "tags"?' });
  expect(renderProblem(problem)).toMatchInlineSnapshot(`
    "a.yaml:3:3 error: unknown axis "tag"
      3 |   tag: 1
        |   ^~~
    hint: did you mean "tags"?"
  `);
});

test('of a file as a whole there is no frame', () => {
  expect(renderProblem({ severity: 'warning', message: 'empty', file: 'a.yaml' })).toBe(
    'a.yaml warning: empty',
  );
});

test('underlines the right columns behind tabs, wide letters, marks and emoji', () => {
  const text = '\t東京: "e\u0301 😀" BAD # x';
  const [, , , , source, , squiggle] = frameParts(at(text, 'BAD'));
  expect(source?.text).toBe('  東京: "e\u0301 😀" BAD # x');
  // Tab 2, 東京 4, ": " and the quote 3, e with its mark 1, space 1, emoji 2, quote and space 2.
  expect(squiggle?.text).toBe(`${' '.repeat(15)}^~~`);
});

test('a range over several lines is underlined to the end of the first', () => {
  expect(renderProblem(at('a: 1\nkey: [\n  2 ]\n', '[\n  2 ]'))).toMatchInlineSnapshot(`
    "a.yaml:2:6 error: wrong
      2 | key: [
        |      ^"
  `);
});

test('cuts a long line around the range', () => {
  const text = `${'a'.repeat(5000)}BAD${'b'.repeat(5000)}`;
  expect(renderProblem(at(text, 'BAD'))).toMatchInlineSnapshot(`
    "a.yaml:1:5001 error: wrong
      1 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaBADbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
        |                                          ^~~"
  `);
});

test('masks the password of a URL, also where the line is cut in it', () => {
  const url = `https://ann:${'s3cret'.repeat(5)}@example.com/a.mp3`;
  const text = `reference: ["${url}", "${url}"]`;
  const shown = renderProblem(at(text, `"${url}"]`));
  expect(shown).toMatchInlineSnapshot(`
    "a.yaml:1:77 error: wrong
      1 | …*******************@example.com/a.mp3", "https://**********************************@example.com/a.mp…
        |                                          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
  `);
});

test('makes visible what could act on a terminal, in the line, the message and the file', () => {
  const text = 'x: "\u001b[31m\u202eevil\u0007" BAD';
  const problem = at(text, 'BAD', {
    message: 'no \u001b]0;title\u0007\n',
    file: 'a\u001b.yaml',
    hint: '\u009b2J',
  });
  expect(renderProblem(problem)).toMatchInlineSnapshot(`
    "a␛.yaml:1:18 error: no ␛]0;title␇␊
      1 | x: "␛[31m<U+202E>evil␇" BAD
        |                         ^~~
    hint: <U+009B>2J"
  `);
});

test('a lone surrogate, a line separator and a soft hyphen are shown by number', () => {
  expect(visible('a\ud800b\u2028c\u00add')).toBe('a<U+D800>b<U+2028>c<U+00AD>d');
});

test('never throws, prints nothing but visible text, and keeps the squiggle inside the line', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({
      unit: fc.constantFrom('a', '\t', '\n', '\r\n', '東', '😀', '\u0301', '\u001b'),
      maxLength: 300,
    }),
  );
  fc.assert(
    fc.property(text, fc.integer({ min: -5, max: 320 }), fc.nat(50), (source, start, length) => {
      const range = { start, end: start + length };
      const parts = frameParts({
        severity: 'error',
        message: source,
        file: source,
        range,
        text: source,
      });
      const one = (role: string): string =>
        parts
          .filter((part) => part.role === role)
          .map((part) => part.text)
          .join('');
      const printed = parts.map((part) => part.text).join('');
      expect(printed.split('\n')).toHaveLength(3);
      expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(one('squiggle')).toMatch(/^ *\^~*$/);
      // Each character has at most two columns, and one more for what stands at the end.
      expect(one('squiggle').length).toBeLessThanOrEqual(2 * Array.from(one('source')).length + 1);
      expect(one('squiggle').length).toBeLessThanOrEqual(102);
    }),
    { numRuns: 500 },
  );
});
