/** What is told where there is no state, and there has to be one. */
import { UsageError } from './usage-error.ts';

export function nothingRunYet(statePath: string): UsageError {
  return new UsageError(
    `nothing has been run yet: there is no state at ${statePath}`,
    'the manifest, --out, --state and --date are to be those of the run that is meant',
  );
}
