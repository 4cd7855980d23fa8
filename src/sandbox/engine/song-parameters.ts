/**
 * What the engine is asked for: the inputs of the model, with the page's defaults filled in.
 * Two Runs with equal song parameters are the same song, to the last bit.
 */
export interface SongParameters {
  /** Sections headed by `[verse]`, `[chorus]`, ... */
  readonly lyrics: string;
  /** Names the reference song: its URL or, if it was uploaded here, its content. '' is none. */
  readonly reference: string;
  /** What is taken from the reference. */
  readonly clone: 'vocal' | 'instrumental' | 'both';
  readonly genre: readonly string[];
  readonly instrument: readonly string[];
  readonly mood: readonly string[];
  readonly gender: readonly string[];
  readonly timbre: readonly string[];
  readonly seed: string;
}
