/** What a run would do and cost, for machines: schemas/plan-report.schema.json. */
import { priceOfSong, timeFor } from '../job/estimate.ts';
import { exactUsd } from '../job/money.ts';
import type { AxisName } from '../manifest/manifest.ts';
import { isLocalFile } from '../manifest/parameters.ts';
import type { PlanFacts } from './plan-report.ts';

export function planJson(facts: PlanFacts): unknown {
  const { plan, tally, gone, limits, pace, first } = facts;
  const { manifest } = plan;
  const { spent, ...standing } = tally;
  const tasks = tally.waiting + tally.doubt + tally.running;
  return {
    manifest: { name: manifest.name, path: facts.shownAs, sha256: manifest.sha256 },
    model: manifest.model,
    axes: Object.fromEntries(
      manifest.axes.map((axis): [AxisName, number] => [axis.name, axis.size]),
    ),
    combinations: plan.combinations,
    duplicates: plan.duplicates.count,
    jobs: plan.jobs,
    selected: { ...standing, gone },
    spentUsd: exactUsd(spent),
    price: priceJson(facts),
    time: pace
      ? {
          source: pace.tasks === undefined ? 'api' : 'batch',
          secondsPerSong: pace.usual / 1000,
          seconds: timeFor(tasks, limits.tasks, pace.usual) / 1000,
        }
      : { source: 'unknown' },
    limits: {
      tasks: limits.tasks,
      ...(limits.budget !== undefined && { budgetUsd: exactUsd(limits.budget) }),
      ...(limits.deadline !== undefined && { deadlineSeconds: limits.deadline / 1000 }),
    },
    outputDir: manifest.output.dir,
    list: first.map(({ job }) => {
      const { id, coordinates, output, parameters } = job();
      const shown = Object.entries(parameters).map(([name, source]) => [
        name,
        isLocalFile(source) ? { sha256: source.sha256 } : source,
      ]);
      return { id, coordinates, output, parameters: Object.fromEntries(shown) as unknown };
    }),
  };
}

function priceJson({ news, unstated, tally }: PlanFacts): unknown {
  const { stated, bills } = news;
  const price = priceOfSong(news);
  if (!price) return { source: 'unknown', why: unstated ?? 'nobody states one' };
  const songs = BigInt(tally.waiting);
  return {
    source: bills ? 'batch' : 'api',
    perSongUsd: exactUsd(price.to),
    totalUsd: exactUsd(price.to * songs),
    cheapestUsd: exactUsd(price.from),
    cheapestTotalUsd: exactUsd(price.from * songs),
    ...(stated !== undefined && { statedUsd: exactUsd(stated) }),
    ...(bills && {
      billed: {
        songs: bills.songs,
        cheapestUsd: exactUsd(bills.cheapest),
        dearestUsd: exactUsd(bills.dearest),
      },
    }),
  };
}
