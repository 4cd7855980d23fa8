/**
 * How phonemes are formed by a grown man: formants in Hz, durations in seconds. Vowels after Peterson
 * and Barney (1952), consonants after the tables of Klatt (1980), both moved by trial until the words
 * were understood when sung.
 */
import type { Consonant, Vowel } from '../words/syllable.ts';

/** The first three resonances of the throat, in Hz. */
export type Formants = readonly [number, number, number];

/** Two bands of hiss: centre and width in Hz, and level. */
export interface Hiss {
  readonly level: number;
  readonly bands: readonly [Band, Band];
}
type Band = readonly [centre: number, width: number, level: number];

export interface VowelSound {
  readonly from: Formants;
  /** Where a diphthong glides to. */
  readonly to?: Formants;
}

export const vowelSounds: Readonly<Record<Vowel, VowelSound>> = {
  IY: { from: [285, 2250, 3000] },
  IH: { from: [400, 1950, 2560] },
  EY: { from: [470, 1850, 2520], to: [320, 2150, 2750] },
  EH: { from: [540, 1800, 2500] },
  AE: { from: [680, 1700, 2420] },
  AA: { from: [760, 1130, 2500] },
  AO: { from: [570, 860, 2450] },
  AH: { from: [640, 1200, 2500] },
  AX: { from: [520, 1400, 2500] },
  OW: { from: [520, 960, 2350], to: [370, 800, 2300] },
  UH: { from: [450, 1050, 2300] },
  UW: { from: [320, 900, 2250] },
  ER: { from: [480, 1320, 1680] },
  AY: { from: [720, 1220, 2520], to: [370, 2050, 2650] },
  AW: { from: [720, 1250, 2500], to: [420, 880, 2300] },
  OY: { from: [520, 880, 2400], to: [350, 1980, 2550] },
};

interface Formed {
  readonly formants: Formants;
  readonly seconds: number;
}

export type ConsonantSound = Formed &
  (
    | { readonly manner: 'glide' | 'nasal' | 'breath' }
    /** Air through a narrow place, a stop that bursts, or both in turn. */
    | {
        readonly manner: 'fricative' | 'stop' | 'affricate';
        readonly voiced: boolean;
        readonly hiss: Hiss;
      }
  );

const hissOf = (level: number, first: Band, second: Band): Hiss => ({
  level,
  bands: [first, second],
});
const sharp = (level: number): Hiss => hissOf(level, [6800, 1800, 1], [4700, 1200, 0.35]);
const hushing = (level: number): Hiss => hissOf(level, [2900, 700, 1], [4600, 1400, 0.7]);

export const consonantSounds: Readonly<Record<Consonant, ConsonantSound>> = {
  W: { manner: 'glide', formants: [300, 640, 2200], seconds: 0.07 },
  Y: { manner: 'glide', formants: [270, 2200, 3000], seconds: 0.06 },
  R: { manner: 'glide', formants: [330, 1080, 1450], seconds: 0.075 },
  L: { manner: 'glide', formants: [340, 1080, 2800], seconds: 0.065 },
  M: { manner: 'nasal', formants: [270, 1050, 2150], seconds: 0.075 },
  N: { manner: 'nasal', formants: [270, 1500, 2500], seconds: 0.07 },
  NG: { manner: 'nasal', formants: [270, 1950, 2650], seconds: 0.075 },
  HH: { manner: 'breath', formants: [500, 1500, 2500], seconds: 0.075 },
  F: {
    manner: 'fricative',
    voiced: false,
    formants: [340, 1100, 2100],
    seconds: 0.1,
    hiss: hissOf(0.16, [7200, 5000, 0.6], [1600, 1500, 0.25]),
  },
  V: {
    manner: 'fricative',
    voiced: true,
    formants: [300, 1100, 2100],
    seconds: 0.065,
    hiss: hissOf(0.07, [7000, 5000, 0.5], [1600, 1500, 0.2]),
  },
  TH: {
    manner: 'fricative',
    voiced: false,
    formants: [320, 1300, 2550],
    seconds: 0.1,
    hiss: hissOf(0.14, [8000, 4000, 0.6], [1500, 1500, 0.15]),
  },
  DH: {
    manner: 'fricative',
    voiced: true,
    formants: [290, 1350, 2550],
    seconds: 0.05,
    hiss: hissOf(0.05, [7500, 4000, 0.5], [1500, 1500, 0.1]),
  },
  S: {
    manner: 'fricative',
    voiced: false,
    formants: [320, 1500, 2550],
    seconds: 0.115,
    hiss: sharp(0.34),
  },
  Z: {
    manner: 'fricative',
    voiced: true,
    formants: [280, 1500, 2550],
    seconds: 0.08,
    hiss: sharp(0.17),
  },
  SH: {
    manner: 'fricative',
    voiced: false,
    formants: [300, 1850, 2750],
    seconds: 0.12,
    hiss: hushing(0.3),
  },
  ZH: {
    manner: 'fricative',
    voiced: true,
    formants: [280, 1850, 2750],
    seconds: 0.08,
    hiss: hushing(0.15),
  },
  P: {
    manner: 'stop',
    voiced: false,
    formants: [260, 850, 2100],
    seconds: 0.1,
    hiss: hissOf(0.3, [1100, 900, 1], [5000, 5000, 0.3]),
  },
  B: {
    manner: 'stop',
    voiced: true,
    formants: [240, 900, 2100],
    seconds: 0.075,
    hiss: hissOf(0.22, [900, 800, 1], [4000, 4000, 0.2]),
  },
  T: {
    manner: 'stop',
    voiced: false,
    formants: [280, 1800, 2650],
    seconds: 0.1,
    hiss: hissOf(0.4, [4600, 2000, 1], [7500, 3000, 0.7]),
  },
  D: {
    manner: 'stop',
    voiced: true,
    formants: [250, 1800, 2650],
    seconds: 0.07,
    hiss: hissOf(0.26, [4200, 1800, 1], [7000, 3000, 0.5]),
  },
  K: {
    manner: 'stop',
    voiced: false,
    formants: [280, 1900, 2400],
    seconds: 0.105,
    hiss: hissOf(0.42, [2100, 500, 1], [5000, 3000, 0.25]),
  },
  G: {
    manner: 'stop',
    voiced: true,
    formants: [250, 1900, 2400],
    seconds: 0.08,
    hiss: hissOf(0.3, [2000, 500, 1], [4800, 3000, 0.2]),
  },
  CH: {
    manner: 'affricate',
    voiced: false,
    formants: [300, 1850, 2750],
    seconds: 0.13,
    hiss: hissOf(0.36, [3000, 800, 1], [4700, 1500, 0.7]),
  },
  JH: {
    manner: 'affricate',
    voiced: true,
    formants: [270, 1850, 2750],
    seconds: 0.09,
    hiss: hissOf(0.2, [3000, 800, 1], [4700, 1500, 0.7]),
  },
};
