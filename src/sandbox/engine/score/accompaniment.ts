/**
 * What the band plays: chords, a pad under them, bass, drums, and a tune of its own where nobody
 * sings. Bar by bar from the patterns of the genre's family.
 */
import { type Chance, chance } from '../random.ts';
import { drumNames } from '../style/family.ts';
import type { Style } from '../style/style.ts';
import type { SectionKind } from '../words/lyrics.ts';
import type { Passage } from './form.ts';
import { chordOn, degreeNear, nearestOf, type Scale, scaleOf } from './harmony.ts';
import { along, contourOf } from './melody.ts';
import { type BandNote, barSeconds, type Hit, timeOf } from './score.ts';

/** How full the band plays. */
const fullness: Readonly<Record<SectionKind, number>> = {
  intro: 0.45,
  verse: 0.6,
  'pre-chorus': 0.75,
  chorus: 1,
  bridge: 0.6,
  interlude: 0.85,
  outro: 0.7,
};

/** One bar and what is the same for all who play in it. */
interface Bar {
  readonly style: Style;
  readonly scale: Scale;
  readonly kind: SectionKind;
  /** From the start of the song. */
  readonly number: number;
  /** From the start of its passage, and whether it is the last of it. */
  readonly place: number;
  readonly closes: boolean;
  readonly root: number;
  readonly nextRoot: number;
  /** 0 to 1. */
  readonly level: number;
  /** The band holds back. */
  readonly sparse: boolean;
  readonly draw: Chance;
}

export interface Accompaniment {
  readonly notes: BandNote[];
  readonly hits: Hit[];
}

export function accompany(style: Style, passages: readonly Passage[]): Accompaniment {
  const scale = scaleOf(style);
  const parts: Accompaniment = { notes: [], hits: [] };
  let voicing: readonly number[] = [0, 2, 4].map(scale);
  for (const passage of passages) {
    const { kind, chords, from } = passage;
    const draw = chance(`${style.streams.playing}|${from}`);
    chords.forEach((root, place) => {
      const closes = place === chords.length - 1;
      const bar: Bar = {
        style,
        scale,
        kind,
        number: from + place,
        place,
        closes,
        root,
        nextRoot: chords[place + 1] ?? chords[0] ?? 0,
        level: fullness[kind] * (0.75 + style.energy * 0.25),
        sparse: (kind === 'intro' || kind === 'bridge') && place < chords.length / 2,
        draw,
      };
      if (passage.isLast && closes) {
        playClosingChord(bar, parts);
        return;
      }
      voicing = voicingAfter(voicing, bar);
      playChords(bar, voicing, parts.notes);
      playPad(bar, voicing, parts.notes);
      if (!bar.sparse) playBass(bar, parts.notes);
      if (kind !== 'intro' || !bar.sparse) playDrums(bar, parts.hits);
      const sung = passage.lines.some(
        (line) => line.from <= bar.number && bar.number < line.from + line.bars,
      );
      if (!sung) playHook(bar, parts.notes);
    });
  }
  return parts;
}

/** Loudness of a pattern's character; 0 is silence. */
function loudness(character: string | undefined): number {
  return character === 'X' ? 1 : character === 'x' ? 0.8 : character === 'o' ? 0.5 : 0;
}

/** Sixteenths from a place of a pattern to the next note in it. */
function lengthAt(pattern: string, place: number, rests: string): number {
  let length = 1;
  while (place + length < 16 && rests.includes(pattern.charAt(place + length))) length++;
  return length;
}

const sixteenth = (style: Style): number => barSeconds(style) / 16;

