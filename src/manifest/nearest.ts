/** What somebody may have meant: the known words that are nearest to an unknown one. */

/** Words longer than this are compared by their beginnings. */
const longest = 80;

/** The `count` candidates with the smallest distance, nearest first; upper and lower case are one. */
export function nearest(
  word: string,
  candidates: readonly string[],
  count: number,
): readonly string[] {
  return ranked(word, candidates)
    .slice(0, count)
    .map((found) => found.candidate);
}

/** The nearest candidate if it is near enough to be meant: a typing error or two away. */
export function likely(word: string, candidates: readonly string[]): string | undefined {
  const [first] = ranked(word, candidates);
  return first && first.distance <= Math.max(1, Math.floor(word.length / 3))
    ? first.candidate
    : undefined;
}

/** The same as a hint for a problem. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const candidate = likely(word, candidates);
  return candidate === undefined ? undefined : `did you mean "${candidate}"?`;
}

function ranked(
  word: string,
  candidates: readonly string[],
): { candidate: string; distance: number }[] {
  const folded = word.slice(0, longest).toLowerCase();
  return candidates
    .map((candidate) => ({
      candidate,
      distance: distance(folded, candidate.slice(0, longest).toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other
 * (optimal string alignment, three rows at a time).
 */
export function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
