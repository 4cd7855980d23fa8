/** Batches that begin by themselves: when, what they may cost, and what is kept of them. */
import { exactUsd, showUsd } from '../job/money.ts';
import type { Picodollars } from '../job/money.ts';
import type { Page } from './page.ts';
import { widthOf } from './page.ts';
import { count, printable, showDuration } from './words.ts';

export interface ScheduleFacts {
  readonly id: string;
  readonly cron: string;
  readonly tz: string;
  /** In milliseconds since 1970. */
  readonly next: readonly number[];
  /** Those that have come, the latest first. */
  readonly ticks: readonly TickFacts[];
  /** What is kept, or why that cannot be read. */
  readonly kept: KeptFacts | { readonly problem: string };
  readonly places?: PlaceFacts;
}

export interface KeptFacts {
  readonly overlap: 'skip' | 'queue';
  readonly addedAt: string;
  readonly addedBy: string;
  /** The manifest's name. */
  readonly batch: string;
  readonly jobs: number;
  readonly limits: {
    readonly tasks: number;
    readonly budget?: Picodollars;
    /** Milliseconds. */
    readonly deadline?: number;
  };
  readonly bundle: {
    readonly sha256: string;
    readonly path: string;
    readonly workingDirectory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly files: {
      readonly texts: readonly unknown[];
      readonly models: readonly { readonly found: unknown }[];
      readonly songs: readonly unknown[];
    };
  };
}

/** Times are milliseconds since 1970. */
export interface TickFacts {
  readonly at: number;
  readonly stage: 'waiting' | 'under-way' | 'over' | 'skipped';
  readonly begunAt?: number;
  readonly endedAt?: number;
  readonly note?: string;
  readonly outcome?: {
    readonly kind: 'done' | 'failed' | 'stopped' | 'refused';
    readonly jobs: number;
    readonly done: number;
    readonly failed: number;
    readonly spent: Picodollars;
    readonly message?: string;
  };
}

/** Of the next tick. */
export interface PlaceFacts {
  readonly outputDir: string;
  readonly newBatch: 'each-time' | 'each-day' | 'never';
}

/** A time where the schedule lives. @param time in milliseconds since 1970 */
type ShowTime = (zone: string, time: number) => string;

const heading = 9;
/** Ticks that are shown; `--json` has the others. */
const shownTicks = 5;

/** One schedule, in full. */
export function scheduleText(facts: ScheduleFacts, page: Page, showTime: ShowTime): string {
  const { id, cron, tz, next, ticks, kept, places } = facts;
  const { line, about } = page;
  const times = next.map((time) => showTime(tz, time)).join(', ');
  const head = [
    line(['bold', id], `  ${printable(cron)}  ${printable(tz)}`),
    '',
    ...about('Next', times === '' ? 'never' : times, heading),
    ...ticks
      .slice(0, shownTicks)
      .flatMap((tick, index) =>
        about(index === 0 ? 'Came' : '', `${showTime(tz, tick.at)} ${tickText(tick)}`, heading),
      ),
  ];
  if ('problem' in kept) {
    return [...head, '', ...about(['red', '!'], printable(kept.problem), 2)].join('\n');
  }
  const { bundle } = kept;
  const names = Object.keys(bundle.environment);
  const warned = warnings(kept, places).flatMap((text) => about(['yellow', '!'], text, 2));
  return [
    ...head,
    ...about('Jobs', jobsText(kept), heading),
    ...about('Cost', costText(kept, places), heading),
    ...about('Limits', limitsText(kept), heading),
    ...about('Overlap', overlapTexts[kept.overlap], heading),
    ...(places ? about('Songs', `${printable(places.outputDir)}, on every worker`, heading) : []),
    ...(names.length > 0
      ? about(
          'Kept',
          `of the environment, for it is named: ${printable(names.join(', '))}`,
          heading,
        )
      : []),
    ...about('Added', `${kept.addedAt} by songbatch ${printable(kept.addedBy)}`, heading),
    ...(warned.length > 0 ? ['', ...warned] : []),
  ].join('\n');
}

/** A line each. */
export function schedulesText(
  all: readonly ScheduleFacts[],
  page: Page,
  showTime: ShowTime,
): string {
  if (all.length === 0) return 'no schedules';
  const rows = all.map(({ id, cron, tz, next, ticks, kept }) => [
    id,
    printable(cron),
    printable(tz),
    next[0] === undefined ? 'never' : showTime(tz, next[0]),
    lastText(ticks, (at) => showTime(tz, at)),
    ...('problem' in kept
      ? [printable(kept.problem)]
      : [atMost(kept), count(kept.jobs, 'job'), kept.overlap]),
  ]);
  const head = ['SCHEDULE', 'CRON', 'ZONE', 'NEXT', 'LAST', 'AT MOST', 'BATCH', 'OVERLAP'];
  // A problem takes all the room there is.
  const sized = [head, ...rows.map((row) => (row.length < head.length ? row.slice(0, 5) : row))];
  const widths = head.map((_, column) =>
    Math.max(...sized.map((row) => widthOf(row[column] ?? ''))),
  );
  const laidOut = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd();
  const troubles = all.flatMap(({ id, tz, ticks }) =>
    ticks
      .filter(({ stage }, index) => stage === 'waiting' || stage === 'under-way' || index === 0)
      .flatMap((tick) => {
        const { note = tick.outcome?.message } = tick;
        if (note === undefined || tick.stage === 'skipped') return [];
        const which = `${id} ${showTime(tz, tick.at)}`;
        return page.about(['yellow', '!'], `${which} ${tickText(tick)}`, 2);
      }),
  );
  return [
    page.line(['dim', laidOut(head)]),
    ...rows.map((row) => page.line(laidOut(row))),
    ...troubles,
  ].join('\n');
}

