/** `plan --save`: a batch as it is today, as a file for somebody to approve. */
import { mostFor, priceOfSong } from '../job/estimate.ts';
import type { PriceNews } from '../job/estimate.ts';
import type { Picodollars } from '../job/money.ts';
import { policyOf } from '../job/next-step.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ListedJob } from '../plan/drift.ts';
import { mayBeBought, walkStock } from '../run/standing.ts';
import type { Today } from './approval.ts';
import type { SelectionFlags } from './batch.ts';
import { shownPath } from './batch.ts';
import { writePlanFile } from './plan-file.ts';
import type { AxesShown, SavedPlan } from './plan-format.ts';
import type { Survey } from './survey.ts';

/** Labels of an axis that are shown. */
const shownLabels = 10;

export interface PlanToSave {
  readonly today: Today;
  /** As they were typed. */
  readonly selection: SelectionFlags;
  readonly survey: Survey;
  readonly news: PriceNews;
  readonly budget: Picodollars | undefined;
}

/** Throws `UsageError` where the file cannot be written. @param path as typed */
export async function savePlan(
  path: string,
  workingDirectory: string,
  { today, selection, survey, news, budget }: PlanToSave,
): Promise<SavedPlan> {
  const { batch, service, folder } = today;
  const { manifest, plan } = batch;
  const { selected, toBuy } = survey;
  const perSong = priceOfSong(news)?.to;
  const most = mostFor(toBuy, news);
  const saved: SavedPlan = {
    batch: manifest.name,
    manifest: shownPath(manifest.path, workingDirectory).replaceAll('\\', '/'),
    model: manifest.model,
    service,
    folder,
    selection,
    counts: { jobs: plan.jobs, selected, toBuy },
    ...(perSong !== undefined && most !== undefined && { price: { perSong, most } }),
    ...(budget !== undefined && { budget }),
  };
  await writePlanFile(path, workingDirectory, saved, axesOf(manifest), jobsToBuy(today));
  return saved;
}

function* jobsToBuy({ batch, store }: Today): Generator<ListedJob> {
  const { plan, selection, manifest } = batch;
  for (const { planned, standing } of walkStock(plan, selection, store, policyOf(manifest))) {
    if (standing === undefined || !mayBeBought(standing)) continue;
    yield { id: planned.id, output: planned.output };
  }
}

function axesOf({ axes }: Manifest): AxesShown {
  return Object.fromEntries(
    axes.map(({ name, size, at }) => {
      const shown = Math.min(size, shownLabels);
      const labels = Array.from({ length: shown }, (_, index) => at(index).label);
      return [name, { values: size, labels }];
    }),
  );
}
