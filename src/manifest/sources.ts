/**
 * What reading a manifest needs from the disk, as a value: `manifest/` itself touches none.
 * Paths are absolute. `cli/disk-sources.ts` implements it.
 */
import type { LocalFile } from './parameters.ts';

/** Why a file cannot be had: one clause without a full stop, for the user to read. */
export interface Unreadable {
  readonly unreadable: string;
}

/** A file that was looked for. */
export interface FoundText {
  /** Absolute. */
  readonly path: string;
  readonly text: string | Unreadable;
}

/** Bytes: Wiro takes no larger upload, so a larger reference song is unreadable. */
export const largestReference = 100_000_000;

export interface Sources {
  /** Absolute paths of the files that match a glob, sorted by code point; none is an empty list. */
  readonly glob: (pattern: string, base: string) => readonly string[];
  /** The text of a small UTF-8 file (at most `maxBytes`), without a byte order mark. */
  readonly readText: (path: string, maxBytes: number) => string | Unreadable;
  /**
   * The file that describes a model (`model-file.ts`), nearest to a folder: in it or in one above it.
   * Undefined where there is none.
   *
   * @param model `owner/model`, lower case; a name for which `isModelName` holds
   */
  readonly modelFile: (model: string, base: string) => FoundText | undefined;
  /**
   * Hash and size of a song of at most `largestReference` bytes; larger ones are not read. What is no
   * mp3, wav or m4a by its content (`audio-content.ts`) is unreadable.
   */
  readonly identify: (path: string) => LocalFile | Unreadable;
}
