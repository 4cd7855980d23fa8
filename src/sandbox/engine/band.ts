/**
 * Who plays along: chords, bass, drums and, where nobody sings, a short tune. Bar by bar from the
 * patterns of the genre's family.
 */
import { drumNames } from './genre.ts';
import { type Progression, rootAt, type Scale, triad } from './harmony.ts';
import type { SectionKind } from './lyrics.ts';
import { type Chance, chance } from './random.ts';
import { barSeconds, type Sheet, timeOf } from './sheet.ts';

export interface Passage {
  readonly kind: SectionKind | 'end';
  /** First bar, counted from the start of the song. */
  readonly from: number;
  readonly bars: number;
  readonly chords: Progression;
  readonly scale: Scale;
}

/** How full the band plays. */
const fullness: Readonly<Record<Passage['kind'], number>> = {
  intro: 0.7,
  verse: 0.75,
  chorus: 1,
  bridge: 0.65,
  outro: 0.8,
  end: 0.8,
};

/** Plays a passage and answers the bar after it. */
export function playBars(sheet: Sheet, passage: Passage): number {
  const draw = chance(`${sheet.style.bandSeed}|${passage.kind}`);
  const lastSung = sheet.sung.at(-1)?.start ?? -1;
  for (let i = 0; i < passage.bars; i++) {
    const bar = passage.from + i;
    const root = rootAt(passage.chords, i);
    if (passage.kind === 'end') {
      playClosingChord(sheet, passage, bar);
      continue;
    }
    playChords(sheet, passage, bar, root, draw);
    playBass(sheet, passage, bar, root);
    playDrums(sheet, passage, bar, i === passage.bars - 1, draw);
    if (lastSung < timeOf(sheet.style, bar * 16)) playHook(sheet, passage, bar, root);
  }
  return passage.from + passage.bars;
}

/** Loudness of a pattern's character; 0 is silence. */
function loudness(character: string | undefined): number {
  return character === 'X' ? 1 : character === 'x' ? 0.8 : character === 'o' ? 0.45 : 0;
}

/** The triad on `root` in the octave around middle C, lowest first. */
function voicing(scale: Scale, root: number): number[] {
  return triad(root)
    .map((degree) => {
      let midi = scale(degree);
      while (midi > 67) midi -= 12;
      while (midi < 55) midi += 12;
      return midi;
    })
    .toSorted((a, b) => a - b);
}

function playChords(sheet: Sheet, passage: Passage, bar: number, root: number, draw: Chance): void {
  const { style } = sheet;
  const pattern = style.family.chords;
  const midis = voicing(passage.scale, root);
  const level = fullness[passage.kind];
  const sustained =
    passage.kind === 'chorus' || passage.kind === 'outro' || passage.kind === 'bridge';
  for (let step = 0; step < 16; step++) {
    const loud = loudness(pattern[step]);
    if (loud === 0) continue;
    let length = 1;
    while (step + length < 16 && loudness(pattern[step + length]) === 0) length++;
    const start = timeOf(style, bar * 16 + step) + draw.next() * 0.008;
    const seconds = (barSeconds(style) / 16) * length * 0.92;
    midis.forEach((midi, i) => {
      const velocity = loud * level * (0.75 + draw.next() * 0.1);
      // A strum takes a moment from the lowest string to the highest.
      sheet.notes.push({
        start: start + i * 0.009,
        seconds,
        midi,
        velocity,
        pan: (i - 1) * 0.45,
        patch: style.chords,
      });
    });
  }
  if (!sustained) return;
  const start = timeOf(style, bar * 16);
  midis.forEach((midi, i) => {
    const pan = (1 - i) * 0.6;
    sheet.notes.push({
      start,
      seconds: barSeconds(style) * 0.97,
      midi: midi + 12,
      velocity: 0.35 * level,
      pan,
      patch: style.second,
    });
  });
}

