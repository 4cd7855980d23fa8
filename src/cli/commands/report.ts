/** `songbatch report`: the listening page of a batch. */
import type { Command } from 'commander';
import type { ReportFlags } from '../actions/report.ts';
import { exitCodes } from '../exit-codes.ts';
import { addPlaceFlags, jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addReportCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('report')
    .summary('write the page on which a batch is listened to')
    .description(
      'Writes report/index.html into the output folder: a page that plays the songs of the matrix side by side, compares them blind, ranks them and shows the numbers of the run. It needs no server and no network. Every run writes it at its end; this command writes it at any time, also while a run goes on. Reads the state, buys nothing, asks nobody.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addPlaceFlags(command)
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch report batch.yaml
  songbatch report batch.yaml --json | jq -r .index`,
    )
    .action(async (path: string, flags: ReportFlags) => {
      const { writeListeningPage } = await import('../actions/report.ts');
      await writeListeningPage(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
