/** The work of `songbatch lint`. */
import { resolve } from 'node:path';
import { lintFile } from '../../batch/lint.ts';
import type { Problem } from '../../manifest/problem.ts';
import { hasErrors } from '../../manifest/problem.ts';
import { lintJson, lintText } from '../../report/lint-report.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

export interface LintFlags {
  readonly strict?: true;
  readonly json?: true;
}

export function lint(
  paths: readonly string[],
  flags: LintFlags,
  { terminal, workingDirectory }: Invocation,
): ExitCode {
  const files = distinct(paths, (path) => resolve(workingDirectory, path));
  const problems = distinct(
    files.flatMap((path) => lintFile(path, workingDirectory)),
    // Lyrics that several manifests name, or that are named themselves too, are told of once.
    ({ file, range, message }: Problem) =>
      JSON.stringify([resolve(workingDirectory, file), range, message]),
  );
  const facts = { files: files.length, problems };
  terminal.print(flags.json ? JSON.stringify(lintJson(facts), undefined, 2) : lintText(facts));
  const isRefused = flags.strict ? problems.length > 0 : hasErrors(problems);
  return isRefused ? exitCodes.refused : exitCodes.done;
}

/** The first of those that are the same. */
function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    return !seen.has(key) && seen.add(key);
  });
}
