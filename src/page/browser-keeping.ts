/** Keeps one's own ratings in this browser: all there is for a page that was opened from a disk. */
import { parseRatings, type Ratings } from '../ratings/ratings.ts';
import type { Keeping } from './ratings-book.ts';

export function keepInBrowser(batch: string): Keeping {
  // Pages that were opened from disks share one storage.
  const key = `songbatch ratings ${batch}`;
  return {
    kept: readKept(key),
    keep: (own) => {
      try {
        localStorage.setItem(key, JSON.stringify(own));
        return undefined;
      } catch {
        return 'this browser does not keep them: export them before you close this page';
      }
    },
    attach: ({ replace }) => {
      // Another tab has written: without this one's next rating would wipe what was rated there.
      addEventListener('storage', (event) => {
        const kept = event.key === key ? readKept(key) : undefined;
        if (kept) replace(kept);
      });
    },
  };
}

function readKept(key: string): Ratings | undefined {
  try {
    const read = parseRatings(JSON.parse(localStorage.getItem(key) ?? 'null'));
    return 'problem' in read ? undefined : read;
  } catch {
    return undefined;
  }
}
