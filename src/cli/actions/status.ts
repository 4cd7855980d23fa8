/** The work of `songbatch status`: reads the state and shows where the batch stands. */
import { policyOf } from '../../job/next-step.ts';
import { statusJson, statusText } from '../../report/status-report.ts';
import { takeStock } from '../../run/standing.ts';
import type { BatchFlags } from '../../batch/batch.ts';
import { loadBatch } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import type { EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { readState } from '../read-state.ts';
import { warnOn } from '../warn-on.ts';

export interface StatusFlags extends BatchFlags, EngineFlags {
  readonly json?: true;
}

export async function showStatus(
  path: string,
  flags: StatusFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal } = invocation;
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  await readState(batch, flags, config, invocation, (store, engine) => {
    const { plan, selection, manifest, shownAs, statePath } = batch;
    const stock = takeStock(plan, selection, store, policyOf(manifest));
    const facts = { manifest, shownAs, statePath, store, now: Date.now(), ...stock };
    const all = { ...facts, ...(engine && { engine }) };
    terminal.print(flags.json ? JSON.stringify(statusJson(all), undefined, 2) : statusText(all));
  });
}
