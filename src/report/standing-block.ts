/**
 * A few lines that stand below all others on a terminal and are drawn again in their place: they are
 * erased, what is to scroll past is written, they are drawn below it, in one write. The cursor rests on the
 * row below them, so that whoever else writes (a crash, Ctrl-C) begins a line of its own.
 *
 * A terminal that was made narrower has wrapped the lines that stand there, so the rows to erase are
 * counted by the width of now. (xterm cuts them off instead; there a row or two too many are erased.)
 */
import { stripVTControlCharacters } from 'node:util';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface StandingBlock {
  /** Text that stays, in whole lines. */
  readonly above: (text: string) => void;
  /** The lines that stand from now on; none: nothing stands there. */
  readonly show: (lines: readonly string[]) => void;
  /** Somebody else had the terminal: what stands there is not to be erased any more. */
  readonly forget: () => void;
}

/** The terminal shows what comes between all at once; others pass it over in silence. */
const together = { begin: '\x1b[?2026h', end: '\x1b[?2026l' };
/** A line that turns out to be too long is cut, not wrapped. */
const wrapping = { off: '\x1b[?7l', on: '\x1b[?7h' };
const eraseBelow = '\r\x1b[J';

export function createStandingBlock(
  write: (text: string) => void,
  size: () => ScreenSize,
): StandingBlock {
  let standing: readonly string[] = [];
  /** The widths of what is on the screen, with the cursor below; empty: nothing is. */
  let drawn: readonly number[] = [];

  const erase = () => {
    if (drawn.length === 0) return '';
    const { columns } = size();
    const rows = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    drawn = [];
    return `\x1b[${rows}A${eraseBelow}`;
  };
  const draw = () => {
    if (standing.length === 0) return '';
    const { columns } = size();
    drawn = standing.map((line) => Math.min(columns, stripVTControlCharacters(line).length));
    return `${wrapping.off}${standing.join('\n')}\n${wrapping.on}`;
  };
  const frame = (text: string) => {
    if (text !== '') write(`${together.begin}${text}${together.end}`);
  };

  return {
    above: (text) => {
      if (standing.length === 0) write(text);
      else frame(`${erase()}${text}${draw()}`);
    },
    show: (lines) => {
      const isSame = lines.every((line, index) => line === standing[index]);
      if (isSame && lines.length === drawn.length) return;
      const erased = erase();
      standing = lines;
      frame(`${erased}${draw()}`);
    },
    forget: () => {
      drawn = [];
    },
  };
}
