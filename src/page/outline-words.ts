/** The outline of a song in words, for people who do not see it. */
import { showTime } from './words.ts';

/** Parts in which loud and quiet are told apart. */
const parts = 24;
/** Of the loudest part: quieter is quiet. */
const quiet = 0.35;
/** Of full scale: quieter is nothing. */
const silent = 0.004;

/**
 * `quiet start, loudest at 0:21, fades out`
 * @param outline lows and highs by turns, from -1 to 1
 */
export function describeOutline(outline: Float32Array, seconds: number): string {
  const levels = levelsOf(outline);
  const loudest = Math.max(...levels);
  if (loudest < silent) return 'silent';
  const at = levels.indexOf(loudest);
  const isQuiet = (level: number | undefined) => (level ?? 0) < quiet * loudest;
  const pauses = levels.slice(1, -1).filter((level) => level < silent).length;
  const said = [
    ...(isQuiet(levels[0]) ? ['quiet start'] : []),
    `loudest at ${showTime(((at + 0.5) / parts) * seconds)}`,
    ...(pauses > 0 ? ['with silence inside'] : []),
    ...(isQuiet(levels.at(-1)) ? ['quiet end'] : []),
  ];
  return levels.every((level) => level > 0.7 * loudest)
    ? 'evenly loud throughout'
    : said.join(', ');
}

/** Mean height of each part. */
function levelsOf(outline: Float32Array): readonly number[] {
  const stretches = outline.length / 2;
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * stretches) / parts);
    const to = Math.floor(((part + 1) * stretches) / parts);
    let sum = 0;
    for (let at = from; at < to; at++) sum += (outline[2 * at + 1] ?? 0) - (outline[2 * at] ?? 0);
    return sum / 2 / (to - from);
  });
}
