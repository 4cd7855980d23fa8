/** `songbatch merge`: makes one batch of what shards have made. */
import type { Command } from 'commander';
import type { MergeFlags } from '../actions/merge.ts';
import { jsonFlag, parsePath } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addMergeCommand(program: Command, invocation: Invocation): void {
  program
    .command('merge')
    .summary('make one output folder of those of several shards')
    .description(
      'Merges output folders of one batch that were run apart (songbatch run --shard i/n --out ...): their states, songs, metadata and checksums. Afterwards a run of the whole batch with --out into that folder buys nothing that any of them has bought, and goes on with what is in flight. The folders are left as they are. Songs are hard-linked where that is possible and copied where not; each is checked against its hash. Buys nothing and asks nobody.',
    )
    .argument('<folders...>', 'output folders of runs that have ended')
    .requiredOption(
      '--into <folder>',
      'output folder of the whole batch: a new one, one of an earlier merge, or one of these',
      parsePath,
    )
    .option(
      '--prefer <folder>',
      'where two folders contradict each other about a job, take what this one has',
      parsePath,
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Exit codes:
  0    merged
  2    refused, and nothing was written: the folders contradict each other, are of different
       batches or accounts, or a run is going on in one of them
  3    the disk would not have it: the same command goes on

Examples:
  songbatch run batch.yaml --shard 1/2 --out out-1      # on one machine
  songbatch run batch.yaml --shard 2/2 --out out-2      # on another
  songbatch merge out-1 out-2 --into out
  songbatch run batch.yaml --out out                    # nothing is left to buy`,
    )
    .action(async (folders: readonly string[], flags: MergeFlags) => {
      invocation.terminal.outliveReaders(invocation.tell);
      const { merge } = await import('../actions/merge.ts');
      invocation.exitWith(await merge(folders, flags, invocation));
    });
}
