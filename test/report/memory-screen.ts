/**
 * A terminal in memory: lines that wrap at its width and wrap anew when that changes, rows that scroll
 * away for good, and the few sequences that a standing block uses. Anything else it refuses.
 */
export interface MemoryScreen {
  readonly write: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** All that was ever written and still stands, as lines ended by who wrote them; the cursor's line is the last. */
  readonly lines: () => readonly string[];
  /** What can be seen, row by row. */
  readonly rows: () => readonly string[];
}

interface Cursor {
  readonly line: number;
  /** In the line, however it is wrapped. */
  readonly offset: number;
}

const sequenceStart = '\x1b[';
const sequence = /^(?<parameters>[?\d;]*)(?<final>[A-Za-z])/;

export function createMemoryScreen(firstColumns: number, firstRows: number): MemoryScreen {
  let columns = firstColumns;
  let height = firstRows;
  let lines = [''];
  let cursor: Cursor = { line: 0, offset: 0 };
  let wraps = true;
  /** The first row on the screen; those before it have scrolled away. */
  let top = 0;

  const rowsOf = (line: string) => Math.max(1, Math.ceil(line.length / columns));
  const rowsBefore = (line: number) =>
    lines.slice(0, line).reduce((sum, text) => sum + rowsOf(text), 0);
  /** A line that is just full wraps with its next character only. */
  const rowIn = ({ offset }: Cursor) =>
    offset > 0 && offset % columns === 0 ? offset / columns - 1 : Math.floor(offset / columns);
  const row = () => rowsBefore(cursor.line) + rowIn(cursor);
  const scroll = () => {
    top = Math.max(top, row() - height + 1);
  };

  const moveToRow = (wanted: number) => {
    let first = 0;
    for (const [line, text] of lines.entries()) {
      if (wanted < first + rowsOf(text)) {
        cursor = { line, offset: (wanted - first) * columns };
        return;
      }
      first += rowsOf(text);
    }
    throw new Error(`there is no row ${wanted}`);
  };
  const put = (character: string) => {
    const text = lines[cursor.line] ?? '';
    const isLastColumn = cursor.offset % columns === columns - 1;
    lines[cursor.line] =
      text.slice(0, cursor.offset).padEnd(cursor.offset) +
      character +
      text.slice(cursor.offset + 1);
    if (wraps || !isLastColumn) cursor = { ...cursor, offset: cursor.offset + 1 };
  };
  const obey = (parameters: string, final: string) => {
    if (final === 'A') moveToRow(Math.max(top, row() - Number(parameters)));
    else if (final === 'J' && parameters === '') {
      lines = lines.slice(0, cursor.line + 1);
      lines[cursor.line] = (lines[cursor.line] ?? '').slice(0, cursor.offset);
    } else if (parameters === '?7') wraps = final === 'h';
    else if (parameters !== '?2026' && final !== 'm') {
      throw new Error(`no terminal needs to know ESC [ ${parameters} ${final}`);
    }
  };

  return {
    write: (text) => {
      for (let rest = text; rest !== '';) {
        const isSequence = rest.startsWith(sequenceStart);
        const found = isSequence ? sequence.exec(rest.slice(sequenceStart.length)) : null;
        const character = rest[0] ?? '';
        if (found) obey(found.groups?.['parameters'] ?? '', found.groups?.['final'] ?? '');
        else if (character === '\r') {
          cursor = { ...cursor, offset: rowIn(cursor) * columns };
        } else if (character === '\n') {
          cursor = { line: cursor.line + 1, offset: 0 };
          if (cursor.line === lines.length) lines.push('');
        } else put(character);
        rest = rest.slice(found ? sequenceStart.length + found[0].length : 1);
        scroll();
      }
    },
    resize: (newColumns, newRows) => {
      columns = newColumns;
      height = newRows;
      top = Math.max(0, row() - height + 1);
    },
    size: () => ({ columns, rows: height }),
    lines: () => lines,
    rows: () =>
      lines
        .flatMap((line) =>
          Array.from({ length: rowsOf(line) }, (_, index) =>
            line.slice(index * columns, (index + 1) * columns),
          ),
        )
        .slice(top, top + height),
  };
}
