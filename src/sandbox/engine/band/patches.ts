/**
 * The instruments of the band, as data for the three ways in which their sounds are made: partials that
 * ring (`struck.ts`), strings that are plucked (`plucked.ts`), and oscillators behind a filter
 * (`filtered.ts`). Figures were set by ear and eye against recordings; those of struck bars are the
 * modes of a free bar (1 : 2.76 : 5.40 : 8.93; Fletcher and Rossing, The Physics of Musical Instruments).
 */
export interface Struck {
  readonly kind: 'struck';
  /** Frequency as a multiple of the note's, level, and seconds until it has fallen to 1/e. */
  readonly partials: readonly (readonly [ratio: number, level: number, seconds: number])[];
  /** Seconds of the decay hold for the C below middle C; they halve every so many semitones. */
  readonly halvesEvery?: number;
  readonly attack: number;
  readonly release: number;
  readonly level: number;
}

export interface Plucked {
  readonly kind: 'plucked';
  /** 0 steel to 1 felt: how fast the high partials go. */
  readonly damping: number;
  /** Until the string has fallen by 60 dB, in seconds. */
  readonly seconds: number;
  readonly release: number;
  readonly level: number;
  /** Depth in semitones and speed in Hz of a slide or shake; none if left out. */
  readonly vibrato?: number;
}

export interface Filtered {
  readonly kind: 'filtered';
  readonly oscillators: 1 | 2 | 3;
  /** Cents from the lowest to the highest oscillator. */
  readonly detune: number;
  /** Levels of a saw-tooth and of a square wave. */
  readonly saw: number;
  readonly square: number;
  /** Seconds; and the level, 0 to 1, on which a held note settles. */
  readonly attack: number;
  readonly decay: number;
  readonly sustain: number;
  readonly release: number;
  /** Of the low-pass, in Hz, and how far above it the filter opens at first, as a factor. */
  readonly cutoff: number;
  readonly opening: number;
  /** Damping of the filter: 1 is none too resonant, 0.5 sings. */
  readonly damping: number;
  /** 0 none to 1.5 strong. */
  readonly vibrato: number;
  readonly level: number;
}

export type Patch = Struck | Plucked | Filtered;

const string: Plucked = {
  kind: 'plucked',
  damping: 0.35,
  seconds: 3.5,
  release: 0.12,
  level: 0.34,
};
const bowed: Filtered = {
  kind: 'filtered',
  oscillators: 3,
  detune: 20,
  saw: 1,
  square: 0,
  attack: 0.14,
  decay: 2,
  sustain: 0.9,
  release: 0.35,
  cutoff: 1700,
  opening: 0,
  damping: 1,
  vibrato: 1,
  level: 0.3,
};
const blown: Filtered = {
  ...bowed,
  attack: 0.045,
  decay: 0.3,
  sustain: 0.75,
  release: 0.1,
  detune: 12,
  cutoff: 1300,
  opening: 1.2,
  damping: 0.9,
  vibrato: 0.6,
};
const keyed: Filtered = {
  ...bowed,
  detune: 26,
  attack: 0.004,
  decay: 0.25,
  sustain: 0.5,
  release: 0.12,
  opening: 2.5,
  damping: 0.7,
  vibrato: 0,
};

