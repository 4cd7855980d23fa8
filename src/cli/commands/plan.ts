/** `songbatch plan`: what a run would do and cost. Buys nothing and writes nothing. */
import type { Command } from 'commander';
import type { PlanFlags } from '../actions/plan.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag, parseCount, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

/** Unless told otherwise. */
export const shownJobs = 5;

export function addPlanCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('plan')
    .summary('show what a run would do and cost')
    .description(
      'Shows what a run of this manifest would do and cost, beside what has been done already.\nBuys nothing, writes nothing. Without WIRO_API_KEY the price is that of this batch so far, if any.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addBatchFlags(command)
    .addOption(sandboxFlag())
    .addOption(jsonFlag())
    .option('--limit <n>', 'how many jobs to list', parseCount, shownJobs)
    .addHelpText(
      'after',
      `
Examples:
  songbatch plan batch.yaml
  songbatch plan batch.yaml --only clone=vocal --limit 50
  songbatch plan batch.yaml --json --limit 20 | jq .price`,
    )
    .action(async (path: string, flags: PlanFlags) => {
      const { showPlan } = await import('../actions/plan.ts');
      await showPlan(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
