/**
 * How a song is to be rendered. By itself, so that the server need not load the engine to say it.
 */
import type { SongFormat } from './encode/format.ts';

export interface Rendering {
  readonly format: SongFormat;
  /** Seconds after which no line of lyrics begins: it ends memory and time, too. */
  readonly longest: number;
}

/** What is made unless something else is asked for. */
export const usualRendering: Rendering = { format: 'wav', longest: 360 };
