/** `songbatch status`: where a batch stands, read from its state; also while a run goes on. */
import type { Command } from 'commander';
import { statusJson, statusText } from '../../report/status-report.ts';
import { takeStock } from '../../run/standing.ts';
import { openStoreReader } from '../../state/sqlite-store.ts';
import type { BatchFlags } from '../batch.ts';
import { loadBatch } from '../batch.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

interface StatusFlags extends BatchFlags {
  readonly json?: true;
}

export function addStatusCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('status')
    .summary('show where a batch stands')
    .description(
      'Shows where a batch stands: what is done, in flight and in doubt, what failed and why, what it has cost. Reads the state file only; asks nobody.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addBatchFlags(command)
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch status batch.yaml
  songbatch status batch.yaml --json | jq '.failed[].failure'`,
    )
    .action((path: string, flags: StatusFlags) => {
      const { terminal, workingDirectory } = invocation;
      const batch = loadBatch(path, flags, workingDirectory, terminal);
      const store = openStoreReader(batch.statePath);
      try {
        const { plan, selection, manifest, statePath } = batch;
        const stock = takeStock(plan, selection, store, manifest.retry);
        const facts = { manifest, statePath, store, now: Date.now(), ...stock };
        terminal.print(
          flags.json ? JSON.stringify(statusJson(facts), undefined, 2) : statusText(facts),
        );
        invocation.exitWith(exitCodes.done);
      } finally {
        store?.close();
      }
    });
}
