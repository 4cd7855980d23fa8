/**
 * Scales and chords. Degrees count the steps of the scale from the tonic near middle C: 0 is the
 * tonic, 7 the tonic an octave up, -1 the step below.
 */
import { chance } from './random.ts';
import type { SectionKind } from './lyrics.ts';
import type { Style } from './style.ts';

/** The MIDI note of a degree. */
export type Scale = (degree: number) => number;

/** Roots of the chords, one a bar, as degrees 0 to 6. */
export type Progression = readonly number[];

const steps = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
} as const;

export function scaleOf(tonic: number, mode: Style['mode']): Scale {
  const intervals = steps[mode];
  return (degree) => {
    const octave = Math.floor(degree / 7);
    return 60 + tonic + 12 * octave + (intervals[degree - 7 * octave] ?? 0);
  };
}

const known = {
  major: {
    verse: [
      [0, 5, 3, 4],
      [0, 3, 0, 4],
      [0, 4, 5, 3],
      [0, 2, 3, 4],
    ],
    chorus: [
      [3, 4, 0, 5],
      [0, 4, 5, 3],
      [5, 3, 0, 4],
    ],
    bridge: [
      [5, 2, 3, 4],
      [3, 0, 1, 4],
    ],
  },
  minor: {
    verse: [
      [0, 5, 2, 6],
      [0, 3, 0, 6],
      [0, 6, 5, 6],
      [0, 2, 6, 3],
    ],
    chorus: [
      [5, 6, 0, 0],
      [0, 5, 2, 6],
      [5, 2, 6, 0],
    ],
    bridge: [
      [3, 6, 2, 5],
      [5, 3, 0, 6],
    ],
  },
} as const;

export function progressionsOf(style: Style): Readonly<Record<SectionKind, Progression>> {
  const draw = chance(`${style.tuneSeed}|chords`);
  const choices = known[style.mode];
  const verse = draw.pick<Progression>(choices.verse);
  const chorus = draw.pick<Progression>(choices.chorus);
  const bridge = draw.pick<Progression>(choices.bridge);
  return { intro: chorus, verse, chorus, bridge, outro: chorus };
}

/** Root of the chord in a bar counted from the start of its section. */
export function rootAt(progression: Progression, bar: number): number {
  return progression[bar % progression.length] ?? 0;
}

/** Root, third and fifth as degrees. */
export function triad(root: number): readonly [number, number, number] {
  return [root, root + 2, root + 4];
}