/** The notes of the bar's chord, each in the octave nearest to the chord before and to the middle. */
function voicingAfter(before: readonly number[], bar: Bar): number[] {
  const chord = chordOn(bar.root, bar.style.family.sevenths);
  return chord
    .map((degree, i) => {
      const midi = bar.scale(degree);
      const octaves = [-24, -12, 0, 12, 24].map((octave) => midi + octave);
      const strain = (note: number): number =>
        Math.abs(note - (before[Math.min(i, before.length - 1)] ?? 62)) + Math.abs(note - 62) * 0.3;
      return octaves.reduce((a, b) => (strain(b) < strain(a) ? b : a));
    })
    .sort((a, b) => a - b);
}

function playChords(bar: Bar, voicing: readonly number[], notes: BandNote[]): void {
  const { style, level, draw } = bar;
  const pattern = bar.sparse || bar.kind === 'bridge' ? 'X...............' : style.family.chords;
  const [low = 60] = voicing;
  const midis = style.family.power ? [low - 12, low - 5, low] : voicing;
  for (let place = 0; place < 16; place++) {
    const character = pattern.charAt(place);
    const start = timeOf(style, bar.number * 16 + place) + draw.next() * 0.008;
    const single = noteOf(character, voicing);
    if (single !== undefined) {
      const velocity = level * (place % 8 === 0 ? 0.75 : 0.55) + draw.signed() * 0.04;
      const seconds = sixteenth(style) * 5;
      notes.push({
        part: 'chords',
        start,
        seconds,
        midi: single,
        velocity,
        pan: draw.signed() * 0.3,
      });
      continue;
    }
    const loud = loudness(character);
    if (loud === 0) continue;
    const seconds = Math.max(0.12, sixteenth(style) * lengthAt(pattern, place, '.') * 0.92);
    // A strum takes a moment, downwards on the beat and upwards off it.
    const order = place % 4 === 0 ? midis : midis.toReversed();
    order.forEach((midi, i) => {
      const velocity = loud * level * 0.8 + draw.signed() * 0.04;
      const pan = (i - 1) * 0.3;
      notes.push({ part: 'chords', start: start + i * 0.009, seconds, midi, velocity, pan });
    });
  }
}

/** The note of a chord that a pattern names: `1`, `3`, `5` or `8`. */
function noteOf(character: string, voicing: readonly number[]): number | undefined {
  switch (character) {
    case '1':
      return voicing[0];
    case '3':
      return voicing[1];
    case '5':
      return voicing[2];
    case '8':
      return (voicing[0] ?? 60) + 12;
    default:
      return undefined;
  }
}

/** Held chords where the song is to be wide. */
function playPad(bar: Bar, voicing: readonly number[], notes: BandNote[]): void {
  const { style, kind, level } = bar;
  if (kind === 'verse' || kind === 'intro' || (kind === 'outro' && bar.sparse)) return;
  const start = timeOf(style, bar.number * 16);
  const seconds = barSeconds(style);
  voicing.forEach((midi, i) => {
    const pan = (i - 1) * 0.5;
    notes.push({ part: 'pad', start, seconds, midi: midi + 12, velocity: 0.5 * level, pan });
  });
}

function playBass(bar: Bar, notes: BandNote[]): void {
  const { style, scale, root, level } = bar;
  const pattern = bar.kind === 'bridge' ? '1-----------5---' : style.family.bass;
  let low = scale(root) - 24;
  while (low > 43) low -= 12;
  while (low < 28) low += 12;
  const rise = (degrees: number): number => scale(root + degrees) - scale(root);
  // A step below or above, from which the next root is a step away.
  const leading = rise(scale(bar.nextRoot) > scale(root) ? 3 : -1);
  const above = new Map([
    ['1', 0],
    ['3', rise(2)],
    ['5', rise(4)],
    ['8', 12],
    ['>', leading],
  ]);
  for (let place = 0; place < 16; place++) {
    const interval = above.get(pattern.charAt(place));
    if (interval === undefined) continue;
    notes.push({
      part: 'bass',
      start: timeOf(style, bar.number * 16 + place),
      seconds: sixteenth(style) * lengthAt(pattern, place, '-') * 0.92,
      midi: low + interval,
      velocity: level * (place === 0 ? 0.95 : 0.8),
      pan: 0,
    });
  }
}

