/** Warnings: about a manifest in their frames, about the environment in a line. */
import type { OnWarning } from '../batch/batch.ts';
import { misspeltVariables } from '../batch/variables.ts';
import { renderProblem, visible } from '../manifest/frame.ts';
import type { Surroundings } from '../batch/surroundings.ts';

export function warnOn({ tell }: Pick<Surroundings, 'tell'>): OnWarning {
  return (warning) => {
    tell(renderProblem(warning), 'warn');
  };
}

export function warnOfVariables({ environment, tell }: Surroundings): void {
  for (const { name, meant } of misspeltVariables(environment)) {
    tell(`warning: ${visible(name)} means nothing to songbatch: did you mean ${meant}?`, 'warn');
  }
}
