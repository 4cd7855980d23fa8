/** The manifest cannot be run; every problem that was found, rendered together. Exit code 2. */
import type { Problem } from '../manifest/problem.ts';

export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    super(errors.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}
