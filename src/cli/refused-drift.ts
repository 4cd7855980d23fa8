/** `--plan`: why a batch is not run that is not what somebody has approved. */
import type { Batch } from '../batch/batch.ts';
import type { PlanFile } from '../batch/plan-file.ts';
import { UsageError } from '../batch/usage-error.ts';
import { showCoordinates } from '../plan/candidates.ts';
import type { Drift } from '../plan/drift.ts';
import { driftJson, driftText } from '../report/drift-report.ts';
import type { Terminal } from './terminal.ts';

/** The error to throw. With `--json` the differences are printed for machines, too. */
export function refusedDrift(
  { shownAs }: PlanFile,
  drift: Drift,
  batch: Batch,
  { json }: { readonly json?: true },
  terminal: Terminal,
): UsageError {
  if (json) terminal.print(JSON.stringify(driftJson(drift, shownAs), undefined, 2));
  const differences = driftText(drift, (ids) => coordinatesOf(batch, ids));
  return new UsageError(
    `this is not what ${shownAs} approves:\n${differences}`,
    `nothing is bought until it is approved anew: songbatch plan ${batch.shownAs} --save ${shownAs}`,
  );
}

function coordinatesOf(batch: Batch, ids: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (ids.size === 0) return found;
  for (const { id, coordinates } of batch.plan.planned()) {
    if (ids.has(id)) found.set(id, showCoordinates(coordinates));
    if (found.size === ids.size) break;
  }
  return found;
}
