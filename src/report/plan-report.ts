/** What a run would do and cost, for people. The same for machines is `plan-json.ts`. */
import { priceOfSong, songsFor, timeFor } from '../job/estimate.ts';
import type { PriceNews } from '../job/estimate.ts';
import type { Picodollars } from '../job/money.ts';
import { showUsd } from '../job/money.ts';
import type { Standing } from '../job/next-step.ts';
import type { Axis, Manifest } from '../manifest/manifest.ts';
import type { PlannedJob } from '../plan/candidates.ts';
import { showCoordinates } from '../plan/candidates.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../run/events.ts';
import type { Page, Tint } from './page.ts';
import { widthOf } from './page.ts';
import { count, printable, showDuration } from './words.ts';

export interface PlanFacts {
  readonly plan: Plan;
  /** The manifest's path as it was typed. */
  readonly shownAs: string;
  readonly tally: Tally;
  /** Jobs in the state that the manifest has dropped. */
  readonly gone: number;
  /** As the user would type it. */
  readonly outputDir: string;
  readonly news: PriceNews;
  /** Why the API states no price. */
  readonly unstated?: string;
  /** How long tasks take; undefined while nobody knows. */
  readonly pace?: Pace;
  readonly limits: {
    readonly tasks: number;
    readonly budget?: Picodollars;
    readonly deadline?: number;
  };
  /** Jobs of the plan that the selection has. */
  readonly selected: number;
  /** A few of them that differ, in the order of the plan. */
  readonly sample: readonly SampledJob[];
  /** The first jobs of the selection. */
  readonly first: readonly PlannedJob[];
  /** What to type next. */
  readonly next: string;
  readonly saved?: SavedFacts;
}

export interface Pace {
  /** Milliseconds of one task. */
  readonly usual: number;
  /** Tasks of this batch from which that was learnt; undefined where it is the API's average. */
  readonly tasks?: number;
}

export interface SampledJob {
  readonly planned: PlannedJob;
  readonly standing: Standing;
}

export interface SavedFacts {
  /** As the user typed it. */
  readonly path: string;
  readonly counts: { readonly toBuy: number };
  /** `most`: what they may cost together; undefined where nobody knows. */
  readonly price?: { readonly most: Picodollars };
}

const shownLabels = 4;
const heading = 9;

export function planText(facts: PlanFacts, page: Page): string {
  const { plan, tally, gone, outputDir, next, saved } = facts;
  const { manifest } = plan;
  const { line, about } = page;
  const warned = warnings(facts).flatMap((text) => about(['yellow', '!'], text, 2));
  return [
    line(['bold', manifest.name], `  ${manifest.model}`),
    '',
    ...manifest.axes.map((axis) => line(axisText(axis))),
    ...(manifest.axes.length > 0 ? [''] : []),
    `${count(plan.combinations, 'combination')}${repeatText(manifest)}${duplicateText(plan)}${sampleText(plan)}: ${count(plan.jobs, 'job')}`,
    '',
    ...standingLines(tally, gone, page),
    '',
    ...sampleLines(facts, page),
    '',
    ...priceLines(facts).flatMap((text, index) => about(index === 0 ? 'Price' : '', text, heading)),
    ...(tally.spent > 0n ? about('Spent', `${showUsd(tally.spent)} so far`, heading) : []),
    ...about('Time', timeText(facts), heading),
    ...about('Songs', outputDir, heading),
    ...(saved ? about('Saved', savedText(saved), heading) : []),
    '',
    ...(warned.length > 0 ? [...warned, ''] : []),
    // Not folded: it is there to be copied.
    `${'Next'.padEnd(heading)}${next}`,
  ]
    .join('\n')
    .trimEnd();
}

function timeText({ tally, limits, pace }: PlanFacts): string {
  const tasks = tally.waiting + tally.doubt + tally.running;
  if (tasks === 0) return 'no task to wait for';
  if (!pace) return 'not known before the first songs';
  const source =
    pace.tasks === undefined
      ? "the API's average"
      : `as ${count(pace.tasks, 'song')} of this batch took`;
  const total = aboutTime(timeFor(tasks, limits.tasks, pace.usual));
  return `about ${total} for ${count(tasks, 'song')}, ${limits.tasks} at a time if the account allows it: ${aboutTime(pace.usual)} each, ${source}`;
}

function aboutTime(milliseconds: number): string {
  return showDuration(Math.max(1000, milliseconds));
}

