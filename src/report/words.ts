/** How things are said: sizes, times and names, the same in every report. */
import { stripVTControlCharacters } from 'node:util';
import { describeFailure } from '../job/failure.ts';
import type { Failure } from '../job/failure.ts';
import type { SavedFile } from '../job/history.ts';
import type { Measured } from '../job/measures.ts';
import { columnsOfText } from '../manifest/frame.ts';
import type { Tally } from '../run/events.ts';

export { count } from '../job/count.ts';

/** Text from elsewhere made harmless: control and bidirectional characters are seen and not obeyed. */
export function visible(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Text from elsewhere (server messages, labels) for a terminal or a log line: harmless, on one line of
 * bounded length. A command to the service that reads the log, which may stand in mid-line
 * (`##[set-output ...]` of GitHub, `##vso[...]` of Azure), is none any more.
 */
export function printable(text: string, longest = 300): string {
  const inert = text.replaceAll(/##(?=\[|vso\[|teamcity\[)/gi, '# #');
  const line = visible(inert).replace(/[\n\t]/g, ' ');
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

type Colour = 'green' | 'red' | 'yellow' | 'dim';
const codes: Record<Colour, number> = { green: 32, red: 31, yellow: 33, dim: 2 };

export type Paint = (colour: Colour, text: string) => string;

export function painter(hasColour: boolean): Paint {
  return (colour, text) =>
    hasColour && text !== '' ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;
}

/** Lines of words that fit; what goes on is set in. A word that is too long by itself stays whole. */
export function wrapWords(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const lines: string[] = [];
      for (const word of line.split(' ')) {
        const last = lines.at(-1);
        const joined = last === undefined ? undefined : `${last} ${word}`;
        const isFitting =
          joined !== undefined && columnsOfText(stripVTControlCharacters(joined)) <= width;
        if (last === undefined) lines.push(word);
        else if (isFitting) lines[lines.length - 1] = joined;
        else lines.push(`  ${word}`);
      }
      return lines;
    })
    .map((line) => line.trimEnd())
    .join('\n');
}

export function showFailure(failure: Failure): string {
  return printable(describeFailure(failure));
}

/** `934 B`, `412 kB`, `5.1 MB` */
function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `9 s`, `2 min 05 s`, `3 h 20 min` */
export function showDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `fade/pop_s1.wav  13.2 s  2.3 MB` */
export function showFile(file: SavedFile, measured: Measured | undefined): string {
  const measures = measured?.kind === 'measured' ? measured.measures : undefined;
  const seconds = measures?.duration ?? file.duration;
  const duration = seconds === undefined ? '' : `  ${seconds.toFixed(1)} s`;
  const loudness = measures?.loudness === undefined ? '' : `  ${measures.loudness.toFixed(1)} LUFS`;
  return `${printable(file.path)}${duration}${loudness}  ${showBytes(file.bytes)}`;
}

/** `3 done · 2 in flight · 7 waiting`: what is nothing is left out, except "done". */
export function showTally(tally: Tally): string {
  const parts: [number, string][] = [
    [tally.running, 'in flight'],
    [tally.fetching, 'downloading'],
    [tally.doubt, 'in doubt'],
    [tally.failed, 'failed'],
    [tally.waiting, 'waiting'],
  ];
  const others = parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`);
  return [`${tally.done} done`, ...others].join(' · ');
}
