/**
 * A run as JUnit XML: one suite for the batch, one test case for each job. It keeps to what every reader takes,
 * Ant's schema and the one of Jenkins' xUnit plugin alike: no attribute or element that only one of them has.
 *
 * - A job that failed is a `failure`; one of which nobody knows whether it was bought is an `error`, for somebody
 *   has to look; one that was not started, or goes on at the server, is `skipped`, and its message says which.
 * - Readers tell test cases from run to run by `classname` and `name`, so these do not depend on how a job ends.
 *   `classname` is the batch and the folders of the output, with dots between, as Jenkins and GitLab group by it.
 * - GitLab shows the text of a failure and not its `message`: the text says it again.
 *
 * Written piece by piece: a hundred thousand jobs are never in memory.
 */
import { describeFailure } from '../job/failure.ts';
import type { Attempt } from '../job/history.ts';
import { exactUsd, showUsd } from '../job/money.ts';
import type { Alike } from '../job/near-duplicates.ts';
import type { Step } from '../job/next-step.ts';
import { showCoordinates } from '../plan/candidates.ts';
import { outcomeText } from './outcome-report.ts';
import type { EndedRun, Verdict } from './verdicts.ts';
import { verdictsOf } from './verdicts.ts';
import { printable } from './words.ts';
import { xmlAttributes, xmlText } from './xml.ts';

export interface JUnitFacts extends EndedRun {
  readonly alike: readonly Alike[];
  /** The manifest and the output folder, as the user would type them. */
  readonly shownAs: string;
  readonly outputDir: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of songbatch. */
  readonly version: string;
  readonly hostname: string;
  /** The continuous integration service, where there is one. */
  readonly ci?: string;
}

/** A message of a server may be long; whoever needs all of it finds it in metadata.json. */
const longestMessage = 2000;

export function* junitPieces(facts: JUnitFacts): Generator<string> {
  const { batch, alike, outputDir, startedAt, endedAt } = facts;
  const { name } = batch.plan.manifest;
  const attributes = {
    name,
    package: name,
    id: 0,
    // Without a zone, as the schema wants it: UTC.
    timestamp: new Date(startedAt).toISOString().slice(0, 19),
    hostname: facts.hostname,
    ...countResults(facts),
    time: seconds(endedAt - startedAt),
  };
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  yield `  <testsuite${xmlAttributes(attributes)}>\n    <properties>\n`;
  for (const [property, value] of Object.entries(propertiesOf(facts))) {
    yield `      <property${xmlAttributes({ name: property, value })}/>\n`;
  }
  yield '    </properties>\n';
  for (const verdict of verdictsOf(facts)) yield testCase(verdict, facts);
  const said = outcomeText(facts.outcome, alike, outputDir);
  yield `    <system-out>${xmlText(said)}</system-out>\n    <system-err></system-err>\n`;
  yield '  </testsuite>\n</testsuites>\n';
}

function propertiesOf({ batch, outcome, ...facts }: JUnitFacts): Readonly<Record<string, string>> {
  const { manifest } = batch.plan;
  const { shard } = batch.selection;
  return {
    manifest: facts.shownAs,
    'manifest-sha256': manifest.sha256,
    model: manifest.model,
    'songbatch-version': facts.version,
    'spent-usd': exactUsd(outcome.tally.spent),
    ...(shard && { shard: `${shard.index}/${shard.of}` }),
    ...(outcome.stopped && { stopped: printable(outcome.stopped.message) }),
    ...(facts.ci !== undefined && { ci: facts.ci }),
  };
}

type Result = 'passed' | 'failure' | 'error' | 'skipped';

function countResults(facts: JUnitFacts): Readonly<Record<string, number>> {
  const counts = { passed: 0, failure: 0, error: 0, skipped: 0 };
  let tests = 0;
  for (const { step } of verdictsOf(facts)) {
    counts[resultOf(step)]++;
    tests++;
  }
  const { failure: failures, error: errors, skipped } = counts;
  return { tests, failures, errors, skipped };
}

