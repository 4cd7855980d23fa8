/** Ears: measure any file of sound, beside whatever else goes on. The entrance to this folder. */
import type { Measured } from '../job/measures.ts';
import type { Heard } from './measure-file.ts';
import { createListenerPool } from './pool.ts';

export interface Ears {
  /**
   * What is wrong with the file comes as a value: this rejects with the signal's reason only.
   * @param path of a file that does not change meanwhile
   */
  readonly measure: (path: string, signal: AbortSignal) => Promise<Measured>;
  /** The same, with the outline of the wave and a spectrogram, where the file could be measured. */
  readonly portray: (path: string, signal: AbortSignal) => Promise<Heard>;
  readonly close: () => Promise<void>;
}

export interface EarsOptions {
  /** Files measured at once at most; a thread each. */
  readonly workers: number;
  /** Absolute path of the program, for M4A and AAC; without it these are not measured. */
  readonly ffmpeg?: string | undefined;
  /** Milliseconds without progress after which a decoder counts as hung. */
  readonly patience?: number;
}

export function createEars({ workers, ffmpeg, patience }: EarsOptions): Ears {
  const pool = createListenerPool({ size: workers, ...(patience !== undefined && { patience }) });
  const hear = (path: string, wantsPictures: boolean, signal: AbortSignal) =>
    pool.hear({ path, wantsPictures, ...(ffmpeg !== undefined && { ffmpeg }) }, signal);
  return {
    measure: async (path, signal) => (await hear(path, false, signal)).measured,
    portray: (path, signal) => hear(path, true, signal),
    close: pool.close,
  };
}
