/**
 * The tune: which syllable sounds when, and how high. Sections of one kind share their rhythms and
 * contours, line by line, so that a second verse is recognised as one.
 */
import { clamp } from './arithmetic.ts';
import { type Progression, rootAt, type Scale, triad } from './harmony.ts';
import type { SectionKind, Syllable } from './lyrics.ts';
import { chance } from './random.ts';
import { type Sheet, timeOf } from './sheet.ts';
import type { Style } from './style.ts';

/** Where a line stands: bars counted from the start of the song, `number` within its section. */
export interface LinePlace {
  readonly kind: SectionKind;
  readonly from: number;
  readonly bars: number;
  /** First bar of the section, from which its chords count. */
  readonly section: number;
  readonly number: number;
  readonly last: boolean;
}

export function singLine(
  sheet: Sheet,
  line: readonly Syllable[],
  place: LinePlace,
  chords: Progression,
  scale: Scale,
): void {
  const { style } = sheet;
  const slots = onsets(style, line.length, place);
  const degrees = pitches(style, slots, place, chords, scale);
  const end = place.bars * 8;
  line.forEach((syllable, i) => {
    const slot = slots[i] ?? i;
    const next = slots[i + 1] ?? Math.min(end - 1, slot + 6);
    const start = timeOf(style, (place.from * 8 + slot) * 2);
    const stop = timeOf(style, (place.from * 8 + Math.min(next, slot + 5)) * 2);
    sheet.sung.push({
      start,
      seconds: (stop - start) * 0.94,
      midi: scale(degrees[i] ?? 0),
      velocity: (slot % 4 === 0 ? 0.95 : 0.8) * (place.kind === 'chorus' ? 1 : 0.88),
      vowel: syllable.vowel,
      noisy: syllable.noisy,
    });
  });
}

/** The eighths on which `count` syllables begin: the weightiest ones, in order. */
function onsets(style: Style, count: number, place: LinePlace): number[] {
  const draw = chance(`${style.tuneSeed}|rhythm|${place.kind}|${place.number % 2}|${place.bars}`);
  const usable = Math.max(count, place.bars * 8 - 2);
  const weights = Array.from({ length: usable }, (_, slot) => {
    const beat = slot % 8 === 0 ? 1 : slot % 4 === 0 ? 0.8 : slot % 2 === 0 ? 0.5 : 0.2;
    return { slot, weight: beat + draw.next() * 0.7 - slot * 0.01 };
  });
  return weights
    .toSorted((a, b) => b.weight - a.weight || a.slot - b.slot)
    .slice(0, count)
    .map(({ slot }) => slot)
    .toSorted((a, b) => a - b);
}

/** How much higher a kind of section lies than the middle of the voice, in degrees. */
const lift: Readonly<Record<SectionKind, number>> = {
  intro: 0,
  verse: -1,
  chorus: 2,
  bridge: 1,
  outro: 0,
};

function pitches(
  style: Style,
  slots: readonly number[],
  place: LinePlace,
  chords: Progression,
  scale: Scale,
): number[] {
  const draw = chance(`${style.tuneSeed}|contour|${place.kind}|${place.number % 2}`);
  const knots = Array.from({ length: 5 }, () => draw.signed() * 3 + lift[place.kind]);
  const centre = nearestDegree(scale, style.voice.centre);
  let previous = centre + lift[place.kind];
  return slots.map((slot, i) => {
    const root = rootAt(chords, place.from - place.section + Math.floor(slot / 8));
    const wanted = centre + along(knots, slot / (place.bars * 8)) + draw.signed() * 0.8;
    const isLast = i === slots.length - 1;
    let degree = Math.floor(clamp(wanted, previous - 3, previous + 3) + 0.5);
    if (isLast && place.last) degree = nearestOf([root], degree);
    else if (isLast || slot % 4 === 0) degree = nearestOf(triad(root), degree);
    degree = clamp(degree, centre - 6, centre + 7);
    previous = degree;
    return degree;
  });
}

/** The value of a line through evenly spaced knots, at `x` from 0 to 1. */
function along(knots: readonly number[], x: number): number {
  const place = clamp(x, 0, 0.999) * (knots.length - 1);
  const left = Math.floor(place);
  const a = knots[left] ?? 0;
  const b = knots[left + 1] ?? a;
  return a + (b - a) * (place - left);
}

function nearestDegree(scale: Scale, midi: number): number {
  let best = 0;
  for (let degree = -14; degree <= 14; degree++) {
    if (Math.abs(scale(degree) - midi) < Math.abs(scale(best) - midi)) best = degree;
  }
  return best;
}

/** The degree nearest to `from` that is one of `wanted` in any octave. */
function nearestOf(wanted: readonly number[], from: number): number {
  for (let distance = 0; distance < 7; distance++) {
    for (const degree of [from - distance, from + distance]) {
      if (wanted.some((one) => (degree - one) % 7 === 0)) return degree;
    }
  }
  return from;
}
