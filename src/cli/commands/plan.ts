/** `songbatch plan`: what a run would do and cost. Buys nothing and writes nothing. */
import type { Command } from 'commander';
import type { PlanFlags } from '../actions/plan.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag, parseCount, parseMoney, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

/** Unless told otherwise. */
export const shownJobs = 5;

export function addPlanCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('plan')
    .summary('show what a run would do and cost')
    .description(
      'Shows what a run of this manifest would do, cost and take, beside what has been done already.\nBuys nothing, and writes nothing but the file of --save. Without WIRO_API_KEY the price is that of this batch so far, if any.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addEngineFlags(addBatchFlags(command))
    .addOption(sandboxFlag())
    .addOption(jsonFlag())
    .option('--tasks <n>', 'tasks in flight at most, instead of limits.tasks', parseCount)
    .option('--budget <usd>', 'what the batch may cost, instead of limits.budget', parseMoney)
    .option('--limit <n>', 'how many jobs to list', parseCount, shownJobs)
    .option('--save <file>', 'keep the plan, for somebody to approve: run --plan holds to it')
    .addHelpText(
      'after',
      `
+ to buy, ~ in flight, ? in doubt, = done, ! failed, - no longer in the manifest. The jobs that are shown
are a sample that differs on every axis; --json lists the first ones.

A saved plan (schemas/plan.schema.json) is made to be read in a pull request: which songs may be bought, where
they go, what they cost at most. Equal plans are equal files. "songbatch run --plan" refuses when the manifest,
the service or the price has drifted from it; what it approves is the run's budget.

Examples:
  songbatch plan batch.yaml
  songbatch plan batch.yaml --only clone=vocal --limit 50
  songbatch plan batch.yaml --save plan.json
  songbatch plan batch.yaml --json --limit 20 | jq .price
  songbatch plan batch.yaml --json | jq -e '.selected.waiting > 0'     anything to buy?

What --json prints tells "songbatch schema plan-report".`,
    )
    .action(async (path: string, flags: PlanFlags) => {
      const { showPlan } = await import('../actions/plan.ts');
      await showPlan(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
