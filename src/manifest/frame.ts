/**
 * A problem as a person reads it: where, what, the line itself with the place underlined, and what
 * to do. In pieces, so that a terminal can colour them.
 *
 *     batch.yaml:4:3 error: unknown axis "tag"
 *       4 |   tag:
 *         |   ^~~
 *     hint: did you mean "tags"?
 *
 * What is shown comes from files: control characters, line breaks and text direction marks are made
 * visible, so that nothing in it can act on a terminal or pass for something else.
 */
import type { Problem, SourceRange } from './problem.ts';

export interface FramePart {
  readonly role: 'place' | 'severity' | 'message' | 'gutter' | 'source' | 'squiggle' | 'hint';
  readonly text: string;
}

/** Columns of a line that are shown at most. */
const widest = 100;

/** Columns before the place that stay in sight when a line is cut. */
const lead = 40;

export function renderProblem(problem: Problem): string {
  return frameParts(problem)
    .map((part) => part.text)
    .join('');
}

/** The pieces in order, line breaks among them; no line break at the end. */
export function frameParts(problem: Problem): readonly FramePart[] {
  const parts: FramePart[] = [
    { role: 'place', text: placeOf(problem) },
    { role: 'severity', text: ` ${problem.severity}: ` },
    { role: 'message', text: visible(problem.message) },
  ];
  if (problem.range && problem.text !== undefined) {
    parts.push(...codeFrame(problem.text, problem.range));
  }
  if (problem.hint !== undefined) {
    parts.push({ role: 'hint', text: `\nhint: ${visible(problem.hint)}` });
  }
  return parts;
}

/** `file:line:column`, both from 1; columns in UTF-16 units, as editors jump to them. */
export function placeOf({ file, range, text }: Pick<Problem, 'file' | 'range' | 'text'>): string {
  if (!range || text === undefined) return visible(file);
  const { line, column } = positionIn(text, range.start);
  return `${visible(file)}:${line}:${column}`;
}

/** Both from 1; columns in UTF-16 units, as editors jump to them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionIn(text: string, offset: number): Position {
  const { number, start } = lineAt(text, offset);
  return { line: number, column: clamp(offset, text) - start + 1 };
}

function codeFrame(text: string, range: SourceRange): readonly FramePart[] {
  const line = lineAt(text, range.start);
  const start = clamp(range.start, text) - line.start;
  const end = Math.max(start, Math.min(range.end - line.start, line.text.trimEnd().length));
  const { shown, offset, width } = cut(masked(line.text), start, end);
  const number = String(line.number);
  const margin = ' '.repeat(number.length);
  return [
    { role: 'gutter', text: `\n  ${number} | ` },
    { role: 'source', text: shown },
    { role: 'gutter', text: `\n  ${margin} | ` },
    { role: 'squiggle', text: `${' '.repeat(offset)}^${'~'.repeat(Math.max(0, width - 1))}` },
  ];
}

/** User and password of a URL, before a cut may leave one without the other; nothing moves by it. */
function masked(line: string): string {
  const userInfo = /(?<=:\/\/)[^\s/?#"'<>]+(?=@)/g;
  return line.replace(userInfo, (found) => '*'.repeat(found.length));
}

interface Line {
  /** From 1. */
  readonly number: number;
  /** Offset of its first character. */
  readonly start: number;
  readonly text: string;
}

function lineAt(text: string, offset: number): Line {
  const place = clamp(offset, text);
  const start = place === 0 ? 0 : text.lastIndexOf('\n', place - 1) + 1;
  const end = text.indexOf('\n', place);
  let number = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < start; at = text.indexOf('\n', at + 1))
    number++;
  const raw = text.slice(start, end < 0 ? text.length : end);
  return { number, start, text: raw.replace(/\r$/, '') };
}

function clamp(offset: number, text: string): number {
  return Math.max(0, Math.min(offset, text.length));
}

/** The part of a line that is shown, and where in it the range from `start` to `end` lies. */
function cut(
  line: string,
  start: number,
  end: number,
): { shown: string; offset: number; width: number } {
  // A line may be a megabyte long: no more of it is looked at than could be shown.
  const cells = cellsOf(line, Math.max(0, start - widest), Math.min(line.length, start + widest));
  const before = cells.filter((cell) => cell.at < start);
  const isWhole = cells.length === 0 || cells[0]?.at === 0;
  const fits = isWhole && widthOf(before) <= widest - lead;
  const left = fits ? before : lastColumns(before, lead);
  const chosen = firstColumns([...left, ...cells.slice(before.length)], widest);

  const first = chosen[0]?.at ?? 0;
  const last = chosen.at(-1);
  const opening = first > 0 ? '…' : '';
  const closing = last && last.at + last.units < line.length ? '…' : '';
  return {
    shown: opening + chosen.map((cell) => cell.shown).join('') + closing,
    offset: opening.length + widthOf(chosen.filter((cell) => cell.at < start)),
    width: widthOf(chosen.filter((cell) => cell.at >= start && cell.at < end)),
  };
}

/** One code point of a line, as it is shown. */
interface Cell {
  /** Offset in the line, and how many UTF-16 units it has there. */
  readonly at: number;
  readonly units: number;
  readonly shown: string;
  /** Columns of a terminal. */
  readonly width: number;
}

function cellsOf(line: string, from: number, to: number): readonly Cell[] {
  const cells: Cell[] = [];
  let at = from;
  for (const point of line.slice(from, to)) {
    // A tab is as wide everywhere, so that a cut in front of it moves nothing.
    const shown = point === '\t' ? '  ' : visible(point);
    const width = shown === point ? columnsOf(point) : shown.length;
    cells.push({ at, units: point.length, shown, width });
    at += point.length;
  }
  return cells;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}

function firstColumns(cells: readonly Cell[], columns: number): readonly Cell[] {
  let left = columns;
  const end = cells.findIndex((cell) => (left -= cell.width) < 0);
  return end < 0 ? cells : cells.slice(0, end);
}

function lastColumns(cells: readonly Cell[], columns: number): readonly Cell[] {
  return firstColumns(cells.toReversed(), columns).toReversed();
}

/** Text that does nothing but stand there. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (point) => {
    const code = point.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{20000}-\u{3fffd}]/u;

/** Columns that a terminal gives to a line of printable text. */
export function columnsOfText(text: string): number {
  let columns = 0;
  for (const point of text) columns += columnsOf(point);
  return columns;
}

/** Columns that a terminal gives to a printable code point: 0 for marks, 2 for East Asian and emoji. */
export function columnsOf(point: string): number {
  if (/[\p{Mn}\p{Me}]/u.test(point)) return 0;
  return wide.test(point) ? 2 : 1;
}
