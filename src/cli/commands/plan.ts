/** `songbatch plan`: what a run would do and cost. Buys nothing and writes nothing. */
import type { Command } from 'commander';
import { ApiFault } from '../../job/api-fault.ts';
import { planJson, planText } from '../../report/plan-report.ts';
import type { PlanFacts, PlanPrice } from '../../report/plan-report.ts';
import { selectedJobs, takeStock } from '../../run/standing.ts';
import { openStoreReader } from '../../state/sqlite-store.ts';
import type { Batch, BatchFlags } from '../batch.ts';
import { loadBatch, shownPath } from '../batch.ts';
import type { Config } from '../config.ts';
import { loadConfig } from '../config.ts';
import { exitCodes } from '../exit-codes.ts';
import { addBatchFlags, jsonFlag, parseCount, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { chooseService, connect, noAnswer } from '../service.ts';

export interface PlanFlags extends BatchFlags {
  readonly sandbox?: true;
  readonly json?: true;
  readonly limit?: number;
}

const shownJobs = 5;

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
    .option('--limit <n>', `how many jobs to list (default: ${shownJobs})`, parseCount)
    .addHelpText(
      'after',
      `
Examples:
  songbatch plan batch.yaml
  songbatch plan batch.yaml --only clone=vocal --limit 50
  songbatch plan batch.yaml --json --limit 20 | jq .price`,
    )
    .action(async (path: string, flags: PlanFlags) => {
      await showPlan(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}

/** Also what `run --dry-run` does. */
export async function showPlan(
  path: string,
  flags: PlanFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, workingDirectory } = invocation;
  const batch = loadBatch(path, flags, workingDirectory, terminal);
  const config = await loadConfig(workingDirectory);
  const store = openStoreReader(batch.statePath);
  try {
    const { plan, selection, manifest } = batch;
    const { tally, gone } = takeStock(plan, selection, store, manifest.retry);
    const dearest = store?.fact('dearest-song');
    const facts: PlanFacts = {
      plan,
      outputDir: shownPath(batch.outputDir, workingDirectory),
      tally,
      gone,
      price:
        dearest === undefined
          ? await statedPrice(batch, flags, config, invocation)
          : { source: 'batch', perSong: BigInt(dearest) },
      sample: selectedJobs(plan, selection)
        .take(flags.limit ?? shownJobs)
        .toArray(),
    };
    terminal.print(flags.json ? JSON.stringify(planJson(facts), undefined, 2) : planText(facts));
  } finally {
    store?.close();
  }
}

/** A plan must not fail because the price cannot be asked for. */
async function statedPrice(
  { manifest }: Batch,
  flags: PlanFlags,
  config: Config,
  { environment, terminal }: Invocation,
): Promise<PlanPrice> {
  if (!flags.sandbox && !environment['WIRO_API_KEY']) {
    return { source: 'unknown', why: 'WIRO_API_KEY is not set, so the API was not asked' };
  }
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const { tell } = terminal;
  const service = await connect(choice, manifest.limits.requestsPerSecond, { tell });
  const patience = AbortSignal.timeout(service.patience);
  try {
    const { perTask } = await service.api.price(manifest.model, patience);
    return perTask === undefined
      ? { source: 'unknown', why: 'the API does not state one for this model' }
      : { source: 'api', perSong: perTask };
  } catch (error) {
    if (patience.aborted) return { source: 'unknown', why: noAnswer(service) };
    if (error instanceof ApiFault) return { source: 'unknown', why: error.message };
    throw error;
  } finally {
    await service.close();
  }
}
