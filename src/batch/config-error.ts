/** The configuration cannot be used; every problem that was found, rendered together. Exit code 2. */
import type { Problem } from '../manifest/problem.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}
