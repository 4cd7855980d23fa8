/**
 * A page of the documentation as something that can be followed. The first words after the fence of a
 * block of code say what it is:
 *
 *     ```yaml batch.yaml        a file: it is written
 *     ```sh                     commands: bash runs them, and they succeed
 *     ```sh exit=3              the last of them ends with this code
 *     ```console                commands behind "$ ", and what they print; "…" stands for anything
 *
 * Blocks of any other kind (`text`, or YAML without a file name) are to be read only.
 */
import { readFileSync } from 'node:fs';

export type Block =
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly text: string }
  | {
      readonly kind: 'commands';
      readonly line: number;
      readonly script: string;
      readonly exitCode: number;
    }
  | { readonly kind: 'transcript'; readonly line: number; readonly steps: readonly Step[] };

export interface Step {
  readonly command: string;
  /** What it prints, to both streams. */
  readonly expected: string;
}

const fence = /^```(\S+)(?: ([^\n]*))?\n([\s\S]*?)^```$/gm;

export function readPage(path: string): readonly Block[] {
  const page = readFileSync(path, 'utf8');
  return [...page.matchAll(fence)].flatMap((match) => {
    const [, language = '', rest = '', text = ''] = match;
    const line = page.slice(0, match.index).split('\n').length;
    return blockOf(language, rest, text, line) ?? [];
  });
}

function blockOf(language: string, rest: string, text: string, line: number): Block | undefined {
  switch (language) {
    case 'sh': {
      const exitCode = Number(/^exit=(\d+)$/.exec(rest)?.[1] ?? '0');
      return { kind: 'commands', line, script: text, exitCode };
    }
    case 'console':
      return { kind: 'transcript', line, steps: stepsOf(text) };
    default:
      return rest === '' ? undefined : { kind: 'file', line, path: rest, text };
  }
}

function stepsOf(text: string): readonly Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const end = step.indexOf('\n');
      return { command: step.slice(0, end), expected: step.slice(end + 1) };
    });
}

/** What is printed, as a pattern: "…" on a line of its own stands for any lines, within one for any text. */
export function patternOf(expected: string): RegExp {
  const source = expected
    .split('\n')
    .map((line) => (line === '…' ? '(?:.*\n)*' : `${line.split('…').map(escape).join('.*')}\n`))
    .join('');
  return new RegExp(`^${source.replace(/\n$/, '')}$`);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
