/** Warnings about a manifest, in their frames. */
import type { OnWarning } from '../batch/batch.ts';
import { renderProblem } from '../manifest/frame.ts';
import type { Terminal } from './terminal.ts';

export function warnOn({ tell }: Terminal): OnWarning {
  return (warning) => {
    tell(renderProblem(warning));
  };
}
