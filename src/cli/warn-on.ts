/** Warnings: about a manifest in their frames, about the environment in a line. */
import type { OnWarning } from '../batch/batch.ts';
import { misspeltVariables } from '../batch/variables.ts';
import { renderProblem, visible } from '../manifest/frame.ts';
import type { Invocation } from './invocation.ts';
import type { Terminal } from './terminal.ts';

export function warnOn({ tell }: Terminal): OnWarning {
  return (warning) => {
    tell(renderProblem(warning));
  };
}

export function warnOfVariables({ environment, tell }: Invocation): void {
  for (const { name, meant } of misspeltVariables(environment)) {
    tell(`warning: ${visible(name)} means nothing to songbatch: did you mean ${meant}?`);
  }
}
