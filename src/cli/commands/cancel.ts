/** `songbatch cancel`: stops what is in flight on the server, and brings home what ended meanwhile. */
import type { Command } from 'commander';
import { addWorkFlags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import type { WorkFlags } from '../work-on-batch.ts';

export function addCancelCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('cancel')
    .summary('stop the tasks of a batch that are in flight')
    .description(
      'Asks the API to cancel queued tasks of the batch and to kill running ones, settles submissions in doubt first, and says what became of each. A song that was finished before it could be stopped is paid for, and is downloaded.\nJobs that were cancelled stay so: songbatch retry --cancelled wants them again. A run that is still going on is ended with Ctrl-C (--on-interrupt cancel).',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addWorkFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  songbatch cancel batch.yaml
  songbatch cancel batch.yaml && songbatch retry batch.yaml --cancelled

What --json prints tells "songbatch schema summary".`,
    )
    .action(async (path: string, flags: WorkFlags) => {
      const { stopTasks } = await import('../actions/cancel.ts');
      invocation.exitWith(await stopTasks(path, flags, invocation));
    });
}
