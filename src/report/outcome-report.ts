/** How a run ended, for people; for machines it is `summary-report.ts`. */
import { showUsd } from '../job/money.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { RunOutcome } from '../run/events.ts';
import { count, printable, showTally } from './words.ts';

/** Pairs that are shown; metadata.json has the others. */
const shownPairs = 5;

/**
 * @param outputDir as people would type it
 * @param page the listening page, too; undefined where none was written
 */
export function outcomeText(
  outcome: RunOutcome,
  alike: readonly Alike[],
  outputDir: string,
  page?: string,
): string {
  const { tally, stopped, submissions, inDoubt } = outcome;
  const lines = [
    `${showTally(tally)} · ${count(submissions, 'submission')} · ${showUsd(tally.spent)} spent in all`,
  ];
  for (const { job, message } of inDoubt) {
    lines.push(
      `in doubt: ${printable(job.output)} (${job.id.slice(0, 10)}): ${printable(message)}`,
    );
  }
  if (stopped) {
    const left = tally.jobs - tally.done - tally.failed;
    const next =
      stopped.kind === 'cancelled'
        ? `${count(left, 'job')} left: songbatch run goes on with them`
        : `${count(left, 'job')} left: the same command goes on from here`;
    lines.push(`stopped: ${printable(stopped.message)}`, next);
  }
  for (const { output, of, similarity } of alike.slice(0, shownPairs)) {
    const share = `${Math.floor(similarity * 100)} %`;
    lines.push(
      `${printable(output)} sounds like ${printable(of)} (${share}): only the seed differs`,
    );
  }
  if (alike.length > shownPairs)
    lines.push(`… and ${alike.length - shownPairs} more (metadata.json)`);
  lines.push(`songs, metadata.json and SHA256SUMS are in ${outputDir}`);
  if (page !== undefined) lines.push(`listen to them: ${page}`);
  return lines.join('\n');
}

/** The outcome in a word, as scripts ask for it. */
export function outcomeWord({ stopped, tally }: RunOutcome): 'done' | 'failed' | 'stopped' {
  if (stopped) return 'stopped';
  return tally.failed > 0 ? 'failed' : 'done';
}
