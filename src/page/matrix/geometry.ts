/** How large the parts of the matrix are: known without asking the document, so that it can be drawn in part. */
import type { Pivot } from './pivot.ts';

/** Pixels. */
export interface Geometry {
  readonly line: number;
  readonly column: number;
  /** The names of rows, at the left; 0 where there is nothing to name. */
  readonly rowHeader: number;
  /** The names of columns, at the top. */
  readonly columnHeader: number;
}

/** In sizes of the page's text. */
const sizes = {
  line: 4.25,
  /** Where each job tells its own combination as well. */
  tallLine: 5.5,
  narrowestColumn: 12.5,
  rowHeader: 10.5,
  /** Of the window, at most. */
  rowHeaderShare: 0.28,
  columnHeader: 2.125,
} as const;

/** @param width pixels of the window onto the matrix; @param text pixels of the page's text size */
export function geometryOf(
  { lines, columns, isAligned }: Pivot,
  width: number,
  text: number,
): Geometry {
  const hasNames = lines.some(({ row, rest }) => row.label !== undefined || rest !== undefined);
  const rowHeader = hasNames ? Math.round(Math.min(sizes.rowHeader * text, sizes.rowHeaderShare * width)) : 0; // prettier-ignore
  const fitting = Math.floor((width - rowHeader) / Math.max(1, columns.length));
  return {
    line: Math.round((isAligned ? sizes.line : sizes.tallLine) * text),
    column: Math.max(Math.round(sizes.narrowestColumn * text), fitting),
    rowHeader,
    columnHeader: Math.round(sizes.columnHeader * text),
  };
}

/** As a style takes it. */
export function px(pixels: number): string {
  return `${pixels}px`;
}
