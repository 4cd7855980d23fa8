/** Which of a job's files is its song: it may bring others beside it, or, of another model, pictures and texts alone. */
import type { SavedFile } from './history.ts';

/**
 * The place of the one that is listened to and rated; -1 where there is nothing to hear. The sound of a film can be
 * heard, and some songs come in its container.
 */
export function placeOfSong(files: readonly SavedFile[]): number {
  const placeOf = (kind: string) =>
    files.findIndex(({ mediaType }) => mediaType.startsWith(`${kind}/`));
  const audio = placeOf('audio');
  return audio === -1 ? placeOf('video') : audio;
}
