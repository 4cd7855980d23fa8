/**
 * What the placeholders of a run stand for (`manifest/run-values.ts`), read from flags, configuration,
 * environment and clock.
 *
 * The environment can say the date too: the runners of one batch, and the commands of one script, must
 * mean the same day on both sides of midnight.
 */
import type { RunValues } from '../manifest/run-values.ts';
import { variable } from './said.ts';
import { UsageError } from './usage-error.ts';

export interface RunValueFlags {
  readonly date?: string;
  readonly runId?: string;
}

/** Ours first, then what CI services call it: the same again where a run is repeated there. */
const runIdVariables = [
  'SONGBATCH_RUN_ID',
  'GITHUB_RUN_ID',
  'CI_PIPELINE_ID',
  'BUILD_TAG',
  'BUILDKITE_BUILD_ID',
  'CIRCLE_WORKFLOW_WORKSPACE_ID',
  'BUILD_BUILDID',
] as const;

/** The date that somebody has said, or undefined: then it is today's. */
export function givenDate(
  { date }: RunValueFlags,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const said = variable(environment, 'SONGBATCH_DATE');
  if (date !== undefined || said === undefined) return date;
  if (!isDate(said)) {
    throw new UsageError(`SONGBATCH_DATE=${said} is not a date`, 'write it as 2026-11-22');
  }
  return said;
}

/** @param allowed names of variables that manifests may use */
export function runValues(
  flags: RunValueFlags,
  allowed: readonly string[],
  environment: NodeJS.ProcessEnv,
): RunValues {
  const ids = runIdVariables.map((name) => variable(environment, name));
  return {
    date: givenDate(flags, environment) ?? dayOf(Date.now()),
    runId: flags.runId ?? ids.find((id) => id !== undefined),
    env: new Map(allowed.map((name) => [name, environment[name]])),
  };
}

/** A day that there is, as `2026-11-22`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && dayOf(time) === text;
}

const day = 24 * 60 * 60_000;

/** Of the calendar. */
export function dayBefore(date: string, days: number): string {
  return dayOf(Date.parse(`${date}T00:00:00Z`) - days * day);
}

/** UTC. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
