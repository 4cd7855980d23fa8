/**
 * What is played and sung when: the score, in seconds. Nothing here knows about sound.
 */
import type { Style } from '../style/style.ts';
import type { DrumName } from '../style/family.ts';
import type { Syllable } from '../words/syllable.ts';

export interface SungNote {
  readonly start: number;
  readonly seconds: number;
  readonly midi: number;
  /** A turn on a held note: dips to this for a moment. */
  readonly turn?: number;
  /** A second voice sings this beside it. */
  readonly harmony?: number;
  readonly syllable: Syllable;
  /** 0 to 1. */
  readonly velocity: number;
  /** There is a breath before it. */
  readonly opens: boolean;
}

export const bandParts = ['chords', 'pad', 'lead', 'bass'] as const;
export type BandPart = (typeof bandParts)[number];

export interface BandNote {
  readonly part: BandPart;
  readonly start: number;
  readonly seconds: number;
  readonly midi: number;
  /** 0 to 1. */
  readonly velocity: number;
  /** -1 left to 1 right. */
  readonly pan: number;
}

export interface Hit {
  readonly start: number;
  readonly drum: DrumName;
  /** 0 to 1. */
  readonly velocity: number;
}

export interface Score {
  readonly style: Style;
  readonly sung: readonly SungNote[];
  readonly notes: readonly BandNote[];
  readonly hits: readonly Hit[];
  readonly seconds: number;
}

/** Four beats. */
export function barSeconds({ tempo }: Style): number {
  return 240 / tempo;
}

/** When a sixteenth, counted from the start of the song, sounds: off-beat eighths swing. */
export function timeOf(style: Style, sixteenth: number): number {
  const { swing } = style.family;
  const late = sixteenth % 4 === 2 ? swing * 2 : sixteenth % 2 === 1 ? swing : 0;
  return leadIn + ((sixteenth + late) * barSeconds(style)) / 16;
}

/** Seconds before the first beat, so that nothing of its attack is lost. */
const leadIn = 0.05;
