/**
 * Tells whether a state has changed, without opening it: whoever waits for a change for hours must not hold
 * a connection all the while, for a run that ends could not fold its log in then. (`PRAGMA data_version`,
 * SQLite's own word for this, needs one.)
 */
import { realpathSync, statSync } from 'node:fs';

/** How coarse the times of any file system are, at most, in milliseconds: FAT's are two seconds. */
const coarsest = 2_000;

/**
 * Another text whenever the state is another: after every commit, and when it comes into being, is replaced
 * or goes away. Of two commits within one step of the file system's clock the second may leave the first's
 * times behind; so a file that was written just now is marked as such, and gets another mark later.
 *
 * @param now milliseconds since 1970, by the clock of the file system
 */
export function stateMark(path: string, now: number): string {
  const file = realOf(path);
  return [file, `${file}-wal`].map((each) => fileMark(each, now)).join(' ');
}

function fileMark(path: string, now: number): string {
  try {
    const { ino, size, mtimeNs, mtimeMs } = statSync(path, { bigint: true });
    const isFresh = Math.abs(now - Number(mtimeMs)) < coarsest;
    return `${ino}:${size}:${mtimeNs}${isFresh ? ':fresh' : ''}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'none';
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
