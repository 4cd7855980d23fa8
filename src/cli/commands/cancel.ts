/** `songbatch cancel`: stops what is in flight on the server, and brings home what ended meanwhile. */
import type { Command } from 'commander';
import type { RunOutcome } from '../../run/events.ts';
import { cancelBatch } from '../../run/run.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { WorkFlags, Workplace } from '../work-on-batch.ts';
import { addWorkFlags, workOnBatch } from '../work-on-batch.ts';

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
  songbatch cancel batch.yaml && songbatch retry batch.yaml --cancelled`,
    )
    .action(async (path: string, flags: WorkFlags) => {
      const work = (workplace: Workplace) => stop(workplace, flags);
      // Its listener's port may be taken by another run; there is little to wait for here.
      const quiet = { ...flags, webhook: 'none' };
      invocation.exitWith(await workOnBatch(path, quiet, invocation, work, exitCodeOf));
    });
}

function stop(
  { batch, limits, ports, interrupt }: Workplace,
  { settleGrace }: WorkFlags,
): Promise<RunOutcome> {
  const { plan, selection } = batch;
  const settings = { plan, selection, tasks: limits.tasks, settleGrace, resubmitUnknown: false };
  return cancelBatch(settings, ports, interrupt);
}

/** What was asked for is done when nothing is in flight any more. */
function exitCodeOf({ tally }: RunOutcome): ExitCode {
  const open = tally.doubt + tally.running + tally.fetching;
  return open > 0 ? exitCodes.stopped : exitCodes.done;
}
