/** How a run ended: for people as text, for machines as JSON. */
import { exactUsd, showUsd } from '../job/money.ts';
import type { RunOutcome } from '../run/events.ts';
import { count, printable, showTally } from './words.ts';

/** @param elapsed milliseconds, shown as text by the caller's words */
export function outcomeText(outcome: RunOutcome, outputDir: string): string {
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
  lines.push(`songs, metadata.json and SHA256SUMS are in ${outputDir}`);
  return lines.join('\n');
}

export function outcomeJson(outcome: RunOutcome, outputDir: string): unknown {
  const { spent, ...standing } = outcome.tally;
  return {
    outcome: outcome.stopped ? 'stopped' : outcome.tally.failed > 0 ? 'failed' : 'done',
    ...(outcome.stopped && { stopped: outcome.stopped }),
    tally: standing,
    submissions: outcome.submissions,
    spentUsd: exactUsd(spent),
    inDoubt: outcome.inDoubt.map(({ job, message }) => ({
      id: job.id,
      output: job.output,
      message,
    })),
    outputDir,
  };
}
