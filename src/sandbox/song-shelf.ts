/**
 * The bytes of songs. A few are kept in memory, the rest is made again when it is asked for: the
 * engine gives the same bytes for the same parameters.
 */
import { hash } from 'node:crypto';

import type { SongFormat } from './engine/encode/format.ts';
import type { RenderedSong } from './engine/pool.ts';
import type { Output, Task } from './task.ts';
import type { FinishedSong } from './workshop.ts';

/** Bytes kept in memory: a dozen songs. One song is always kept, however long. */
const room = 128 * 1024 * 1024;

export interface SongShelf {
  /** Makes a task's song and keeps it for a while. */
  readonly render: (task: Task) => Promise<FinishedSong>;
  /** The bytes of an output; undefined when the engine of today makes another song of it. */
  readonly fetch: (task: Task, output: Output) => Promise<Uint8Array | undefined>;
}

interface Kept extends FinishedSong {
  readonly file: Uint8Array;
}

/** @param format of songs that are new; one that was made keeps its own */
export function createSongShelf(
  make: (task: Task, format: SongFormat) => Promise<RenderedSong>,
  format: SongFormat,
): SongShelf {
  /** Least recently used first. */
  const kept = new Map<string, Kept>();
  const making = new Map<string, Promise<Kept>>();
  let used = 0;

  const keep = (id: string, song: Kept): void => {
    used += song.file.length - (kept.get(id)?.file.length ?? 0);
    kept.delete(id);
    kept.set(id, song);
    for (const [oldest, { file }] of kept) {
      if (used <= room || oldest === id) break;
      kept.delete(oldest);
      used -= file.length;
    }
  };

  const makeKept = async (task: Task, format: SongFormat): Promise<Kept> => {
    const { file, seconds } = await make(task, format);
    const song = { file, seconds, bytes: file.length, sha256: hash('sha256', file), format };
    keep(task.id, song);
    return song;
  };

  /** Whoever wants a song that is being made waits for that one. */
  const find = async (task: Task, format: SongFormat): Promise<Kept> => {
    const known = kept.get(task.id);
    if (known) {
      keep(task.id, known);
      return known;
    }
    const coming =
      making.get(task.id) ?? makeKept(task, format).finally(() => making.delete(task.id));
    making.set(task.id, coming);
    return coming;
  };

  return {
    render: (task) => find(task, format),
    fetch: async (task, output) => {
      const song = await find(task, output.format ?? 'wav');
      return song.sha256 === output.sha256 ? song.file : undefined;
    },
  };
}
