/**
 * Where problems are collected while a manifest is read, and how they speak of what is written.
 */
import { hasErrors, type Flaw, type Problem, type SourceRange } from './problem.ts';

export interface Findings {
  readonly error: (range: SourceRange, message: string, hint?: string) => void;
  readonly warn: (range: SourceRange, message: string, hint?: string) => void;
  /** An error of the file as a whole. */
  readonly refuse: (message: string, hint?: string) => void;
  /** Something found in another file that the manifest names. */
  readonly inFile: (file: string, text: string, flaw: Flaw) => void;
  readonly hasErrors: () => boolean;
  /** The manifest's own first, each file by position; the same thing is told once. */
  readonly sorted: () => readonly Problem[];
}

/** @param file the manifest's path as typed */
export function collectFindings(file: string, text: string): Findings {
  const problems: Problem[] = [];
  const add = (
    severity: Problem['severity'],
    range: SourceRange,
    message: string,
    hint: string | undefined,
  ): void => {
    problems.push({ severity, message, ...(hint !== undefined && { hint }), file, range, text });
  };
  return {
    error: (range, message, hint) => {
      add('error', range, message, hint);
    },
    warn: (range, message, hint) => {
      add('warning', range, message, hint);
    },
    refuse: (message, hint) => {
      problems.push({ severity: 'error', message, ...(hint !== undefined && { hint }), file });
    },
    inFile: (other, otherText, flaw) => {
      problems.push({ ...flaw, file: other, text: otherText });
    },
    hasErrors: () => hasErrors(problems),
    sorted: () =>
      bounded(once(problems.toSorted((a, b) => rank(a) - rank(b) || place(a, b))), file),
  };

  function rank(problem: Problem): number {
    return problem.file === file ? 0 : 1;
  }
}

function place(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.range?.start ?? -1) - (b.range?.start ?? -1);
}

/** Nobody reads more; a manifest made by a broken script can have half a million. */
const mostTold = 100;

function bounded(problems: readonly Problem[], file: string): readonly Problem[] {
  if (problems.length <= mostTold) return problems;
  const rest = problems.slice(mostTold);
  const severity = hasErrors(rest) ? 'error' : 'warning';
  return [
    ...problems.slice(0, mostTold),
    { severity, message: `${rest.length} more problems are not shown`, file },
  ];
}

/** An alias or a file named twice meets the same check twice. */
function once(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ file, range, message }) => {
    const key = JSON.stringify([file, range?.start, range?.end, message]);
    return !seen.has(key) && seen.add(key);
  });
}

/** What somebody wrote, within a sentence: in quotes, and cut where it is long. */
export function quoted(text: string): string {
  const points = Array.from(text.slice(0, 200));
  const short = points.length > 60 || text.length > 200;
  return `"${short ? `${points.slice(0, 59).join('')}…` : text}"`;
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[], joint: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1) ?? ''}`;
}
