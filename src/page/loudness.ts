/**
 * Songs that are compared are played equally loud, or the louder one wins. A page that was opened from a
 * disk cannot amplify (Web Audio gets silence from `file:`), only turn down: so all come down to a common
 * level, which the quieter ones of the batch still reach.
 */
import type { Song } from './batch.ts';
import { showLufs } from './words.ts';

/** LUFS. A song below it stays as it is, for its sake the others would be turned down to a whisper. */
const quietest = -30;

/** LUFS to which songs are turned down; undefined where none was measured. */
export function commonLevel(songs: Iterable<Song>): number | undefined {
  let level: number | undefined;
  for (const { loudness } of songs) {
    if (loudness === undefined || loudness < quietest) continue;
    level = Math.min(level ?? loudness, loudness);
  }
  return level;
}

/** Volume from 0 to 1. One that was not measured plays as it is. */
export function matchedVolume({ loudness }: Song, level: number | undefined): number {
  if (loudness === undefined || level === undefined) return 1;
  return Math.min(1, 10 ** ((level - loudness) / 20));
}

/** Whether it is heard at the level. */
export function isMatched({ loudness }: Song, level: number | undefined): boolean {
  return loudness !== undefined && level !== undefined && loudness >= level;
}

/** How loud it is played, for people. */
export function describeMatch({ loudness }: Song, level: number | undefined): string {
  if (level === undefined) return 'as it is';
  if (loudness === undefined) return 'as it is: its loudness was not measured';
  if (loudness < level) return `as it is: quieter than ${showLufs(level)}`;
  return `at ${showLufs(level)}`;
}
