/** When so many jobs fail that buying more would be throwing money after a broken batch. */
import type { Halt } from '../manifest/manifest.ts';
import { count } from './count.ts';

/** A share means nothing before so many jobs have ended. */
const fewest = 10;

/**
 * @param failed jobs of this run that failed
 * @param ended jobs of this run that ended, failed ones included
 * @returns a clause for people; undefined: go on
 */
export function haltReason(
  halt: Halt | undefined,
  failed: number,
  ended: number,
): string | undefined {
  if (halt === undefined) return undefined;
  if ('count' in halt) {
    return failed >= halt.count
      ? `${count(failed, 'job')} failed (halt.failures: ${halt.count})`
      : undefined;
  }
  if (ended < fewest || failed / ended < halt.share) return undefined;
  return `${failed} of ${ended} jobs failed (halt.failures: ${Math.round(halt.share * 100)}%)`;
}