const bandPatches = {
  piano: {
    kind: 'struck',
    partials: [
      [1.0002, 1, 3],
      [2.0016, 0.6, 2.3],
      [3.005, 0.38, 1.8],
      [4.013, 0.26, 1.5],
      [5.025, 0.16, 1.3],
      [6.043, 0.11, 1.1],
      [7.068, 0.06, 1],
      [9.144, 0.04, 0.8],
    ],
    halvesEvery: 18,
    attack: 0.002,
    release: 0.25,
    level: 0.16,
  },
  'electric piano': {
    kind: 'struck',
    partials: [
      [1, 1, 1.6],
      [2, 0.18, 1],
      [4, 0.1, 0.5],
      [14.05, 0.06, 0.08],
    ],
    attack: 0.002,
    release: 0.2,
    level: 0.24,
  },
  bell: {
    kind: 'struck',
    partials: [
      [1, 1, 1.4],
      [2.76, 0.5, 0.6],
      [5.4, 0.25, 0.3],
      [8.93, 0.12, 0.15],
    ],
    attack: 0.001,
    release: 0.8,
    level: 0.18,
  },
  mallets: {
    kind: 'struck',
    partials: [
      [1, 1, 0.5],
      [3.93, 0.28, 0.14],
      [9.2, 0.1, 0.05],
    ],
    attack: 0.001,
    release: 0.4,
    level: 0.26,
  },
  organ: {
    kind: 'struck',
    partials: [
      [0.5, 0.5, 99],
      [1, 1, 99],
      [1.5, 0.4, 99],
      [2, 0.6, 99],
      [3, 0.3, 99],
      [4, 0.25, 99],
    ],
    attack: 0.01,
    release: 0.06,
    level: 0.09,
  },
  guitar: string,
  'nylon guitar': { ...string, damping: 0.5, seconds: 2.6 },
  banjo: { ...string, damping: 0.15, seconds: 1.1, release: 0.05 },
  harp: { ...string, damping: 0.3, seconds: 5, release: 1.2 },
  oud: { ...string, damping: 0.28, seconds: 1.6, release: 0.15, vibrato: 0.12 },
  harpsichord: { ...string, damping: 0.08, seconds: 3, release: 0.06, level: 0.3 },
  'electric guitar': { ...string, damping: 0.25, seconds: 6, release: 0.06, level: 0.4 },
  'slide guitar': { ...string, damping: 0.22, seconds: 5, release: 0.1, vibrato: 0.35 },
  strings: bowed,
  fiddle: { ...bowed, oscillators: 1, detune: 0, attack: 0.07, vibrato: 1.4, cutoff: 2400 },
  pad: { ...bowed, saw: 0.8, square: 0.2, attack: 0.3, release: 0.6, cutoff: 800, vibrato: 0 },
  choir: { ...bowed, attack: 0.22, release: 0.5, cutoff: 950, damping: 0.45, vibrato: 1.3 },
  synth: { ...keyed, cutoff: 1800 },
  pluck: {
    ...keyed,
    oscillators: 2,
    detune: 16,
    saw: 0.7,
    square: 0.3,
    attack: 0.002,
    decay: 0.12,
    sustain: 0,
    release: 0.15,
    cutoff: 900,
    opening: 5,
    damping: 0.6,
    level: 0.4,
  },
  accordion: { ...blown, saw: 0.4, square: 0.6, sustain: 0.9, cutoff: 2200, opening: 0 },
  brass: blown,
  trumpet: { ...blown, oscillators: 1, detune: 0, cutoff: 1700, opening: 1.8 },
  saxophone: { ...blown, oscillators: 1, saw: 0.7, square: 0.4, cutoff: 1400, vibrato: 1.1 },
  oboe: {
    ...blown,
    oscillators: 1,
    saw: 0.3,
    square: 0.7,
    cutoff: 2600,
    opening: 0.2,
    damping: 0.6,
  },
  flute: {
    ...blown,
    oscillators: 1,
    saw: 0.25,
    square: 0.5,
    sustain: 0.9,
    cutoff: 700,
    opening: 0.3,
    damping: 1,
    vibrato: 1.3,
    level: 0.45,
  },
  chip: {
    ...keyed,
    oscillators: 1,
    saw: 0,
    square: 1,
    sustain: 0.7,
    release: 0.02,
    cutoff: 9000,
    opening: 0,
    damping: 1,
    level: 0.22,
  },
} as const satisfies Readonly<Record<string, Patch>>;

const bassPatches = {
  'fingered bass': {
    ...keyed,
    oscillators: 1,
    saw: 0.8,
    square: 0.3,
    decay: 0.5,
    sustain: 0.6,
    release: 0.06,
    cutoff: 380,
    opening: 3,
    damping: 0.9,
    level: 0.62,
  },
  'upright bass': { ...string, damping: 0.6, seconds: 1.6, release: 0.1, level: 0.8 },
  'bowed bass': { ...bowed, cutoff: 700, level: 0.5 },
  'saw bass': {
    ...keyed,
    oscillators: 2,
    detune: 14,
    decay: 0.2,
    sustain: 0.6,
    release: 0.05,
    cutoff: 300,
    opening: 6,
    damping: 0.6,
    level: 0.6,
  },
  'sub bass': {
    kind: 'struck',
    partials: [
      [1, 1, 3],
      [2, 0.22, 0.8],
      [3, 0.1, 0.4],
    ],
    attack: 0.004,
    release: 0.08,
    level: 0.5,
  },
  'chip bass': {
    ...keyed,
    oscillators: 1,
    saw: 0,
    square: 1,
    cutoff: 4000,
    opening: 0,
    level: 0.3,
  },
} as const satisfies Readonly<Record<string, Patch>>;

export type PatchName = keyof typeof bandPatches;
export type BassName = keyof typeof bassPatches;

export const patches: Readonly<Record<PatchName | BassName, Patch>> = {
  ...bandPatches,
  ...bassPatches,
};
