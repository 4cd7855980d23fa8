/** `songbatch retry`: wants failed or cancelled jobs again. Buys nothing by itself; `run` does. */
import type { Command } from 'commander';
import type { RetryFlags } from '../actions/retry.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addRetryCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('retry')
    .summary('want failed or cancelled jobs again, at the next run')
    .description(
      'Marks jobs so that the next run tries them again, with as many attempts as the manifest grants. Where a song was paid for but could not be had, its task is looked at once more, and nothing is bought. Buys nothing itself.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addEngineFlags(addBatchFlags(command))
    .option('--failed', 'jobs that failed (this is the default)')
    .option('--cancelled', 'jobs that you cancelled')
    .option(
      '--billed',
      'also jobs whose attempt was billed although it failed: they are bought anew',
    )
    .addOption(sandboxFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch retry batch.yaml && songbatch run batch.yaml
  songbatch retry batch.yaml --cancelled --only tags=dream-pop`,
    )
    .action(async (path: string, flags: RetryFlags) => {
      invocation.terminal.outliveReaders(invocation.tell);
      const { reopen } = await import('../actions/retry.ts');
      await reopen(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
