/**
 * Song parameters -> score: what is played when, in seconds. Nothing here knows about sound.
 *
 * A song is an introduction, the sections in order, and a closing chord. A line of lyrics takes as
 * many bars as its syllables need at one eighth each, so the length of a song follows its words.
 */
import { playBars } from './band.ts';
import { type Progression, progressionsOf, type Scale, scaleOf } from './harmony.ts';
import { readLyrics, type Section, type Syllable } from './lyrics.ts';
import { singLine } from './melody.ts';
import { barSeconds, type Sheet } from './sheet.ts';
import type { SongParameters } from './song-parameters.ts';
import { styleOf } from './style.ts';

export interface Score extends Readonly<Sheet> {
  readonly seconds: number;
}

/** Longer lyrics are cut, as the model cuts them: memory and time of a song stay bounded. */
const longestSeconds = 360;

/** Seconds after the last bar in which the closing chord fades. */
const closing = 2.5;

export function compose(song: SongParameters): Score {
  const style = styleOf(song);
  const sheet: Sheet = { style, sung: [], notes: [], hits: [] };
  const scale = scaleOf(style.tonic, style.mode);
  const progressions = progressionsOf(style);
  const limit = Math.floor(longestSeconds / barSeconds(style));

  let bar = playBars(sheet, {
    kind: 'intro',
    from: 0,
    bars: 2,
    chords: progressions.chorus,
    scale,
  });
  for (const section of readLyrics(song.lyrics)) {
    if (bar + 2 > limit) break;
    const chords = progressions[section.kind];
    const sungUntil = singSection(sheet, section, { bar, limit }, chords, scale);
    // Sections end on an even bar; one without words is played for two.
    const bars = Math.max(2, Math.ceil((sungUntil - bar) / 2) * 2);
    bar = playBars(sheet, { kind: section.kind, from: bar, bars, chords, scale });
  }
  bar = playBars(sheet, { kind: 'end', from: bar, bars: 1, chords: [0], scale });
  return { ...sheet, seconds: bar * barSeconds(style) + closing };
}

/** Sings the lines that fit below `limit` and answers the bar after the last of them. */
function singSection(
  sheet: Sheet,
  section: Section,
  { bar, limit }: { readonly bar: number; readonly limit: number },
  chords: Progression,
  scale: Scale,
): number {
  let next = bar;
  for (const [number, line] of section.lines.entries()) {
    const bars = barsFor(line);
    if (next + bars > limit) break;
    const last = number === section.lines.length - 1;
    const place = { kind: section.kind, from: next, bars, section: bar, number, last };
    singLine(sheet, line, place, chords, scale);
    next += bars;
  }
  return next;
}

/** One eighth a syllable, and two to breathe. */
function barsFor(line: readonly Syllable[]): number {
  return Math.ceil((line.length + 2) / 8);
}
