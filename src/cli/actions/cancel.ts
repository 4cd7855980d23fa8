/** The work of `songbatch cancel`. */
import type { RunOutcome } from '../../run/events.ts';
import { cancelBatch } from '../../run/run.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { Workplace } from '../../batch/workplace.ts';
import type { Work, WorkFlags } from '../work-on-batch.ts';
import { workOnBatch } from '../work-on-batch.ts';

export function stopTasks(
  path: string,
  flags: WorkFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const work: Work = (workplace, interrupt) => stop(workplace, flags, interrupt);
  // Ports to listen on may be taken by another run; there is little to wait for here.
  const quiet = { ...flags, webhook: 'none', metrics: 'none' } as const;
  return workOnBatch(path, quiet, invocation, work, exitCodeOf, { buys: false });
}

function stop(
  { batch, limits, ports }: Workplace,
  { settleGrace }: WorkFlags,
  interrupt: AbortSignal,
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