/** What came of the latest tick that was not skipped. */
function lastText(ticks: readonly TickFacts[], showTime: (at: number) => string): string {
  const last = ticks.findIndex(({ stage }) => stage !== 'skipped');
  const skipped = last === -1 ? ticks.length : last;
  const tick = ticks[last];
  return [
    ...(tick ? [`${showTime(tick.at)} ${tick.outcome?.kind ?? stageTexts[tick.stage]}`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(ticks.length === 0 ? ['none yet'] : []),
  ].join(', ');
}

const stageTexts = {
  waiting: 'waits',
  'under-way': 'under way',
  over: 'over',
  skipped: 'skipped',
} as const;

function tickText({ stage, note, outcome }: TickFacts): string {
  if (!outcome) {
    return note === undefined ? stageTexts[stage] : `${stageTexts[stage]}: ${printable(note)}`;
  }
  const { kind, jobs, done, failed, spent, message } = outcome;
  const why = message === undefined ? '' : `: ${printable(message)}`;
  if (kind === 'refused') return `nothing was bought${why}`;
  const failures = failed === 0 ? '' : `, ${failed} failed`;
  return `${kind}${why}: ${done} of ${count(jobs, 'song')}${failures}, ${showUsd(spent)} spent in all`;
}

/** As `schemas/schedules.schema.json` has it. */
export function schedulesJson(all: readonly ScheduleFacts[]): unknown {
  return {
    schedules: all.map(({ id, cron, tz, next, ticks, kept, places }) => ({
      id,
      cron,
      tz,
      next: next.map(isoTime),
      ticks: ticks.map(tickJson),
      ...('problem' in kept ? kept : keptJson(kept)),
      ...(places && { newBatch: places.newBatch, outputDir: places.outputDir }),
    })),
  };
}

function tickJson({ at, stage, begunAt, endedAt, note, outcome }: TickFacts): object {
  const { kind, jobs, done, failed, spent = 0n, message = note } = outcome ?? {};
  return {
    at: isoTime(at),
    stage,
    ...(begunAt !== undefined && { begunAt: isoTime(begunAt) }),
    ...(endedAt !== undefined && { endedAt: isoTime(endedAt) }),
    ...(outcome && { outcome: kind, jobs, done, failed, spentUsd: exactUsd(spent) }),
    ...(message !== undefined && { why: message }),
  };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

function keptJson({ overlap, addedAt, addedBy, batch, jobs, limits, bundle }: KeptFacts): object {
  const { path, workingDirectory, sha256 } = bundle;
  const { budget, deadline, tasks } = limits;
  return {
    overlap,
    addedAt,
    addedBy,
    batch,
    manifest: { path, workingDirectory, sha256 },
    jobs,
    budgetUsd: budget === undefined ? null : exactUsd(budget),
    tasks,
    ...(deadline !== undefined && { deadlineSeconds: deadline / 1000 }),
    environment: Object.keys(bundle.environment),
  };
}

function jobsText({ jobs, batch, bundle }: KeptFacts): string {
  const { texts, models } = bundle.files;
  const files = texts.length + models.filter(({ found }) => found !== null).length;
  const others = files === 0 ? '' : ` with the ${count(files, 'file')} that it reads`;
  const where = `${printable(bundle.path)} in ${printable(bundle.workingDirectory)}`;
  return `${jobs} of ${printable(batch)}, as ${where} was when it was added${others}`;
}

function atMost({ limits }: KeptFacts): string {
  return limits.budget === undefined ? 'no budget' : showUsd(limits.budget);
}

function costText(kept: KeptFacts, places: PlaceFacts | undefined): string {
  const { budget } = kept.limits;
  const most =
    budget === undefined
      ? 'whatever the songs cost, for there is no budget'
      : `${showUsd(budget)} at most`;
  switch (places?.newBatch) {
    case undefined:
      return `${most}, for a batch`;
    case 'each-time':
      return `${most}, each time: every tick begins a batch of its own`;
    case 'each-day':
      return `${most}, each day: every day has a batch of its own`;
    case 'never':
      return `${most}, for all times together: they mean the same batch`;
  }
}

function limitsText({ limits }: KeptFacts): string {
  const tasks = `${count(limits.tasks, 'task')} in flight at most`;
  return limits.deadline === undefined
    ? tasks
    : `${tasks}; stopped after ${showDuration(limits.deadline)}`;
}

const overlapTexts = {
  skip: 'a tick is skipped while the batch of an earlier one goes on',
  queue:
    'a tick waits while the batch of an earlier one goes on; while one waits, others are skipped',
} as const;

function warnings({ limits, jobs, bundle }: KeptFacts, places: PlaceFacts | undefined): string[] {
  const songs = bundle.files.songs.length;
  return [
    ...(limits.budget === undefined
      ? [`no budget: up to ${count(jobs, 'song')} of a batch are bought, whatever they cost`]
      : []),
    ...(places?.newBatch === 'never'
      ? [
          'every tick means the same batch: what is there is not bought again, and there will be nothing new; {date} in output.dir makes each day a batch of its own',
        ]
      : []),
    ...(songs > 0
      ? [
          `${count(songs, 'reference song')} on the disk ${songs === 1 ? 'is' : 'are'} not kept: every worker must have the same in the same place, on storage that all of them mount, or it is given by a URL`,
        ]
      : []),
  ];
}
