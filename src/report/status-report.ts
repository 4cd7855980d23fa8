/** Where a batch stands: for people as text, for machines as JSON. */
import type { Attempt, AttemptStage, JobRecord } from '../job/history.ts';
import { describeFinding } from '../job/checks.ts';
import { describeFailure } from '../job/failure.ts';
import { exactUsd, showUsd } from '../job/money.ts';
import { findingsOf, policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { EngineStanding } from '../run/engine-standing.ts';
import type { Tally } from '../run/events.ts';
import { count, printable, showDuration, showFailure, showTally } from './words.ts';

const schemaId = 'https://songbatch.dev/schemas/status.schema.json';

export interface StatusFacts {
  readonly manifest: Manifest;
  /** Its path as it was typed. */
  readonly shownAs: string;
  readonly statePath: string;
  /** Of a batch of many machines. */
  readonly engine?: EngineStanding;
  /** Undefined: nothing has been run yet. */
  readonly store: StoreReader | undefined;
  readonly tally: Tally;
  readonly gone: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Rows of each kind that the text shows; JSON has them all. */
const shownRows = 10;

export function statusText(facts: StatusFacts): string {
  const { manifest, statePath, engine, store, tally, gone, now } = facts;
  if (!store) {
    const where = engine ? `not known at ${engine.address}` : `no state at ${statePath}`;
    return `${manifest.name}: nothing has been run yet: ${count(tally.jobs, 'job')} (${where})`;
  }
  return [
    `${manifest.name}: ${tally.done} of ${count(tally.jobs, 'job')} done`,
    `${showTally(tally)} · ${showUsd(tally.spent)} spent`,
    ...(engine ? engineLines(engine) : []),
    ...(gone > 0 ? [`${count(gone, 'job')} of the state no longer in the manifest`] : []),
    ...rows('In doubt', at(store, 'intended'), ({ intendedAt }) => `sent ${ago(intendedAt, now)}`),
    ...rows(
      'In flight',
      at(store, 'running'),
      ({ taskId, acceptedAt }) => `task ${printable(taskId)}, ${ago(acceptedAt, now)}`,
    ),
    ...rows('To download', at(store, 'succeeded'), ({ taskId }) => `task ${printable(taskId)}`),
    ...rows(
      'Failed',
      at(store, 'failed'),
      ({ number, failure }) => `attempt ${number}: ${showFailure(failure)}`,
      store.counts().jobs.failed,
    ),
    ...rows(
      'Here, but failing checks',
      failingChecks(facts),
      (attempt) =>
        printable(findingsOf(attempt, manifest.checks).map(describeFinding).join(', and ')),
      store.judged(policyOf(manifest))?.counts().rejected,
    ),
  ].join('\n');
}

function engineLines(engine: EngineStanding): string[] {
  const { address, workers, allowed, inFlight, orders, stopped } = engine;
  return [
    `${address}: ${count(workers, 'worker')} · ${inFlight} of ${count(allowed, 'task')} in flight on the account · ${count(orders, 'job')} to see to`,
    ...(stopped === undefined ? [] : [`no more submissions: ${printable(stopped)}`]),
  ];
}

type At<Stage extends AttemptStage> = Extract<Attempt, { stage: Stage }>;

interface Found<Stage extends AttemptStage> {
  readonly record: JobRecord;
  readonly attempt: At<Stage>;
}

function at<Stage extends AttemptStage>(store: StoreReader, stage: Stage): Generator<Found<Stage>> {
  return among(store.records([stage]), stage);
}

function* among<Stage extends AttemptStage>(
  records: Iterable<JobRecord>,
  stage: Stage,
): Generator<Found<Stage>> {
  for (const record of records) {
    const attempt = record.attempts.at(-1);
    if (attempt && isAt(attempt, stage)) yield { record, attempt };
  }
}

function* failingChecks({ store, manifest }: StatusFacts): Generator<Found<'saved'>> {
  const { checks } = manifest;
  if (!store || !checks || checks.warn) return;
  const saved = store.judged(policyOf(manifest))?.records(['rejected']) ?? store.records(['saved']);
  for (const found of among(saved, 'saved')) {
    if (findingsOf(found.attempt, checks).length > 0) yield found;
  }
}

function isAt<Stage extends AttemptStage>(attempt: Attempt, stage: Stage): attempt is At<Stage> {
  return attempt.stage === stage;
}

/** @param known how many there are; where it is not known all of them are gone through */
function rows<Stage extends AttemptStage>(
  title: string,
  found: Iterable<Found<Stage>>,
  say: (attempt: At<Stage>) => string,
  known?: number,
): string[] {
  const lines: string[] = [];
  let seen = 0;
  for (const { record, attempt } of found) {
    seen++;
    if (seen > shownRows && known !== undefined) break;
    if (seen > shownRows) continue;
    lines.push(`  ${record.job.id.slice(0, 10)}  ${printable(record.job.output)}  ${say(attempt)}`);
  }
  if (seen === 0) return [];
  const total = known ?? seen;
  if (total > shownRows) lines.push(`  … and ${total - shownRows} more (--json shows all)`);
  return ['', `${title}:`, ...lines];
}

function ago(time: number, now: number): string {
  return `${showDuration(Math.max(0, now - time))} ago`;
}

export function statusJson(facts: StatusFacts): unknown {
  const { manifest, shownAs, statePath, engine, store, tally, gone } = facts;
  const { spent, ...standing } = tally;
  const listOf = <Stage extends AttemptStage>(
    found: Iterable<Found<Stage>>,
    more: (attempt: At<Stage>) => object,
  ) =>
    [...found].map(({ record: { job }, attempt }) => ({
      id: job.id,
      output: job.output,
      coordinates: job.coordinates,
      attempt: attempt.number,
      ...more(attempt),
    }));
  const list = <Stage extends AttemptStage>(stage: Stage, more: (attempt: At<Stage>) => object) =>
    listOf(store ? at(store, stage) : [], more);
  const time = (milliseconds: number) => new Date(milliseconds).toISOString();
  return {
    $schema: schemaId,
    manifest: { name: manifest.name, path: shownAs, sha256: manifest.sha256 },
    state: store && !engine ? statePath : null,
    ...(engine && { engine }),
    tally: { ...standing, gone },
    spentUsd: exactUsd(spent),
    inDoubt: list('intended', ({ intendedAt }) => ({ intendedAt: time(intendedAt) })),
    inFlight: list('running', ({ taskId, acceptedAt }) => ({
      taskId,
      acceptedAt: time(acceptedAt),
    })),
    toDownload: list('succeeded', ({ taskId }) => ({ taskId })),
    failed: list('failed', ({ failure, endedAt }) => ({
      failure: failure.reason,
      message: describeFailure(failure),
      endedAt: time(endedAt),
    })),
    failedChecks: listOf(failingChecks(facts), (attempt) => ({
      findings: findingsOf(attempt, manifest.checks).map((one) => ({
        check: one.check,
        message: describeFinding(one),
      })),
    })),
  };
}
