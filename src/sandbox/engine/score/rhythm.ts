/**
 * When the syllables of a line begin. Of all ways to spread them over the places of the line, the
 * one is taken that puts stressed syllables on strong beats, keeps words together and breathes at
 * commas: a shortest path, found place by place.
 */
import { chance } from '../random.ts';
import type { Syllable } from '../words/syllable.ts';
import type { Line } from './form.ts';

/** How strong a sixteenth of the bar is, 0 to 1. */
export function beatWeight(sixteenth: number): number {
  const place = sixteenth % 16;
  if (place === 0) return 1;
  if (place === 8) return 0.85;
  if (place % 4 === 0) return 0.65;
  return place % 2 === 0 ? 0.4 : 0.1;
}

/** Places in a line: eighths or sixteenths. */
export function placesIn({ bars, step }: Line): number {
  return (bars * 16) / step;
}

/** @param stream that lines with the same rhythm have in common */
export function onsetsOf(line: Line, stream: string): number[] {
  const { syllables, step } = line;
  const count = syllables.length;
  const all = placesIn(line);
  // The rest of the line is for breath.
  const usable = Math.max(count, Math.floor(all * (count > all * 0.75 ? 0.97 : 0.86) + 0.5));
  const draw = chance(stream);
  const taste = Array.from({ length: usable }, () => draw.next() * 0.55);
  const merit = (syllable: Syllable, place: number): number =>
    beatWeight(place * step) * (0.25 + syllable.stress * 0.6) + (taste[place] ?? 0);

  // best[place]: what the syllables so far are worth if the latest begins there.
  let best = taste.map((_, place) =>
    syllables[0] && place <= usable - count ? merit(syllables[0], place) - place * 0.18 : -Infinity,
  );
  const cameFrom: number[][] = [];
  for (let i = 1; i < count; i++) {
    const [before, syllable] = [syllables[i - 1], syllables[i]];
    if (!before || !syllable) break;
    const wanted = (usable / count) * (before.then === 'pause' ? 1.7 : 1);
    const next = new Array<number>(usable).fill(-Infinity);
    const from = new Array<number>(usable).fill(0);
    for (let place = i; place <= usable - (count - i); place++) {
      for (let earlier = i - 1; earlier < place; earlier++) {
        const gap = place - earlier - wanted;
        const torn = gap > 0 && before.then === 'word' ? 2 : 1;
        const worth = (best[earlier] ?? -Infinity) - gap * gap * 0.12 * torn;
        if (worth > (next[place] ?? -Infinity)) {
          next[place] = worth;
          from[place] = earlier;
        }
      }
      next[place] = (next[place] ?? -Infinity) + merit(syllable, place);
    }
    cameFrom.push(from);
    best = next;
  }
  return walkBack(best, cameFrom);
}

function walkBack(last: readonly number[], cameFrom: readonly (readonly number[])[]): number[] {
  let place = last.indexOf(last.reduce((a, b) => (b > a ? b : a), -Infinity));
  const onsets = [place];
  for (const from of cameFrom.toReversed()) {
    place = from[place] ?? 0;
    onsets.push(place);
  }
  return onsets.reverse();
}
