/** Where a report is read: a terminal of some width, or a file that knows neither width nor colour. */
import { columnsOf } from '../manifest/frame.ts';

export interface Look {
  readonly hasColour: boolean;
  /** Undefined: lines may have any length. */
  readonly columns: number | undefined;
}

export type Tint = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A part of a line, plain or tinted. */
export type Piece = string | readonly [Tint, string];

export interface Page {
  /** A line that stands alone: cut where it does not fit. */
  readonly line: (...pieces: readonly Piece[]) => string;
  /** Text behind a heading: folded between words where it does not fit. @param indent columns of the heading */
  readonly about: (heading: Piece, text: string, indent: number) => readonly string[];
}

const codes: Record<Tint, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** A terminal that is narrower breaks lines by itself. */
const narrowest = 40;

export function createPage({ hasColour, columns }: Look): Page {
  const width = columns === undefined ? Infinity : Math.max(narrowest, columns);
  const inked = (piece: Piece) => {
    if (typeof piece === 'string') return piece;
    const [tint, text] = piece;
    return hasColour ? `\x1b[${codes[tint]}m${text}\x1b[0m` : text;
  };
  const line = (...pieces: readonly Piece[]) => cut(pieces, width).map(inked).join('');
  return {
    line,
    about: (heading, text, indent) => {
      const [first = '', ...others] = fold(text, width - indent);
      const gap = ' '.repeat(Math.max(0, indent - widthOf(textOf(heading))));
      return [
        `${inked(heading)}${gap}${first}`,
        ...others.map((other) => ' '.repeat(indent) + other),
      ];
    },
  };
}

/** Columns of a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const point of text) width += columnsOf(point);
  return width;
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece[1];
}

function cut(pieces: readonly Piece[], width: number): readonly Piece[] {
  if (widthOf(pieces.map(textOf).join('')) <= width) return pieces;
  // One column for the mark that something is left out.
  let left = width - 1;
  const kept: Piece[] = [];
  for (const piece of pieces) {
    let text = '';
    for (const point of textOf(piece)) {
      left -= columnsOf(point);
      if (left < 0) break;
      text += point;
    }
    kept.push(typeof piece === 'string' ? text : [piece[0], text]);
    if (left < 0) break;
  }
  return [...kept, '…'];
}

function fold(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
