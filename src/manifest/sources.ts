/**
 * What reading a manifest needs from the disk, as a value: `manifest/` itself touches none.
 * Paths are absolute. `cli/disk-sources.ts` implements it.
 */
import type { LocalFile } from './parameters.ts';

/** Why a file cannot be had: one clause without a full stop, for the user to read. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Bytes: Wiro takes no larger upload, so a larger reference song is unreadable. */
export const largestReference = 100_000_000;

export interface Sources {
  /** Absolute paths of the files that match a glob, sorted by code point; none is an empty list. */
  readonly glob: (pattern: string, base: string) => readonly string[];
  /** The text of a small UTF-8 file (at most `maxBytes`), without a byte order mark. */
  readonly readText: (path: string, maxBytes: number) => string | Unreadable;
  /**
   * Hash and size of a song of at most `largestReference` bytes; larger ones are not read. What is no
   * mp3, wav or m4a by its content (`audio-content.ts`) is unreadable.
   */
  readonly identify: (path: string) => LocalFile | Unreadable;
}
