/** `songbatch status`: where a batch stands, read from its state; also while a run goes on. */
import type { Command } from 'commander';
import type { StatusFlags } from '../actions/status.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addStatusCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('status')
    .summary('show where a batch stands')
    .description(
      'Shows where a batch stands: what is done, in flight and in doubt, what failed and why, what it has cost. Reads the state file only; asks nobody.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addEngineFlags(addBatchFlags(command))
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch status batch.yaml
  songbatch status batch.yaml --json | jq '.failed[].failure'
  songbatch status batch.yaml --json | jq -r '.inFlight[] | [.taskId, .acceptedAt, .output] | @tsv'

What is in the JSON tells "songbatch schema status".`,
    )
    .action(async (path: string, flags: StatusFlags) => {
      const { showStatus } = await import('../actions/status.ts');
      await showStatus(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
