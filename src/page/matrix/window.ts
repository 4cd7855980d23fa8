/** Which lines and columns of a matrix are in sight: only these are in the document. */

export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Beyond what is in sight on either side, so that scrolling meets what is drawn already. */
const margin = 2;

/**
 * @param scrolled pixels that are scrolled away
 * @param visible pixels in sight
 * @param size pixels of each of `count`
 */
export function inSight(scrolled: number, visible: number, size: number, count: number): Range {
  const first = Math.floor(scrolled / size);
  const end = Math.ceil((scrolled + visible) / size);
  const within = (at: number) => Math.max(0, Math.min(count, at));
  return { from: within(first - margin), to: within(end + margin) };
}

/** Where to scroll so that one of them is wholly in sight, no further than needed. */
export function scrollTo(at: number, scrolled: number, visible: number, size: number): number {
  const start = at * size;
  if (start < scrolled || size > visible) return start;
  return Math.max(scrolled, start + size - visible);
}

/** What is drawn: what is in sight, and the one that has the focus wherever it is, which must not lose it. */
export function drawn({ from, to }: Range, focused: number, count: number): readonly number[] {
  const range = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  if (focused >= count || focused < 0) return range;
  if (focused < from) return [focused, ...range];
  return focused >= to ? [...range, focused] : range;
}
