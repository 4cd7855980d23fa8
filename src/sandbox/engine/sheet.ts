/**
 * The sheet that composing writes: notes, sung notes and drum hits, all in seconds, and the grid of
 * sixteenths that they stand on.
 */
import type { DrumName } from './genre.ts';
import type { Vowel } from './lyrics.ts';
import type { PatchName } from './patches.ts';
import type { Style } from './style.ts';

export interface Note {
  readonly start: number;
  readonly seconds: number;
  readonly midi: number;
  /** 0 to 1. */
  readonly velocity: number;
  /** -1 left to 1 right. */
  readonly pan: number;
  readonly patch: PatchName | 'bass';
}

export interface SungNote {
  readonly start: number;
  readonly seconds: number;
  readonly midi: number;
  readonly velocity: number;
  readonly vowel: Vowel;
  readonly noisy: boolean;
}

export interface Hit {
  readonly start: number;
  readonly drum: DrumName;
  readonly velocity: number;
}

export interface Sheet {
  readonly style: Style;
  readonly sung: SungNote[];
  readonly notes: Note[];
  readonly hits: Hit[];
}

/** Four beats. */
export function barSeconds(style: Style): number {
  return 240 / style.tempo;
}

/** When a sixteenth, counted from the start of the song, sounds: off-beat eighths swing. */
export function timeOf(style: Style, sixteenth: number): number {
  const { swing } = style.family;
  const late = sixteenth % 4 === 2 ? swing * 2 : sixteenth % 2 === 1 ? swing : 0;
  return ((sixteenth + late) * barSeconds(style)) / 16;
}
