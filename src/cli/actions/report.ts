/** The work of `songbatch report`: writes the listening page from the state. */
import { loadBatch, shownPath, type PlaceFlags } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import { nothingRunYet } from '../../batch/no-state.ts';
import { withShelf } from '../../batch/with-shelf.ts';
import { writeReport } from '../../batch/write-report.ts';
import { openStoreReader } from '../../state/sqlite-store.ts';
import type { Invocation } from '../invocation.ts';
import { warnOn } from '../warn-on.ts';

export interface ReportFlags extends PlaceFlags {
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
  const store = openStoreReader(batch.statePath);
  if (!store) {
    throw nothingRunYet(shownPath(batch.statePath, workingDirectory));
  }
  try {
    const { index } = await withShelf(batch, store, { ...invocation, config }, (shelf) =>
      writeReport(batch, store, version, {}, shelf),
    );
    terminal.print(flags.json ? JSON.stringify({ index }, undefined, 2) : shownPath(index, workingDirectory)); // prettier-ignore
  } finally {
    store.close();
  }
}
