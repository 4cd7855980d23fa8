/**
 * Lyrics: what counts as lyrics text, its normal form, and what is wrong with it.
 *
 * The model finds sections with the pattern "a word in brackets, then everything up to the next
 * bracket". So text before the first label is lost, and so is text after a bracket that is not a
 * single word. A section is about 30 s of music, however much is written in it.
 */
import { listed, quoted } from './findings.ts';
import { didYouMean } from './nearest.ts';
import type { Flaw } from './problem.ts';

/** Labels that the model knows from its training, and those that do no harm. */
const knownLabels = [
  'verse',
  'chorus',
  'bridge',
  'outro',
  'intro',
  'prechorus',
  'hook',
  'refrain',
  'rap',
  'interlude',
  'solo',
  'inst',
];

/** More words than this are not sung in about 30 s. */
const mostWords = 70;

const label = /\[([\p{L}\p{N}_]+)\]/u;

/** A text, and not the path of one: it has a line break or a label. */
export function isLyricsText(value: string): boolean {
  return /[\r\n]|^\s*\[/.test(value) || label.test(value);
}

/**
 * The form that is sent and that a job's id is made from: how an editor ends lines and files does
 * not change what is bought.
 */
export function normalLyrics(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\S\n]+$/gm, '')
    .trimEnd();
}

/** Flaws in the order in which they stand; ranges are offsets into `text` as it is given. */
export function lintLyrics(text: string): readonly Flaw[] {
  if (text.trim() === '') {
    return [flaw('error', 0, 0, 'the lyrics are empty', 'write sections headed [verse], [chorus]')];
  }
  const sections = sectionsOf(text);
  return [
    ...lintBeginning(text, sections),
    ...sections.flatMap((section, index) => lintSection(section, index)),
  ];
}

interface Section {
  /** The word in the brackets; undefined where they hold no single word. */
  readonly label: string | undefined;
  /** As it stands, in brackets. */
  readonly heading: string;
  readonly start: number;
  readonly body: string;
}

/** The text cut at every opening bracket. */
function sectionsOf(text: string): readonly Section[] {
  const starts = Array.from(text.matchAll(/\[/g), (match) => match.index);
  return starts.map((start, index) => {
    const piece = text.slice(start, starts[index + 1]);
    const word = label.exec(piece);
    const heading = /^\[[^\]\r\n]*\]?/.exec(piece)?.[0] ?? '[';
    const isLabel = word?.index === 0;
    return {
      label: isLabel ? word[1] : undefined,
      heading,
      start,
      body: piece.slice(heading.length),
    };
  });
}

function lintBeginning(text: string, sections: readonly Section[]): readonly Flaw[] {
  const lost = text.slice(0, sections[0]?.start ?? text.length);
  if (lost.trim() === '') return [];
  const start = lost.search(/\S/);
  const end = start + (/^.*/.exec(lost.slice(start))?.[0].trimEnd().length ?? 0);
  const hint = 'head each section with a label: [verse], [chorus], [bridge], [outro]';
  return sections.length === 0
    ? [flaw('error', start, end, 'no section label: the model would sing nothing of this', hint)]
    : [flaw('error', start, end, 'text before the first label is lost', hint)];
}

function lintSection(section: Section, index: number): readonly Flaw[] {
  const { heading, start } = section;
  const at = (severity: Flaw['severity'], message: string, hint: string): Flaw =>
    flaw(severity, start, start + heading.length, message, hint);

  if (section.label === undefined) {
    const first = /\p{L}+/u.exec(heading)?.[0].toLowerCase() ?? '';
    const hint = knownLabels.includes(first)
      ? `write [${first}]`
      : 'a label is one word; put remarks into round brackets';
    return [at('error', `${quoted(heading)} is not a label, and the text after it is lost`, hint)];
  }
  const name = section.label.toLowerCase();
  if (section.body.trim() === '') {
    const hint = 'give it words, or remove its label';
    return [at('error', `the section ${quoted(heading)} is empty`, hint)];
  }
  const flaws: Flaw[] = [];
  if (!knownLabels.includes(name)) {
    const hint =
      didYouMean(name, knownLabels) ?? `known are ${listed(knownLabels.slice(0, 5), 'and')}`;
    flaws.push(at('warning', `the model may not know the label ${quoted(heading)}`, hint));
  }
  if (name === 'intro' && index === 0) {
    const message = '[intro] is unstable as the first label';
    flaws.push(at('warning', message, 'begin with [verse] or [chorus]'));
  }
  const words = countWords(section.body);
  if (words > mostWords) {
    const message = `${words} words in one section of about 30 s: it is cut or rushed`;
    flaws.push(at('warning', message, `split it, ${mostWords} words are enough`));
  }
  return flaws;
}

/** Scripts without spaces between words: each character is about a syllable. */
function countWords(text: string): number {
  const words = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]|[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu;
  return text.match(words)?.length ?? 0;
}

function flaw(
  severity: Flaw['severity'],
  start: number,
  end: number,
  message: string,
  hint: string,
): Flaw {
  return { severity, message, hint, range: { start, end } };
}
