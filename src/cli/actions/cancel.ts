/** The work of `songbatch cancel`. */
import type { RunOutcome } from '../../run/events.ts';
import { cancelBatch, type RunSettings } from '../../run/run.ts';
import { keepStock } from '../../run/standing.ts';
import { loadBatch } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import type { EngineAddress } from '../../batch/engine-address.ts';
import { baseUrlOf, saidBaseUrl } from '../../batch/service.ts';
import { StateError } from '../../state/state-error.ts';
import { engineAddressIfSaid } from '../engine-flags.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { Workplace } from '../../batch/workplace.ts';
import type { Work, WorkFlags } from '../work-on-batch.ts';
import { workOnBatch } from '../work-on-batch.ts';

export async function stopTasks(
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
  try {
    // A song that is here is as it should be, whoever has listened to it: the next run does.
    const order = { buys: false, measures: false };
    return await workOnBatch(path, quiet, invocation, work, exitCodeOf, order);
  } catch (error) {
    const engine = engineAddressIfSaid(flags, invocation.environment);
    if (!engine || !(error instanceof StateError) || error.kind !== 'running') throw error;
    return cancelAnothers(engine, path, flags, invocation);
  }
}

/** Somebody follows the batch, perhaps on another machine: that run brings it to its end. */
async function cancelAnothers(
  engine: EngineAddress,
  path: string,
  flags: WorkFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { environment, terminal, tell } = invocation;
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, () => undefined);
  const { readAtEngine } = await import('../../batch/engine/engine-workplace.ts');
  const { cancelFollowed } = await import('../../batch/engine/cancel-followed.ts');
  const service = baseUrlOf(saidBaseUrl(config, environment).value);
  tell('a run follows this batch: it is told, and sees to what has ended');
  const interrupt = listenForInterrupt('leave', tell);
  try {
    const left = await readAtEngine(engine, batch, service, invocation, (found) =>
      found ? cancelFollowed(found, interrupt.signal) : 0,
    );
    if (flags.json) terminal.print(JSON.stringify({ left }));
    else terminal.print(left === 0 ? 'nothing is in flight any more' : `${left} still in flight`);
    return left === 0 ? exitCodes.done : exitCodes.stopped;
  } finally {
    interrupt.stopListening();
  }
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
