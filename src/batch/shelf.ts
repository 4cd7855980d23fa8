/**
 * Where the songs of a batch are when they are done, and all that is written beside them: the output folder
 * itself, or a bucket.
 */
import type { SavedFile } from '../job/history.ts';
import { lookFor, type LookedFor } from '../outputs/presence.ts';

export interface Shelf {
  /** Whether each of these songs is there, in their order. Lazy: there may be a million of them. */
  readonly lookFor: <File extends SavedFile>(
    files: Iterable<File>,
  ) => AsyncIterable<readonly LookedFor<File>[]>;
  /** Has the outlines of these songs (by SHA-256) on this machine, where others have made them. Throws `OutputError`. */
  readonly bringOutlines: (songs: Iterable<string>) => Promise<void>;
  /** Puts files there that were written in the output folder. Throws `OutputError`. */
  readonly publish: (names: readonly string[]) => Promise<void>;
  /** The same for the listening page, and all that it loads. */
  readonly publishPage: () => Promise<void>;
}

/** @param dir the output folder, absolute: what was written there is there */
export function diskShelf(dir: string): Shelf {
  return {
    lookFor: (files) => lookFor(dir, files),
    bringOutlines: () => Promise.resolve(),
    publish: () => Promise.resolve(),
    publishPage: () => Promise.resolve(),
  };
}
