/**
 * The form of a song: its sections as passages of whole bars, with chords, and lines of lyrics laid
 * over them. A line takes as many bars as its syllables need, so the length follows the words.
 */
import type { Style } from '../style/style.ts';
import { readLyrics, type Section, type SectionKind } from '../words/lyrics.ts';
import { pronounce } from '../words/pronunciation.ts';
import type { Syllable } from '../words/syllable.ts';
import { type Progression, progressionsOf } from './harmony.ts';
import { barSeconds } from './score.ts';

/** A line of lyrics in its bars. */
export interface Line {
  readonly syllables: readonly Syllable[];
  /** First bar, counted from the start of the song. */
  readonly from: number;
  readonly bars: number;
  /** Sixteenths between the places on which a syllable may begin: 2 sings in eighths. */
  readonly step: 1 | 2;
  /** Within its section, from 0. */
  readonly number: number;
}

export interface Passage {
  readonly kind: SectionKind;
  readonly from: number;
  /** Root of the chord of each bar, as a degree. */
  readonly chords: readonly number[];
  readonly lines: readonly Line[];
  readonly isLast: boolean;
}

/** Longer lines are sung as several. */
const syllablesInALine = 28;

/** @param longest seconds after which no line begins: longer lyrics are cut, as the model cuts them */
export function formOf(lyrics: string, style: Style, longest: number): Passage[] {
  const limit = Math.max(4, Math.floor(longest / barSeconds(style)) - 2);
  const progressions = progressionsOf(style);
  const passages: Passage[] = [];
  let bar = 0;
  for (const section of withIntro(readLyrics(lyrics))) {
    if (bar >= limit) break;
    const lines = layOut(section, bar, limit, style);
    const bars = barsOf(section.kind, lines, bar, style);
    const chords = chordsOver(progressions[section.kind], bars);
    passages.push({ kind: section.kind, from: bar, chords, lines, isLast: false });
    bar += bars;
  }
  const last = passages.pop();
  return last ? [...passages, comeHome(last)] : passages;
}

function withIntro(sections: readonly Section[]): readonly Section[] {
  if (sections[0]?.kind === 'intro') return sections;
  return [{ kind: 'intro', lines: [] }, ...sections];
}

function layOut({ lines }: Section, from: number, limit: number, style: Style): Line[] {
  const placed: Line[] = [];
  let bar = from;
  for (const text of lines) {
    for (const syllables of inPieces(pronounce(text))) {
      const { bars, step } = pace(syllables.length, style);
      if (bar + bars > limit) return placed;
      placed.push({ syllables, from: bar, bars, step, number: placed.length });
      bar += bars;
    }
  }
  return placed;
}

function inPieces(syllables: readonly Syllable[]): (readonly Syllable[])[] {
  const count = Math.ceil(syllables.length / syllablesInALine);
  const length = Math.ceil(syllables.length / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => syllables.slice(i * length, (i + 1) * length));
}

/** How many bars a line takes, so that nobody has to sing more than about 4.5 syllables a second. */
function pace(count: number, style: Style): Pick<Line, 'bars' | 'step'> {
  const rate = count / (2 * barSeconds(style));
  if (count <= 13 && rate < 4.2) return { bars: 2, step: 2 };
  if (count <= 28 && rate < 4.6) return { bars: 2, step: 1 };
  return { bars: 4, step: count <= 26 ? 2 : 1 };
}

function barsOf(kind: SectionKind, lines: readonly Line[], from: number, style: Style): number {
  const last = lines.at(-1);
  if (last) {
    const sung = last.from + last.bars - from;
    return kind === 'outro' ? sung + 2 : sung;
  }
  switch (kind) {
    case 'intro':
      return style.tempo > 100 ? 4 : 2;
    case 'interlude':
      return 4;
    case 'verse':
    case 'pre-chorus':
    case 'chorus':
    case 'bridge':
    case 'outro':
      return 2;
  }
}

function chordsOver(progression: Progression, bars: number): number[] {
  return Array.from({ length: bars }, (_, bar) => progression[bar % progression.length] ?? 0);
}

/** The last line of the song ends on the tonic, and a bar is added for the closing chord. */
function comeHome(passage: Passage): Passage {
  const { chords, lines, from } = passage;
  const line = lines.at(-1);
  // A word or two may be over in the first bar.
  const until = line && line.syllables.length > 2 ? line.bars - 1 : 0;
  const home = line ? line.from - from + until : chords.length - 1;
  const resolved = chords.map((root, bar) => (bar >= home ? 0 : root));
  return { ...passage, chords: [...resolved, 0], isLast: true };
}
