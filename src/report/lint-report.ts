/** What is wrong with files that somebody wrote: for people in frames, for machines as JSON. */
import { positionIn, renderProblem } from '../manifest/frame.ts';
import type { Problem } from '../manifest/problem.ts';
import { count } from './words.ts';

export interface LintFacts {
  /** How many were named; what a manifest names is not counted. */
  readonly files: number;
  readonly problems: readonly Problem[];
}

export function lintText({ files, problems }: LintFacts): string {
  const { errors, warnings } = tallyOf(problems);
  const found = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  const summary = found.length > 0 ? found.join(', ') : 'no problems';
  return [
    ...problems.map((problem) => `${renderProblem(problem)}\n`),
    `${count(files, 'file')}: ${summary}`,
  ].join('\n');
}

/** See schemas/lint.schema.json. */
export function lintJson({ files, problems }: LintFacts): object {
  return { files, ...tallyOf(problems), problems: problems.map(problemJson) };
}

function tallyOf(problems: readonly Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}

function problemJson({ file, range, text, severity, message, hint }: Problem): object {
  return {
    file,
    ...(range && text !== undefined && placeJson(text, range.start, range.end)),
    severity,
    message,
    ...(hint !== undefined && { hint }),
  };
}

function placeJson(text: string, from: number, to: number): object {
  const [start, end] = [positionIn(text, from), positionIn(text, to)];
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
