/**
 * A run at a glance, for the few lines that stand at the bottom of a terminal. They hold our own words and
 * numbers only: a character is a column, whatever names and messages the songs and the API have.
 */
import { stripVTControlCharacters } from 'node:util';
import type { Tally } from '../run/events.ts';
import { moneyParts, paceParts, standingParts, submissionParts } from './progress-words.ts';
import type { RunView } from './run-picture.ts';
import type { Paint } from './words.ts';

const longestBar = 20;

/** As many lines as fit, the most important first. */
export function liveBlock(
  view: RunView,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  paint: Paint,
): string[] {
  // One column is left free: some terminals wrap a line that is full.
  const width = Math.max(1, columns - 1);
  const groups = [
    [progressBar(view.tally, Math.min(longestBar, width - 6), paint), ...standingParts(view)],
    paceParts(view),
    moneyParts(view),
    submissionParts(view),
  ];
  // A row is for the cursor, one for what scrolls past.
  return groups.flatMap((parts) => fill(parts, width)).slice(0, Math.max(1, rows - 2));
}

/** `██████▒▒░░░░ 42 %`: done, failed, in flight, waiting. */
function progressBar(tally: Tally, width: number, paint: Paint): string {
  const { jobs, done, failed, running, fetching, doubt } = tally;
  const ended = jobs === 0 ? 1 : (done + failed) / jobs;
  const percent = `${Math.floor(ended * 100)} %`;
  if (width < 4) return percent;
  // Whatever the tally says, a bar is no reason for a run to end.
  const cellsUpTo = (part: number) =>
    jobs === 0 ? width : Math.min(width, Math.max(0, Math.floor((part / jobs) * width)));
  const full = cellsUpTo(done);
  const lost = Math.max(0, cellsUpTo(done + failed) - full);
  const all = cellsUpTo(done + failed + running + fetching + doubt);
  const begun = Math.max(0, all - full - lost);
  const bar = [
    paint('green', '█'.repeat(full)),
    paint('red', '█'.repeat(lost)),
    '▒'.repeat(begun),
    paint('dim', '░'.repeat(width - full - lost - begun)),
  ];
  return `${bar.join('')} ${percent}`;
}

/** Parts that belong together, on as few lines as they need. What is too long by itself is cut. */
function fill(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? undefined : `${last} · ${part}`;
    if (joined !== undefined && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(widthOf(part) <= width ? part : `${part.slice(0, width - 1)}…`);
  }
  return lines;
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
