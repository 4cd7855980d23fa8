/** Finds its way in lists that are sorted by time. */

/** Index of the last entry that is not after the time; -1 where all are. */
export function lastUntil<Entry>(
  sorted: { readonly length: number; readonly [index: number]: Entry },
  timeOf: (entry: Entry) => number,
  time: number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = sorted[middle];
    if (entry !== undefined && timeOf(entry) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
