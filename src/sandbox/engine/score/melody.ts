/**
 * The tune. Sections of one kind share rhythms and contours, line by line, so that a second verse is
 * recognised as one. Strong beats take notes of the chord, weak ones move by step; the last note of
 * the song is the tonic.
 */
import { clamp } from '../arithmetic.ts';
import { chance } from '../random.ts';
import type { Style } from '../style/style.ts';
import type { SectionKind } from '../words/lyrics.ts';
import type { Line, Passage } from './form.ts';
import { chordOn, degreeNear, nearestOf, type Scale, scaleOf } from './harmony.ts';
import { beatWeight, onsetsOf, placesIn } from './rhythm.ts';
import { barSeconds, type SungNote, timeOf } from './score.ts';

/** How much higher a kind of section lies than the middle of the voice, in degrees. */
const lift: Readonly<Record<SectionKind, number>> = {
  intro: 0,
  verse: -0.8,
  'pre-chorus': 1,
  chorus: 2.2,
  bridge: 1,
  interlude: 0,
  outro: 0.5,
};

export function melodyOf(style: Style, passages: readonly Passage[]): SungNote[] {
  const scale = scaleOf(style);
  const centre = degreeNear(scale, style.singer.centre);
  let previous = centre;
  return passages.flatMap((passage) =>
    passage.lines.flatMap((line) => {
      const degrees = degreesOf(style, passage, line, { centre, previous });
      previous = degrees.at(-1)?.degree ?? previous;
      return singLine(style, passage, line, degrees, scale);
    }),
  );
}

/** The shape of a line, in degrees about the centre: six knots from its first place to its last. */
export function contourOf(style: Style, kind: SectionKind, number: number): readonly number[] {
  const draw = chance(`${style.streams.tune}|contour|${kind}|${number % 2}`);
  const knots = [draw.signed() * 1.5];
  for (let i = 1; i < 6; i++) {
    knots.push(clamp((knots[i - 1] ?? 0) * 0.7 + draw.signed() * 2.6, -3.5, 4));
  }
  return knots.map((knot) => knot + lift[kind]);
}

/** The value of a line through evenly spaced knots, at `x` from 0 to 1. */
export function along(knots: readonly number[], x: number): number {
  const place = clamp(x, 0, 0.9999) * (knots.length - 1);
  const left = Math.floor(place);
  const a = knots[left] ?? 0;
  return a + ((knots[left + 1] ?? a) - a) * (place - left);
}

interface Placed {
  readonly place: number;
  readonly degree: number;
}

function degreesOf(
  style: Style,
  passage: Passage,
  line: Line,
  start: { readonly centre: number; readonly previous: number },
): Placed[] {
  const { kind, from, chords } = passage;
  const likeness = `${kind}|${line.number % 2}`;
  const knots = contourOf(style, kind, line.number);
  const draw = chance(`${style.streams.tune}|notes|${likeness}`);
  const nudges = Array.from({ length: 64 }, () => draw.signed());
  const rhythm = `${style.streams.tune}|rhythm|${likeness}|${line.bars}|${line.step}`;
  const onsets = onsetsOf(line, rhythm);
  const { range } = style.singer;
  let { previous } = start;

  return onsets.map((place, i) => {
    const bar = line.from - from + Math.floor((place * line.step) / 16);
    const chord = chordOn(chords[bar] ?? 0, false);
    const isLast = i === onsets.length - 1;
    const nudge = nudges[place % 64] ?? 0;
    const wanted = (along(knots, place / placesIn(line)) + nudge * 0.9) * range;
    let degree = Math.floor(start.centre + wanted + 0.5);
    if (isLast && isLastLine(passage, line)) degree = endingOf(passage, chord, degree);
    else if (isLast || beatWeight(place * line.step) >= 0.65) {
      degree = nearestOf(chord, degree, previous);
    } else if (i > 0 && Math.abs(degree - previous) > 2) {
      const leap = (nudges[(place + 7) % 64] ?? 0) > 0.5 ? 2 : 1;
      degree = previous + (degree > previous ? leap : -leap);
    }
    if (degree - previous > 5) degree -= 7;
    if (previous - degree > 6) degree += 7;
    if (degree < start.centre - 6) degree += 7;
    if (degree > start.centre + 8) degree -= 7;
    previous = degree;
    return { place, degree };
  });
}

function isLastLine({ lines }: Passage, line: Line): boolean {
  return line.number === lines.length - 1;
}

/** Choruses, outros and the song end at home; other sections leave it open. */
function endingOf({ kind, isLast }: Passage, chord: readonly number[], degree: number): number {
  const home = isLast || kind === 'chorus' || kind === 'outro';
  return nearestOf(home ? [0] : [chord[0] ?? 0, chord[2] ?? 4], degree);
}

function singLine(
  style: Style,
  { kind }: Passage,
  line: Line,
  placed: readonly Placed[],
  scale: Scale,
): SungNote[] {
  const beat = barSeconds(style) / 4;
  const at = (place: number): number => timeOf(style, line.from * 16 + place * line.step);
  const draw = chance(`${style.streams.tune}|turns|${kind}|${line.number}`);
  let breathed = true;
  return line.syllables.map((syllable, i): SungNote => {
    const { place, degree } = placed[i] ?? { place: i, degree: 0 };
    const isLast = i === line.syllables.length - 1;
    const pauses = isLast || syllable.then === 'pause';
    const held = Math.max(3, 12 / line.step);
    const next = placed[i + 1]?.place ?? Math.min(placesIn(line), place + held);
    const full = at(next) - at(place);
    const rest = pauses ? Math.min(0.18, full * 0.25) : 0;
    const longest = isLast ? 2.6 : syllable.then === 'pause' ? beat * 2 : beat * 1.75;
    const seconds = Math.min(full - rest, longest);
    const opens = breathed;
    breathed = seconds < full - 0.05;
    const loud = kind === 'chorus' ? 1.08 : 0.95;
    const turns = isLast && draw.next() < 0.4 && seconds > 1.1 && style.singer.range > 0.5;
    return {
      start: at(place),
      seconds,
      midi: scale(degree),
      ...(turns && { turn: scale(degree - 1) }),
      ...((kind === 'chorus' || kind === 'outro') && { harmony: scale(degree + 2) }),
      syllable,
      velocity: (0.72 + 0.2 * Math.min(1, syllable.stress / 2)) * loud,
      opens,
    };
  });
}
