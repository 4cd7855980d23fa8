/** What a run would do and cost: for people as text, for machines as JSON. */
import type { AxisName, AxisValue, Manifest } from '../manifest/manifest.ts';
import type { Picodollars } from '../job/money.ts';
import { exactUsd, showUsd } from '../job/money.ts';
import type { PlannedJob } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import { showCoordinates } from '../plan/candidates.ts';
import { isLocalFile } from '../manifest/parameters.ts';
import type { Tally } from '../run/events.ts';
import { count, printable } from './words.ts';

export interface PlanFacts {
  readonly plan: Plan;
  /** The manifest's path as it was typed. */
  readonly shownAs: string;
  readonly tally: Tally;
  /** As the user would type it. */
  readonly outputDir: string;
  /** Jobs in the state that the manifest has dropped. */
  readonly gone: number;
  readonly price: PlanPrice;
  /** The first jobs of the selection. */
  readonly sample: readonly PlannedJob[];
}

/** What one song is expected to cost, and who says so. */
export type PlanPrice =
  | { readonly source: 'api' | 'batch'; readonly perSong: Picodollars }
  | { readonly source: 'unknown'; readonly why: string };

const shownLabels = 4;

export function planText(facts: PlanFacts): string {
  const { plan, tally, gone, price, sample } = facts;
  const { manifest } = plan;
  const lines = [
    `${manifest.name}  ${manifest.model}`,
    ...manifest.axes.map((axis) => `  ${axis.name.padEnd(11)}${axisText(axis)}`),
    '',
    `${count(plan.combinations, 'combination')}${repeatText(manifest)}${duplicateText(plan)}${sampleText(plan)}: ${count(plan.jobs, 'job')}`,
    ...standingLines(tally, gone),
    '',
    ...priceLines(tally, price),
    `Songs go to ${facts.outputDir}`,
    '',
    ...sample.map(({ id, job }) => {
      const { output, coordinates } = job();
      return `  ${id.slice(0, 10)}  ${printable(output)}  ${printable(showCoordinates(coordinates))}`;
    }),
  ];
  if (sample.length < tally.jobs && sample.length > 0) {
    lines.push(`  … and ${tally.jobs - sample.length} more (--limit)`);
  }
  return lines.join('\n').trimEnd();
}

function axisText({ size, at }: { size: number; at: (index: number) => AxisValue }): string {
  const labels = Array.from({ length: Math.min(size, shownLabels) }, (_, index) => at(index).label);
  const rest = size > shownLabels ? `, … ${at(size - 1).label}` : '';
  return `${String(size).padStart(5)}   ${labels.join(', ')}${rest}`;
}

function repeatText({ repeat }: Manifest): string {
  return repeat > 1 ? ` × ${repeat} (repeat)` : '';
}

function duplicateText({ duplicates: { count: number, first } }: Plan): string {
  if (number === 0) return '';
  const example = first
    ? ` (${showCoordinates(first.dropped)} buys the same as ${showCoordinates(first.kept)})`
    : '';
  return `, ${number} of them bought once already${example}`;
}

function sampleText({ manifest: { sample } }: Plan): string {
  return sample ? `, a sample of ${sample.jobs} (seed ${sample.seed})` : '';
}

function standingLines(tally: Tally, gone: number): string[] {
  const rows: [number, string][] = [
    [tally.waiting, 'to submit'],
    [tally.doubt, 'in doubt: settled first, through the task list'],
    [tally.running, 'in flight: picked up'],
    [tally.fetching, 'paid for: to download'],
    [tally.done, 'done'],
    [tally.failed, 'failed'],
    [gone, 'no longer in the manifest: kept, not run'],
  ];
  return rows
    .filter(([number, what]) => number > 0 || what === 'to submit')
    .map(([number, what]) => `  ${String(number).padStart(6)}  ${what}`);
}

function priceLines(tally: Tally, price: PlanPrice): string[] {
  const spent = tally.spent > 0n ? [`Spent so far: ${showUsd(tally.spent)}`] : [];
  if (price.source === 'unknown') return [...spent, `Price unknown: ${price.why}`];
  const total = price.perSong * BigInt(tally.waiting);
  const source = price.source === 'api' ? 'as the API states' : 'the dearest of this batch so far';
  return [
    ...spent,
    `About ${showUsd(price.perSong)} a song (${source}): ${showUsd(total)} for ${count(tally.waiting, 'job')} to submit`,
  ];
}

export function planJson(facts: PlanFacts): unknown {
  const { plan, tally, gone, price, sample } = facts;
  const { manifest } = plan;
  const { spent, ...standing } = tally;
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
    price:
      price.source === 'unknown'
        ? { source: price.source, why: price.why }
        : {
            source: price.source,
            perSongUsd: exactUsd(price.perSong),
            totalUsd: exactUsd(price.perSong * BigInt(tally.waiting)),
          },
    outputDir: manifest.output.dir,
    list: sample.map(({ job }) => {
      const { id, coordinates, output, parameters } = job();
      const shown = Object.entries(parameters).map(([name, source]) => [
        name,
        isLocalFile(source) ? { sha256: source.sha256 } : source,
      ]);
      return { id, coordinates, output, parameters: Object.fromEntries(shown) as unknown };
    }),
  };
}
