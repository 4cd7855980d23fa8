/** Warnings about a manifest, in their frames. */
import type { OnWarning } from '../batch/batch.ts';
import { renderProblem } from '../manifest/frame.ts';
import type { Surroundings } from '../batch/surroundings.ts';

export function warnOn({ tell }: Pick<Surroundings, 'tell'>): OnWarning {
  return (warning) => {
    tell(renderProblem(warning), 'warn');
  };
}
