/**
 * Scales and chords. Degrees count the steps of the scale from the tonic near middle C: 0 is the
 * tonic, 7 the tonic an octave up, -1 the step below.
 */
import { chance } from '../random.ts';
import type { Style } from '../style/style.ts';
import type { SectionKind } from '../words/lyrics.ts';

/** The MIDI note of a degree. */
export type Scale = (degree: number) => number;

/** Roots of the chords, one a bar, as degrees 0 to 6. */
export type Progression = readonly number[];

const steps = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
} as const;

export function scaleOf({ tonic, mode }: Style): Scale {
  const intervals = steps[mode];
  return (degree) => {
    const octave = Math.floor(degree / 7);
    return 60 + tonic + 12 * octave + (intervals[degree - 7 * octave] ?? 0);
  };
}

/** Common progressions of popular songs. */
const known = {
  major: {
    verse: [
      [0, 4, 5, 3],
      [0, 5, 3, 4],
      [0, 3, 0, 4],
      [0, 2, 3, 4],
      [5, 3, 0, 4],
    ],
    chorus: [
      [3, 4, 0, 5],
      [0, 4, 5, 3],
      [5, 3, 0, 4],
      [0, 3, 5, 4],
    ],
    bridge: [
      [5, 2, 3, 4],
      [1, 4, 2, 5],
      [3, 2, 1, 4],
    ],
  },
  minor: {
    verse: [
      [0, 5, 2, 6],
      [0, 3, 5, 4],
      [0, 6, 5, 6],
      [0, 0, 5, 6],
    ],
    chorus: [
      [5, 6, 0, 0],
      [0, 5, 2, 6],
      [5, 2, 6, 0],
      [3, 5, 0, 6],
    ],
    bridge: [
      [3, 6, 2, 5],
      [5, 3, 0, 4],
      [3, 0, 5, 4],
    ],
  },
} as const;

export function progressionsOf(style: Style): Readonly<Record<SectionKind, Progression>> {
  const draw = chance(`${style.streams.tune}|chords`);
  const choices = known[style.mode];
  const verse = draw.pick<Progression>(choices.verse);
  const chorus = draw.pick<Progression>(choices.chorus);
  const bridge = draw.pick<Progression>(choices.bridge);
  return {
    intro: chorus,
    verse,
    'pre-chorus': [3, 3, 4, 4],
    chorus,
    bridge,
    interlude: chorus,
    outro: chorus,
  };
}

/** Root, third and fifth as degrees, and the seventh where there is one. */
export function chordOn(root: number, seventh: boolean): readonly number[] {
  return seventh ? [root, root + 2, root + 4, root + 6] : [root, root + 2, root + 4];
}

/** The degree nearest to `from` that is one of `wanted` in any octave; of two, the one nearer `to`. */
export function nearestOf(wanted: readonly number[], from: number, to = from): number {
  let best = from;
  let least = Infinity;
  for (let degree = from - 6; degree <= from + 6; degree++) {
    if (!wanted.some((one) => (degree - one) % 7 === 0)) continue;
    const distance = Math.abs(degree - from) + Math.abs(degree - to) * 0.15;
    if (distance < least) {
      least = distance;
      best = degree;
    }
  }
  return best;
}

/** The degree whose note is nearest to `midi`. */
export function degreeNear(scale: Scale, midi: number): number {
  let best = 0;
  for (let degree = -14; degree <= 14; degree++) {
    if (Math.abs(scale(degree) - midi) < Math.abs(scale(best) - midi)) best = degree;
  }
  return best;
}
