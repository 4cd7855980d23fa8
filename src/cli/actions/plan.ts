/** The work of `songbatch plan`: reads the manifest and the state, asks for the price, and shows it all. */
import { policyOf } from '../../job/next-step.ts';
import { ApiFault } from '../../job/api-fault.ts';
import { planJson, planText } from '../../report/plan-report.ts';
import type { PlanFacts, PlanPrice } from '../../report/plan-report.ts';
import { selectedJobs, takeStock } from '../../run/standing.ts';
import { openStoreReader } from '../../state/sqlite-store.ts';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import type { Batch, BatchFlags } from '../../batch/batch.ts';
import { loadDescribedBatch, shownPath } from '../../batch/batch.ts';
import type { Config } from '../../batch/config.ts';
import { loadConfig } from '../../batch/config.ts';
import type { Invocation } from '../invocation.ts';
import { warnOfVariables, warnOn } from '../warn-on.ts';
import { chooseService, connect, noAnswer, serviceName } from '../../batch/service.ts';

export interface PlanFlags extends BatchFlags {
  readonly sandbox?: true;
  readonly json?: true;
  /** How many jobs are listed. */
  readonly limit: number;
}

/** Also what `run --dry-run` does. */
export async function showPlan(
  path: string,
  flags: PlanFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, workingDirectory } = invocation;
  const ask = askAboutModel(flags, invocation);
  const config = await loadConfig(invocation);
  warnOfVariables(invocation);
  const place = { ...invocation, config };
  const batch = await loadDescribedBatch(path, flags, place, warnOn(terminal), ask);
  if (batch.refusal) throw batch.refusal;
  // What a run would refuse is not shown as bought.
  const service = serviceName(flags.sandbox ?? false, config, invocation.environment);
  const store = openStoreReader(batch.statePath, { name: batch.manifest.name, service });
  try {
    const { plan, selection, manifest } = batch;
    const { tally, gone } = takeStock(plan, selection, store, policyOf(manifest));
    const dearest = store?.fact('dearest-song');
    const facts: PlanFacts = {
      plan,
      shownAs: batch.shownAs,
      outputDir: shownPath(batch.outputDir, workingDirectory),
      tally,
      gone,
      price:
        dearest === undefined
          ? await statedPrice(batch, flags, config, invocation)
          : { source: 'batch', perSong: BigInt(dearest) },
      sample: selectedJobs(plan, selection).take(flags.limit).toArray(),
    };
    terminal.print(flags.json ? JSON.stringify(planJson(facts), undefined, 2) : planText(facts));
  } finally {
    store?.close();
  }
}

/** A plan must not fail because the price cannot be asked for. */
async function statedPrice(
  { manifest, model }: Batch,
  flags: PlanFlags,
  config: Config,
  { environment, terminal }: Invocation,
): Promise<PlanPrice> {
  if (!flags.sandbox && !environment['WIRO_API_KEY']) {
    return { source: 'unknown', why: 'WIRO_API_KEY is not set, so the API was not asked' };
  }
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const { tell } = terminal;
  const service = await connect(choice, manifest.limits.requestsPerSecond, {
    tell,
    models: [model],
  });
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
