/** The work of `songbatch cancel`. */
import type { RunOutcome } from '../../run/events.ts';
import { cancelBatch, type RunSettings } from '../../run/run.ts';
import { keepStock } from '../../run/standing.ts';
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
  const work: Work = {
    here: (workplace, interrupt) =>
      cancelBatch(settingsOf(workplace, flags), workplace.ports, interrupt),
    atEngine: async (workplace, interrupt) => {
      const { superviseCancel } = await import('../../batch/engine/supervise.ts');
      const { batch, store, policy } = workplace;
      const stock = await keepStock(batch.plan, batch.selection, store, policy);
      return superviseCancel(workplace, settingsOf(workplace, flags), interrupt, stock);
    },
  };
  // Ports to listen on may be taken by another run; there is little to wait for here.
  const quiet = { ...flags, webhook: 'none', metrics: 'none' } as const;
  return workOnBatch(path, quiet, invocation, work, exitCodeOf, { buys: false });
}

function settingsOf(
  { batch, limits }: Pick<Workplace, 'batch' | 'limits'>,
  { settleGrace }: WorkFlags,
): RunSettings {
  const { plan, selection } = batch;
  return { plan, selection, tasks: limits.tasks, settleGrace, resubmitUnknown: false };
}

/** What was asked for is done when nothing is in flight any more. */
function exitCodeOf({ tally }: RunOutcome): ExitCode {
  const open = tally.doubt + tally.running + tally.fetching;
  return open > 0 ? exitCodes.stopped : exitCodes.done;
}