function playBass(sheet: Sheet, passage: Passage, bar: number, root: number): void {
  const { style } = sheet;
  const pattern = passage.kind === 'bridge' ? '1-------5-------' : style.family.bass;
  let low = passage.scale(root) - 24;
  while (low > 47) low -= 12;
  while (low < 34) low += 12;
  const rise = (degrees: number): number => passage.scale(root + degrees) - passage.scale(root);
  const above: Readonly<Record<string, number>> = { '1': 0, '3': rise(2), '5': rise(4), '8': 12 };
  for (let step = 0; step < 16; step++) {
    const interval = above[pattern[step] ?? '.'];
    if (interval === undefined) continue;
    let length = 1;
    while (pattern[step + length] === '-') length++;
    sheet.notes.push({
      start: timeOf(style, bar * 16 + step),
      seconds: (barSeconds(style) / 16) * length * 0.9,
      midi: low + interval,
      velocity: fullness[passage.kind] * (step === 0 ? 0.95 : 0.82),
      pan: 0,
      patch: 'bass',
    });
  }
}

function playDrums(sheet: Sheet, passage: Passage, bar: number, last: boolean, draw: Chance): void {
  const { style } = sheet;
  const level = fullness[passage.kind] * (0.7 + style.energy * 0.3);
  const fills = last && style.energy > 0.45 && style.family.drums.snare !== undefined;
  for (const drum of drumNames) {
    const pattern = style.family.drums[drum] ?? '';
    for (let step = 0; step < 16; step++) {
      const loud =
        fills && drum === 'snare' && step >= 12
          ? 0.5 + (step - 12) * 0.12
          : loudness(pattern[step]);
      if (loud === 0 || (passage.kind === 'bridge' && drum === 'snare' && step < 12)) continue;
      const velocity = loud * level * (0.9 + draw.next() * 0.1);
      sheet.hits.push({ start: timeOf(style, bar * 16 + step), drum, velocity });
    }
  }
  const opens =
    bar === passage.from && passage.kind === 'chorus' && style.family.drums.kick !== undefined;
  if (opens)
    sheet.hits.push({ start: timeOf(style, bar * 16), drum: 'crash', velocity: level * 0.8 });
}

/** A tune of the band's own, for bars in which nobody sings; the same wherever it returns. */
function playHook(sheet: Sheet, passage: Passage, bar: number, root: number): void {
  const { style } = sheet;
  const draw = chance(`${style.tuneSeed}|hook|${bar % 2}`);
  for (let step = 0; step < 16; step += 2) {
    const wanted = draw.next() < (step % 4 === 0 ? 0.8 : 0.35);
    const chordTone = draw.pick(triad(root));
    const degree = step % 4 === 0 ? chordTone : chordTone + draw.pick([-1, 0, 1]);
    if (!wanted) continue;
    sheet.notes.push({
      start: timeOf(style, bar * 16 + step),
      seconds: barSeconds(style) * 0.2,
      midi: passage.scale(degree) + 12,
      velocity: 0.6,
      pan: 0.2,
      patch: style.second,
    });
  }
}

function playClosingChord(sheet: Sheet, passage: Passage, bar: number): void {
  const { style } = sheet;
  const start = timeOf(style, bar * 16);
  const seconds = barSeconds(style) + 1;
  voicing(passage.scale, 0).forEach((midi, i) => {
    sheet.notes.push({
      start,
      seconds,
      midi,
      velocity: 0.8,
      pan: (i - 1) * 0.5,
      patch: style.chords,
    });
  });
  let low = passage.scale(0) - 24;
  while (low > 45) low -= 12;
  sheet.notes.push({ start, seconds, midi: low, velocity: 0.9, pan: 0, patch: 'bass' });
  if (style.family.drums.kick !== undefined) {
    sheet.hits.push(
      { start, drum: 'kick', velocity: 0.9 },
      { start, drum: 'crash', velocity: 0.7 },
    );
  }
}
