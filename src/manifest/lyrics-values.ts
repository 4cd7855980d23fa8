/** Values of the lyrics axis: texts, files, globs of files. */
import { basename, dirname, extname } from 'node:path';
import { quoted } from './findings.ts';
import { safeLabel, shortHash } from './label.ts';
import { isLyricsText, lintLyrics, normalLyrics } from './lyrics.ts';
import type { Flaw, SourceRange } from './problem.ts';
import { absolute, shown, type ReadValue, type Reading } from './reading.ts';
import { readId } from './value-id.ts';
import { fieldOf, textOf, wordsOf, type Written } from './written.ts';

/** Bytes of a file. */
export const largestLyrics = 64 * 1024;

/** @returns the values of one entry: several for a glob, none where it has errors */
export function readLyrics(node: Written, reading: Reading): readonly ReadValue[] {
  const bare = wordsOf(node);
  if (bare !== undefined) {
    if (isLyricsText(bare)) return [inlineLyrics(node, bare, undefined, reading)];
    return isGlob(bare) ? globLyrics(node, bare, reading) : fileLyrics(node, bare, reading);
  }
  const id = readId(node, reading);
  const text = textOf(fieldOf(node, 'text'));
  if (text !== undefined) {
    return [inlineLyrics(fieldOf(node, 'text') ?? node, text, id, reading)];
  }
  const file = wordsOf(fieldOf(node, 'file'));
  return file === undefined ? [] : fileLyrics(fieldOf(node, 'file') ?? node, file, reading, id);
}

export function isGlob(path: string): boolean {
  return /[*?{]/.test(path);
}

export function lyricsFileExists(path: string, reading: Reading): boolean {
  return typeof reading.sources.readText(absolute(path, reading), largestLyrics) === 'string';
}

/** A text in the manifest itself, also for `defaults.prompt`. */
export function inlineLyrics(
  node: Written,
  text: string,
  id: string | undefined,
  reading: Reading,
): ReadValue {
  for (const flaw of flawsOf(text, reading)) {
    const range = rangeInBlock(node, text, flaw.range, reading.text) ?? node.range;
    const tell = flaw.severity === 'error' ? reading.findings.error : reading.findings.warn;
    tell(range, flaw.message, flaw.hint);
  }
  const prompt = normalLyrics(text);
  return { label: id ?? `text-${shortHash(prompt)}`, parameters: { prompt }, range: node.range };
}

/**
 * Where in a `|` block a place in its text stands: line for line, behind the indentation. Other
 * styles fold and escape, so there the whole value is pointed at.
 */
function rangeInBlock(
  node: Written,
  text: string,
  range: SourceRange,
  source: string,
): SourceRange | undefined {
  if (node.kind !== 'scalar' || !node.literal) return undefined;
  const before = text.slice(0, range.start).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = text.split('\n')[before.length - 1] ?? '';
  const lines = source.slice(node.range.start, node.range.end).split('\n');
  const sourceLine = lines[before.length]?.replace(/\r$/, '');
  if (!sourceLine?.endsWith(line)) return undefined;
  const above = lines.slice(0, before.length).reduce((sum, each) => sum + each.length + 1, 0);
  const start = node.range.start + above + (sourceLine.length - line.length) + column;
  return { start, end: start + (range.end - range.start) };
}

function globLyrics(node: Written, pattern: string, reading: Reading): readonly ReadValue[] {
  const base = dirname(reading.path);
  const paths = reading.sources.glob(pattern, base);
  if (paths.length === 0) {
    const folder = shown(base, reading);
    reading.findings.error(
      node.range,
      `no file matches ${quoted(pattern)} in the folder ${quoted(folder)}`,
      'paths start from the folder of the manifest',
    );
  }
  return paths.flatMap((path) => fileLyrics(node, path, reading));
}

function fileLyrics(
  node: Written,
  path: string,
  reading: Reading,
  id?: string,
): readonly ReadValue[] {
  const origin = absolute(path, reading);
  const text = reading.sources.readText(origin, largestLyrics);
  if (typeof text !== 'string') {
    const file = shown(origin, reading);
    reading.findings.error(node.range, `cannot read ${quoted(file)}: ${text.unreadable}`);
    return [];
  }
  for (const flaw of flawsOf(text, reading)) inFile(flaw, origin, text, reading);
  return [
    {
      label: id ?? safeLabel(basename(origin, extname(origin))),
      parameters: { prompt: normalLyrics(text) },
      range: node.range,
      origin,
    },
  ];
}

/** How lyrics are written is YuE's concern; another model may want anything under this name. */
function flawsOf(text: string, { model }: Reading): readonly Flaw[] {
  return model.isYue ? lintLyrics(text) : [];
}

function inFile(flaw: Flaw, path: string, text: string, reading: Reading): void {
  reading.findings.inFile(shown(path, reading), text, flaw);
}
