/** The work of `songbatch plan`: reads the manifest and the state, asks for the price, and shows it all. */
import type { Today } from '../../batch/approval.ts';
import { holdAgainst, planFolder } from '../../batch/approval.ts';
import { askAboutModel } from '../../batch/ask-about-model.ts';
import type { BatchFlags } from '../../batch/batch.ts';
import { loadDescribedBatch, shownPath } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import type { LimitFlags } from '../../batch/limits.ts';
import { limitsInForce } from '../../batch/limits.ts';
import { readPlanFile } from '../../batch/plan-file.ts';
import { savePlan } from '../../batch/save-plan.ts';
import { serviceName } from '../../batch/service.ts';
import { statedPrice } from '../../batch/stated-price.ts';
import type { Survey } from '../../batch/survey.ts';
import { takeSurvey } from '../../batch/survey.ts';
import type { PriceNews } from '../../job/estimate.ts';
import type { Price } from '../../job/song-api.ts';
import { isDrift } from '../../plan/drift.ts';
import { createPage } from '../../report/page.ts';
import { planJson } from '../../report/plan-json.ts';
import type { Pace, PlanFacts } from '../../report/plan-report.ts';
import { planText } from '../../report/plan-report.ts';
import { selectedJobs } from '../../run/standing.ts';
import type { StoreReader } from '../../job/store.ts';
import type { EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { readState } from '../read-state.ts';
import { nextStep } from '../next-command.ts';
import { refusedDrift } from '../refused-drift.ts';
import { warnOfVariables, warnOn } from '../warn-on.ts';

export interface PlanFlags extends EngineFlags, BatchFlags, LimitFlags {
  readonly sandbox?: true;
  readonly json?: true;
  /** How many jobs are listed. */
  readonly limit: number;
  /** Where the plan is kept, for somebody to approve. */
  readonly save?: string;
  /** A plan that was approved, for this one to be held against. */
  readonly plan?: string;
  readonly dryRun?: true;
}

/** Also what `run --dry-run` does. @param path undefined: that of the approved plan */
export async function showPlan(
  path: string | undefined,
  flags: PlanFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, workingDirectory, environment } = invocation;
  const approved =
    flags.plan === undefined ? undefined : readPlanFile(flags.plan, workingDirectory);
  const manifestPath = path ?? approved?.plan.manifest ?? '';
  const config = await loadConfig(invocation);
  warnOfVariables(invocation);
  const batch = await loadDescribedBatch(
    manifestPath,
    { ...flags, ...(approved && { within: approved.plan.selection }) },
    { ...invocation, config },
    warnOn(terminal),
    askAboutModel(flags.sandbox ?? false, config, invocation),
  );
  if (batch.refusal) throw batch.refusal;
  const limits = limitsInForce(batch.manifest.limits, flags, config);
  const service = serviceName(flags.sandbox ?? false, config, environment);
  // What a run would refuse is not shown as bought.
  const identity = { name: batch.manifest.name, service };
  const show = async (store: StoreReader | undefined) => {
    const survey = takeSurvey(batch, store, flags.limit);
    const { price, unstated } = await statedPrice(
      batch,
      survey.toBuy,
      flags.sandbox ?? false,
      config,
      invocation,
    );
    const today: Today = {
      batch,
      store,
      service,
      stated: price.perTask,
      folder: planFolder(batch, workingDirectory),
      hasChosenFolder: flags.out !== undefined,
    };
    if (approved) {
      const { drift } = holdAgainst(approved, today);
      if (isDrift(drift)) throw refusedDrift(approved, drift, batch, flags, terminal);
    }
    const news = newsOf(price, survey);
    const { budget } = limits;
    const order = { today, selection: flags, survey, news, budget };
    const saved = flags.save !== undefined && {
      ...(await savePlan(flags.save, workingDirectory, order)),
      path: flags.save,
    };
    const pace = paceOf(survey, price, flags);
    const facts: PlanFacts = {
      ...survey,
      plan: batch.plan,
      shownAs: batch.shownAs,
      outputDir: shownPath(batch.manifest.output.dir, workingDirectory),
      news,
      limits,
      first: selectedJobs(batch.plan, batch.selection).take(flags.limit).toArray(),
      next: nextStep(manifestPath, flags, survey.tally),
      ...(unstated !== undefined && { unstated }),
      ...(pace && { pace }),
      ...(saved && { saved }),
    };
    terminal.print(
      flags.json
        ? JSON.stringify(planJson(facts), undefined, 2)
        : planText(facts, createPage(terminal.look())),
    );
  };
  await readState(batch, flags, config, invocation, show, identity);
}

function newsOf({ perTask }: Price, { bills }: Survey): PriceNews {
  return { ...(perTask !== undefined && { stated: perTask }), ...(bills && { bills }) };
}

/** The embedded server is faster than it says, by a factor that is the user's. */
function paceOf(
  { durations }: Survey,
  { seconds }: Price,
  { sandbox }: PlanFlags,
): Pace | undefined {
  if (durations) return durations;
  return seconds === undefined || sandbox ? undefined : { usual: seconds * 1000 };
}