function resultOf(step: Step): Result {
  switch (step.do) {
    case 'nothing':
      return step.outcome === 'done' ? 'passed' : 'failure';
    case 'settle':
      return 'error';
    case 'submit':
    case 'watch':
    case 'fetch':
    case 'measure':
      return 'skipped';
  }
}

function testCase(verdict: Verdict, facts: JUnitFacts): string {
  const { job, attempts, isStray } = verdict;
  const { name: batch } = facts.batch.plan.manifest;
  const folders = job.output.split('/').slice(0, -1);
  const attributes = {
    // A dot within a name would be taken for the end of a package.
    classname: [batch, ...folders].map((part) => part.replaceAll('.', '_')).join('.'),
    // A stray may have the name that another job has got since.
    name: isStray ? `${job.output} (${job.id.slice(0, 10)}, not selected)` : job.output,
    time: seconds(taskTime(attempts.at(-1))),
  };
  const start = `    <testcase${xmlAttributes(attributes)}`;
  const inside = resultElement(verdict, facts);
  return inside === '' ? `${start}/>\n` : `${start}>\n${inside}    </testcase>\n`;
}

function resultElement({ job, attempts, step }: Verdict, { outcome, outputDir }: JUnitFacts) {
  const element = (name: Result, type: string, message: string) => {
    const lines = [
      printable(message, longestMessage),
      showCoordinates(job.coordinates),
      ...attempts.map((attempt) => attemptText(attempt, outputDir)),
    ];
    const attributes = xmlAttributes({ message: printable(message), type });
    return `      <${name}${attributes}>${xmlText(lines.join('\n'))}</${name}>\n`;
  };
  const skipped = (message: string) =>
    `      <skipped${xmlAttributes({ message: printable(message) })}/>\n`;
  const why = outcome.stopped ? `: ${outcome.stopped.message}` : '';
  switch (step.do) {
    case 'nothing':
      if (step.outcome === 'done') return '';
      return element('failure', step.failure.reason, describeFailure(step.failure));
    case 'settle': {
      const told = outcome.inDoubt.find((doubt) => doubt.job.id === job.id)?.message;
      const detail = told === undefined ? '' : `: ${told}`;
      return element('error', 'in-doubt', `nobody knows yet whether it was bought${detail}`);
    }
    case 'submit':
      return skipped(`not started${why}`);
    case 'watch':
      return skipped(
        `its task ${step.attempt.taskId} goes on at the server, and the next run brings it home${why}`,
      );
    case 'fetch':
    case 'measure':
      return skipped(`paid for, and the next run brings it home${why}`);
  }
}

/** `attempt 2, task 4711, 2026-01-31T12:00:00.000Z, $0.0176: the task ended without an output` */
function attemptText(attempt: Attempt, outputDir: string): string {
  const about = [
    `attempt ${attempt.number}`,
    ...('taskId' in attempt ? [`task ${printable(attempt.taskId, 100)}`] : []),
    new Date(attempt.intendedAt).toISOString(),
    ...('cost' in attempt ? [showUsd(attempt.cost)] : []),
  ];
  return `${about.join(', ')}: ${fateText(attempt, outputDir)}`;
}

function fateText(attempt: Attempt, outputDir: string): string {
  switch (attempt.stage) {
    case 'intended':
      return 'sent, and its answer was lost';
    case 'running':
      return 'in flight';
    case 'succeeded':
      return 'ended well';
    case 'saved':
      return `saved as ${attempt.files.map(({ path }) => printable(`${outputDir}/${path}`)).join(', ')}`;
    case 'failed':
      return printable(describeFailure(attempt.failure), longestMessage);
  }
}

/** Milliseconds that the task took: of execution where Wiro says so, else between its first and last sight. */
function taskTime(attempt: Attempt | undefined): number {
  if (attempt === undefined || !('endedAt' in attempt)) return 0;
  if ('seconds' in attempt) return attempt.seconds * 1000;
  return attempt.acceptedAt === undefined ? 0 : attempt.endedAt - attempt.acceptedAt;
}

function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3);
}
