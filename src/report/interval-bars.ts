/** Confidence intervals as bars of plain characters, on one scale: `   :  ----o----   `. */
import type { Strength } from '../ratings/standings.ts';

/** Columns of a bar. */
const width = 25;

/** A bar for each; blanks where there is no strength. `o` is the strength, `:` the mean of all. */
export function showStrengths(strengths: readonly (Strength | undefined)[]): readonly string[] {
  const known = strengths.filter((one) => one !== undefined);
  const from = Math.min(0, ...known.map(({ low }) => low));
  const to = Math.max(0, ...known.map(({ high }) => high));
  const column = (value: number) =>
    from === to ? 0 : Math.round(((value - from) / (to - from)) * (width - 1));
  return strengths.map((strength) => {
    if (!strength) return ' '.repeat(width);
    const [low, middle, high] = [strength.low, strength.value, strength.high].map(column);
    return Array.from({ length: width }, (_, at) => {
      if (at === middle) return 'o';
      if (at >= (low ?? 0) && at <= (high ?? 0)) return '-';
      return at === column(0) ? ':' : ' ';
    }).join('');
  });
}
