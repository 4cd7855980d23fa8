/**
 * Something wrong with what the user wrote: where it stands, and what to do about it.
 * Problems are values; all that can be found are found before any is reported.
 */

/** Half-open range of UTF-16 offsets into the text of `file`. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

export interface Problem {
  /** An error refuses the manifest, a warning does not. */
  readonly severity: 'error' | 'warning';
  /** One sentence, no full stop: what is wrong. */
  readonly message: string;
  /** One sentence, no full stop: what to do. */
  readonly hint?: string;
  /** Path as the user would type it. */
  readonly file: string;
  /** Where in `text`; absent when the file itself is the trouble. */
  readonly range?: SourceRange;
  /** The text that `range` points into; absent with it. */
  readonly text?: string;
}

/** A problem in a text of which it is not said yet where it stands. */
export type Flaw = Pick<Problem, 'severity' | 'message' | 'hint'> & { readonly range: SourceRange };

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
