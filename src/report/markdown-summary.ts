/**
 * How a run ended, as a page of Markdown: GitHub's step summary, or a file for wherever it is wanted.
 *
 * Labels and messages are data. They stand in code spans, in which nothing is a link, a mention or HTML, and
 * the two characters that could end the span or its table cell are shown as their likes. The page is
 * bounded, whatever the batch: GitHub takes 1 MiB.
 */
import { describeFailure } from '../job/failure.ts';
import { showUsd } from '../job/money.ts';
import type { Alike } from '../job/near-duplicates.ts';
import { showCoordinates } from '../plan/candidates.ts';
import { outcomeWord } from './outcome-report.ts';
import type { EndedRun, FailedJob } from './verdicts.ts';
import { failedJobs } from './verdicts.ts';
import { count, printable, showDuration } from './words.ts';

export interface SummaryFacts extends EndedRun {
  readonly alike: readonly Alike[];
  /** The manifest and the output folder, as the user would type them. */
  readonly shownAs: string;
  readonly outputDir: string;
  /** Milliseconds that the run took. */
  readonly elapsed: number;
  /** Of songbatch. */
  readonly version: string;
}

/** What every summary begins with. */
export const summaryOpening = '## songbatch';

/** Rows that a table has at most. */
const shownFailures = 50;
const shownOthers = 20;

export function summaryMarkdown(facts: SummaryFacts): string {
  const { batch, outcome, alike, outputDir, shownAs, version } = facts;
  const { name, sha256 } = batch.plan.manifest;
  const failed = failedJobs(facts).take(shownFailures).toArray();
  const paragraphs = [
    `${summaryOpening}: ${code(name)}`,
    headline(facts),
    tallyTable(facts),
    ...failureTable(failed, outcome.tally.failed),
    ...doubtTable(facts),
    ...alikeTable(alike),
    ...nextSteps(facts, failed),
    `The songs, ${code('metadata.json')} and ${code('SHA256SUMS')} are in ${code(outputDir)}. Made from ${code(shownAs)} (${code(sha256.slice(0, 12))}) by songbatch ${code(version)}.`,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function headline({ outcome, batch }: SummaryFacts): string {
  const { tally, stopped } = outcome;
  const { shard } = batch.selection;
  const of = shard ? ` of shard ${shard.index}/${shard.of}` : '';
  const done = `${tally.done} of ${count(tally.jobs, 'job')}${of} ${tally.done === 1 ? 'is' : 'are'} done`;
  switch (outcomeWord(outcome)) {
    case 'done':
      return `✅ **Done**: ${done}.`;
    case 'failed':
      return `❌ **Failed**: ${done}, ${tally.failed} failed.`;
    case 'stopped':
      return `⏸️ **Stopped** (${code(stopped?.message ?? '')}): ${done}.`;
  }
}

function tallyTable({ outcome, elapsed }: SummaryFacts): string {
  const { tally, submissions } = outcome;
  const cells: readonly (readonly [string, string | number])[] = [
    ['Done', tally.done],
    ['Failed', tally.failed],
    ['In doubt', tally.doubt],
    ['In flight', tally.running],
    ['To download', tally.fetching],
    ['Waiting', tally.waiting],
    ['Submissions of this run', submissions],
    ['Spent in all', showUsd(tally.spent)],
    ['Time', showDuration(elapsed)],
  ];
  // Dollars that stand by themselves in cells do not pair up as the marks of a formula.
  return [
    row(cells.map(([heading]) => heading)),
    row(cells.map(() => '---:')),
    row(cells.map(([, cell]) => String(cell))),
  ].join('\n');
}

function failureTable(failed: readonly FailedJob[], total: number): readonly string[] {
  const rows = failed.map(({ job, attempts, failure }) => {
    const last = attempts.at(-1);
    return [
      code(job.output),
      code(showCoordinates(job.coordinates)),
      String(attempts.length),
      code(last && 'taskId' in last ? (last.taskId ?? '') : ''),
      code(failure.reason),
      code(describeFailure(failure)),
    ];
  });
  const headings = ['Job', 'Coordinates', 'Attempts', 'Last task', 'Reason', 'Message'];
  return table('Failed', headings, rows, total);
}

function doubtTable({ outcome: { inDoubt } }: SummaryFacts): readonly string[] {
  const rows = inDoubt
    .slice(0, shownOthers)
    .map(({ job, message }) => [code(job.output), code(job.id), code(message)]);
  return table('In doubt', ['Job', 'Id', 'Why'], rows, inDoubt.length);
}

function alikeTable(alike: readonly Alike[]): readonly string[] {
  const rows = alike
    .slice(0, shownOthers)
    .map(({ output, of, similarity }) => [
      code(output),
      code(of),
      `${Math.floor(similarity * 100)} %`,
    ]);
  const headings = ['Song', 'Sounds like', 'Similarity'];
  return table('Only the seed differs, and they sound the same', headings, rows, alike.length);
}

function nextSteps(
  { outcome, shownAs }: SummaryFacts,
  failed: readonly FailedJob[],
): readonly string[] {
  const { tally, stopped } = outcome;
  const left = tally.jobs - tally.done - tally.failed;
  const steps: string[] = [];
  if (stopped?.kind === 'cancelled' && left > 0) {
    steps.push(
      `${count(left, 'job')} left: ${code(`songbatch run ${shownAs}`)} goes on with them.`,
    );
  } else if (stopped) {
    steps.push(`${count(left, 'job')} left: the same command goes on from here.`);
  }
  if (tally.doubt > 0) {
    steps.push(
      `Jobs in doubt may have been bought. The same command looks again; ${code('--resubmit-unknown')} buys them again.`,
    );
  }
  if (failed.some(({ failure }) => failure.reason !== 'checks')) {
    steps.push(
      `${code(`songbatch retry ${shownAs}`)}, then the same command, tries failed jobs again.`,
    );
  }
  if (failed.some(({ failure }) => failure.reason === 'checks')) {
    steps.push(
      'Songs that fail a check are kept, and the same request would buy the same song: change the seed, or the check.',
    );
  }
  return steps.length === 0 ? [] : [`### What next`, steps.map((step) => `- ${step}`).join('\n')];
}

function table(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  total: number,
): readonly string[] {
  if (total === 0) return [];
  const more = total - rows.length;
  return [
    `### ${title} (${total})`,
    [row(headings), row(headings.map(() => '---')), ...rows.map(row)].join('\n'),
    ...(more > 0 ? [`… and ${more} more: ${code('metadata.json')} has them all.`] : []),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** What no character of means anything to Markdown. */
function code(text: string): string {
  const shown = printable(text, 200).replaceAll('`', '\u02cb').replaceAll('|', '\u00a6').trim();
  return shown === '' ? '–' : `\`${shown}\``;
}