/** What a drum plays that joins a band whose genre does not have it. */
const joiningPattern = 'x..ox.o.x..ox.oo';

function playDrums(bar: Bar, hits: Hit[]): void {
  const { style, kind, level, draw } = bar;
  const { drums } = style.family;
  const fills = bar.closes && kind !== 'outro' && style.energy > 0.45 && 'snare' in drums;
  for (const drum of drumNames) {
    const pattern = drums[drum] ?? (style.band.joining.includes(drum) ? joiningPattern : '');
    for (let place = 0; place < 16; place++) {
      const loud = loudness(pattern[place]);
      // Drawn for every place, so that a drum more or less leaves the feel of the others.
      const [early, accent] = [draw.signed() * 0.003, draw.signed() * 0.04];
      const silent = loud === 0 || (fills && place >= 12 && drum !== 'kick');
      const held = bar.sparse && place % 8 !== 0 && drum !== 'hat' && drum !== 'shaker';
      if (silent || held) continue;
      const velocity = loud * (place % 4 === 0 ? 1 : 0.85) * (0.55 + 0.45 * level) + accent;
      hits.push({ start: timeOf(style, bar.number * 16 + place) + early, drum, velocity });
    }
  }
  if (fills) playFill(bar, hits);
  const opens = bar.place === 0 && kind === 'chorus' && 'kick' in drums;
  if (opens) hits.push({ start: timeOf(style, bar.number * 16), drum: 'crash', velocity: 0.9 });
}

function playFill({ style, number, draw }: Bar, hits: Hit[]): void {
  const places = draw.next() < 0.5 ? [12, 13, 14, 15] : [12, 14, 15];
  for (const place of places) {
    const velocity = 0.5 + (place - 11) * 0.1;
    const start = timeOf(style, number * 16 + place);
    hits.push({ start, drum: place < 14 ? 'snare' : 'tom', velocity });
  }
}

/** A tune of the band's own, after the chorus; the same wherever it returns. */
function playHook(bar: Bar, notes: BandNote[]): void {
  const { style, scale, level, root } = bar;
  const draw = chance(`${style.streams.tune}|hook|${bar.number % 2}`);
  const contour = contourOf(style, 'chorus', bar.number % 2);
  const middle = degreeNear(scale, 67);
  for (let place = 0; place < 16; place += 2) {
    const wanted = draw.next() < (place % 4 === 0 ? 0.8 : 0.35);
    if (!wanted) continue;
    const near = Math.floor(middle + along(contour, place / 18) + 0.5);
    const degree = place % 4 === 0 ? nearestOf(chordOn(root, false), near) : near;
    notes.push({
      part: 'lead',
      start: timeOf(style, bar.number * 16 + place),
      seconds: sixteenth(style) * (place % 4 === 0 ? 3.4 : 1.8),
      midi: scale(degree),
      velocity: 0.6 * level + 0.2,
      pan: 0.15,
    });
  }
}

function playClosingChord(bar: Bar, { notes, hits }: Accompaniment): void {
  const { style, scale } = bar;
  const start = timeOf(style, bar.number * 16);
  const seconds = barSeconds(style);
  [0, 2, 4, 7].forEach((degree, i) => {
    notes.push({
      part: 'chords',
      start: start + i * 0.025,
      seconds: seconds * 1.2,
      midi: scale(degree) - 12,
      velocity: 0.6,
      pan: i * 0.2 - 0.3,
    });
  });
  let low = scale(0) - 24;
  while (low > 43) low -= 12;
  notes.push({ part: 'bass', start, seconds, midi: low, velocity: 0.8, pan: 0 });
  if (!('kick' in style.family.drums)) return;
  hits.push({ start, drum: 'kick', velocity: 0.9 }, { start, drum: 'crash', velocity: 0.8 });
}
