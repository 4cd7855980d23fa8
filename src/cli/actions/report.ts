/** The work of `songbatch report`: writes the listening page from the state. */
import { loadBatch, shownPath, type PlaceFlags } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import { stateFileOf } from '../../batch/keeper.ts';
import { nothingRunYet } from '../../batch/no-state.ts';
import { withShelf } from '../../batch/with-shelf.ts';
import { writeReport } from '../../batch/write-report.ts';
import type { EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { readState } from '../read-state.ts';
import { warnOn } from '../warn-on.ts';

export interface ReportFlags extends PlaceFlags, EngineFlags {
  readonly json?: true;
}

export interface ServeFlags extends ReportFlags {
  readonly port?: number;
  readonly listener?: string;
}

export async function writeListeningPage(
  path: string,
  flags: ReportFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, workingDirectory, version } = invocation;
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  await readState(batch, flags, config, invocation, async (store, engine) => {
    if (!store) {
      throw nothingRunYet(engine?.address ?? shownPath(batch.statePath, workingDirectory));
    }
    const keeper = engine
      ? ({ kind: 'engine', shownAs: engine.address, hasBatch: true } as const)
      : stateFileOf(batch, workingDirectory);
    const { index } = await withShelf(batch, store, { ...invocation, config, keeper }, (shelf) =>
      writeReport(batch, store, version, {}, shelf),
    );
    terminal.print(flags.json ? JSON.stringify({ index }, undefined, 2) : shownPath(index, workingDirectory)); // prettier-ignore
  });
}
