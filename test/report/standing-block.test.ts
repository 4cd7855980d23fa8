import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { createStandingBlock } from '../../src/report/standing-block.ts';
import { createMemoryScreen } from './memory-screen.ts';

/** What happens to a terminal with a block. */
type Step =
  | { readonly do: 'above'; readonly lines: readonly string[] }
  | { readonly do: 'show'; readonly lines: readonly string[] }
  | { readonly do: 'resize'; readonly columns: number; readonly rows: number };

const word = fc
  .tuple(fc.constantFrom('a', '█', 'word '), fc.nat({ max: 99 }))
  .map(([text, width]) => text.repeat(width).slice(0, width));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('above' as const),
    lines: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('show' as const), lines: fc.array(word, { maxLength: 4 }) }),
  fc.record({
    do: fc.constant('resize' as const),
    // So high that the block fits, however its lines are wrapped; one that does not scrolls away.
    columns: fc.integer({ min: 20, max: 100 }),
    rows: fc.integer({ min: 24, max: 40 }),
  }),
);

/** What a terminal that does not wrap makes of a line that is too long: the last character stays. */
const cutTo = (columns: number) => (line: string) =>
  line.length > columns ? `${line.slice(0, columns - 1)}${line.at(-1) ?? ''}` : line;

test('whatever is written, shown and resized, every line stands once, and the block stands last', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const screen = createMemoryScreen(80, 24);
      const block = createStandingBlock(screen.write, screen.size);
      let scrolled: string[] = [];
      let shown: readonly string[] = [];
      let standing: readonly string[] = [];
      for (const one of steps) {
        const { columns } = screen.size();
        switch (one.do) {
          case 'above':
            block.above(`${one.lines.join('\n')}\n`);
            scrolled = [...scrolled, ...one.lines];
            standing = shown.map(cutTo(columns));
            break;
          case 'show':
            shown = one.lines.map((line) => line.slice(0, columns - 1));
            block.show(shown);
            standing = shown;
            break;
          case 'resize':
            screen.resize(one.columns, one.rows);
            break;
        }
        expect(screen.lines()).toEqual([...scrolled, ...standing, '']);
      }
      block.show([]);
      expect(screen.lines()).toEqual([...scrolled, '']);
    }),
    { numRuns: 300 },
  );
});

function record(columns = 80) {
  const written: string[] = [];
  const block = createStandingBlock(
    (text) => written.push(text),
    () => ({ columns, rows: 24 }),
  );
  return { block, written };
}

describe('what is written', () => {
  test('is plain as long as nothing stands', () => {
    const { block, written } = record();
    block.above('one\n');
    block.show([]);
    block.above('two\n');
    expect(written).toEqual(['one\n', 'two\n']);
  });

  test('is one piece for each frame, so that nobody sees half of one', () => {
    const { block, written } = record();
    block.show(['a', 'b']);
    block.above('line\n');
    expect(written).toHaveLength(2);
    const [begin, cut, wrap, end] = ['?2026h', '?7l', '?7h', '?2026l'].map(
      (code) => `\x1b[${code}`,
    );
    expect(written[1]).toBe(`${begin}\x1b[2A\r\x1b[Jline\n${cut}a\nb\n${wrap}${end}`);
  });

  test('erases nothing after somebody else had the terminal', () => {
    const { block, written } = record();
    block.show(['a']);
    block.forget();
    block.show(['b']);
    expect(written[1]).not.toContain('\x1b[J');
  });
});
