/** `schedule add`: what is to be kept of a batch that begins by itself, and what is to be known before it does. */
import type { Picodollars } from '../job/money.ts';
import type { Limits } from '../manifest/manifest.ts';
import { isEverything } from '../plan/selection.ts';
import { selectedJobs } from '../run/standing.ts';
import type { AskAboutModel } from './ask-about-model.ts';
import type { Batch, OnWarning } from './batch.ts';
import { bundleBatch, folderOf, loadBundle, type BundleFlags } from './bundle.ts';
import type { Config } from './config.ts';
import { limitsInForce, type LimitFlags } from './limits.ts';
import type { Overlap } from './overlap.ts';
import { momentOf, type KeptLimits, type KeptSchedule } from './schedule.ts';
import type { Surroundings } from './surroundings.ts';
import { machineZone, refuseUnknownZone } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

export interface ScheduleFlags extends BundleFlags, Omit<LimitFlags, 'budget'> {
  /** Its id; unless given, the manifest's name. */
  readonly name?: string;
  /** IANA name; unless given, that of this machine. */
  readonly tz?: string;
  readonly overlap: Overlap;
  /** False: it was said that none is wanted. */
  readonly budget?: Picodollars | false;
}

export interface Adding extends Pick<Surroundings, 'environment' | 'workingDirectory'> {
  readonly config: Config;
  /** Of songbatch. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Throws `ManifestError` or `UsageError`. */
export async function makeSchedule(
  path: string,
  { name, tz = machineZone(), overlap, budget, ...flags }: ScheduleFlags,
  adding: Adding,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<KeptSchedule> {
  refuseUnknownZone(tz);
  const moment = momentOf({ id: name ?? 'schedule', tz }, adding.now);
  const bundle = await bundleBatch(path, flags, adding, moment, onWarning, ask);
  // What is told of it is what a worker will read.
  const batch = await loadBundle(bundle, moment, () => undefined, undefined);
  const { manifest } = batch;
  const wanted = { ...flags, ...(budget !== undefined && budget !== false && { budget }) };
  const limits = limitsInForce(manifest.limits, wanted, adding.config);
  if (limits.budget === undefined && budget !== false) {
    throw new UsageError(
      `${path} has no budget, and a schedule buys while nobody looks`,
      'give --budget 25 (or limits.budget in the manifest), or say --no-budget',
    );
  }
  return {
    id: name ?? manifest.name,
    tz,
    overlap,
    addedAt: new Date(adding.now).toISOString(),
    addedBy: adding.version,
    batch: manifest.name,
    jobs: jobsOf(batch),
    limits: keptLimits(limits),
    bundle,
  };
}

/** Where the songs of a tick go, and when another tick means another batch. */
export interface TickPlaces {
  /** Absolute, or in a bucket. */
  readonly outputDir: string;
  readonly newBatch: 'each-time' | 'each-day' | 'never';
}

/** @param at a tick, in milliseconds since 1970 */
export async function placesOf(schedule: KeptSchedule, at: number): Promise<TickPlaces> {
  const moment = momentOf(schedule, at);
  const folder = (change: Partial<typeof moment>) =>
    folderOf(schedule.bundle, { ...moment, ...change });
  const outputDir = await folder({});
  if ((await folder({ runId: `${moment.runId}-other` })) !== outputDir) {
    return { outputDir, newBatch: 'each-time' };
  }
  const hasDay = (await folder({ date: '1970-01-01' })) !== outputDir;
  return { outputDir, newBatch: hasDay ? 'each-day' : 'never' };
}

function jobsOf({ plan, selection }: Batch): number {
  if (isEverything(selection)) return plan.jobs;
  return selectedJobs(plan, selection).reduce((sum) => sum + 1, 0);
}

function keptLimits({ tasks, requestsPerSecond, budget, deadline }: Limits): KeptLimits {
  return {
    tasks,
    requestsPerSecond,
    ...(budget !== undefined && { budget }),
    ...(deadline !== undefined && { deadline }),
  };
}
