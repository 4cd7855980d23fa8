/** How large the parts of the matrix are: known without asking the document, so that it can be drawn in part. */
import type { Pivot } from './pivot.ts';

/** Pixels. */
export interface Geometry {
  readonly line: number;
  readonly column: number;
  /** Whether there is room in a column for more than the least. */
  readonly isWide: boolean;
  /** The names of rows, at the left; 0 where there is nothing to name. */
  readonly rowHeader: number;
  /** The names of columns, at the top. */
  readonly columnHeader: number;
}

/** In sizes of the page's text. */
const sizes = {
  line: 4.25,
  /** Where there is room for all. */
  highestLine: 6.5,
  /** Where each job tells its own combination as well. */
  tallLine: 5.5,
  narrowestColumn: 12.5,
  wideColumn: 16,
  rowHeader: 10.5,
  /** Of the window, at most. */
  rowHeaderShare: 0.28,
  columnHeader: 2.125,
} as const;

/**
 * @param window pixels of the window onto the matrix
 * @param text pixels of the page's text size
 */
export function geometryOf(
  { lines, columns, isAligned }: Pivot,
  window: { readonly width: number; readonly height: number },
  text: number,
): Geometry {
  const hasNames = lines.some(({ row, rest }) => row.label !== undefined || rest !== undefined);
  const widest = Math.min(sizes.rowHeader * text, sizes.rowHeaderShare * window.width);
  const rowHeader = hasNames ? Math.round(widest) : 0;
  const columnHeader = Math.round(sizes.columnHeader * text);
  const least = (isAligned ? sizes.line : sizes.tallLine) * text;
  const fittingLine = (window.height - columnHeader) / Math.max(1, lines.length);
  const fittingColumn = (window.width - rowHeader) / Math.max(1, columns.length);
  const column = Math.floor(Math.max(sizes.narrowestColumn * text, fittingColumn));
  return {
    line: Math.floor(Math.max(least, Math.min(fittingLine, sizes.highestLine * text))),
    column,
    isWide: column >= sizes.wideColumn * text,
    rowHeader,
    columnHeader,
  };
}

/** As a style takes it. */
export function px(pixels: number): string {
  return `${pixels}px`;
}