function axisText({ name, size, at }: Axis): string {
  const labels = Array.from({ length: Math.min(size, shownLabels) }, (_, index) => at(index).label);
  const rest = size > shownLabels ? `, … ${at(size - 1).label}` : '';
  return `  ${name.padEnd(11)}${String(size).padStart(7)}  ${printable(labels.join(', ') + rest)}`;
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

function standingLines(tally: Tally, gone: number, { line }: Page): string[] {
  const rows: [number, Standing | 'gone', string][] = [
    [tally.waiting, 'waiting', 'to buy'],
    [tally.doubt, 'doubt', 'in doubt: settled first, through the task list'],
    [tally.running, 'running', 'in flight: picked up'],
    [tally.fetching, 'fetching', 'paid for: to download'],
    [tally.done, 'done', 'done'],
    [tally.failed, 'failed', 'failed'],
    [gone, 'gone', 'no longer in the manifest: kept, not run'],
  ];
  return rows
    .filter(([number, standing]) => number > 0 || standing === 'waiting')
    .map(([number, standing, what]) => {
      return line('  ', marks[standing], `${String(number).padStart(8)}  ${what}`);
    });
}

const marks: Record<Standing | 'gone', readonly [Tint, string]> = {
  waiting: ['green', '+'],
  doubt: ['yellow', '?'],
  running: ['yellow', '~'],
  fetching: ['yellow', '~'],
  done: ['dim', '='],
  failed: ['red', '!'],
  gone: ['dim', '-'],
};

function sampleLines({ sample, selected }: PlanFacts, page: Page): string[] {
  const rows = sample.map(({ planned, standing }) => {
    const { output, coordinates } = planned;
    const where = printable(showCoordinates(coordinates));
    return { standing, output: printable(output), where };
  });
  const widest = Math.max(0, ...rows.map(({ output }) => widthOf(output)));
  const lines = rows.map(({ standing, output, where }) => {
    const gap = ' '.repeat(widest - widthOf(output) + 2);
    return page.line('  ', marks[standing], ` ${output}${gap}`, ['dim', where]);
  });
  const more = selected - sample.length;
  return more > 0 ? [...lines, `  … ${more} more (--limit)`] : lines;
}

function priceLines({ news, unstated, tally }: PlanFacts): string[] {
  const { stated, bills } = news;
  const price = priceOfSong(news);
  if (!price) return [`not known: ${unstated ?? 'nobody states one'}`];
  const lines: string[] = [];
  if (stated !== undefined) lines.push(`${showUsd(stated)} a song, as the API states it`);
  if (bills) {
    const { songs, cheapest, dearest } = bills;
    const who = songs === 0 ? 'the dearest of this batch' : `${count(songs, 'song')} of this batch`;
    lines.push(`${showRange(cheapest, dearest)} a song, as ${who} cost`);
  }
  const { waiting } = tally;
  if (waiting > 0) {
    const songs = BigInt(waiting);
    lines.push(
      `${showRange(price.from * songs, price.to * songs)} for ${count(waiting, 'song')} to buy`,
    );
  }
  return lines;
}

function showRange(from: Picodollars, to: Picodollars): string {
  const [least, most] = [showUsd(from), showUsd(to)];
  return least === most ? most : `${least} to ${most}`;
}

/** What ends a run before it is through. */
function warnings({ tally, news, limits, pace }: PlanFacts): string[] {
  const { waiting, spent } = tally;
  const { budget, deadline, tasks } = limits;
  const price = priceOfSong(news);
  const found: string[] = [];
  const warn = (what: string, songs: number) => {
    if (songs >= waiting) return;
    const when = songs === 0 ? 'before the first song' : `after about ${songs} of ${waiting} songs`;
    found.push(`${what} stops it ${when}`);
  };
  if (budget !== undefined && price) {
    const part = spent > 0n ? `, ${showUsd(spent)} of it spent,` : '';
    warn(`the budget of ${showUsd(budget)}${part}`, songsFor(budget - spent, price.to));
  }
  if (deadline !== undefined && pace && pace.usual > 0) {
    const songs = Math.floor(deadline / pace.usual) * tasks;
    warn(`the deadline of ${showDuration(deadline)}`, songs);
  }
  return found;
}

function savedText({ path, counts, price }: SavedFacts): string {
  const cost = price ? `for ${showUsd(price.most)} at most` : 'at a price that nobody knows yet';
  return `${path} approves ${count(counts.toBuy, 'song')} ${cost}`;
}
