/**
 * What a schedule remembers, as JSON text (`schemas/schedule.schema.json`) beside its cron in the queue: a
 * bundled batch, the limits that hold for it, and what to do where ticks overlap. So any worker can begin the
 * batch when a tick comes.
 */
import type { Picodollars } from '../job/money.ts';
import { exactUsd, parseUsd } from '../job/money.ts';
import type { Limits } from '../manifest/manifest.ts';
import { visible } from '../manifest/frame.ts';
import { validateSchedule } from '../schemas/validators.ts';
import type { Bundle, MomentValues } from './bundle.ts';
import { bundleFormat, refuseForeignBundle } from './bundle.ts';
import type { Overlap } from './overlap.ts';
import { dayIn } from './time-zone.ts';
import { UsageError } from './usage-error.ts';

export interface KeptSchedule {
  readonly id: string;
  /** IANA name. */
  readonly tz: string;
  readonly overlap: Overlap;
  /** When it was added, and by which version of songbatch. ISO 8601, UTC. */
  readonly addedAt: string;
  readonly addedBy: string;
  /** The manifest's name. */
  readonly batch: string;
  /** Of each tick. */
  readonly jobs: number;
  readonly limits: KeptLimits;
  readonly bundle: Bundle;
}

/** Those in force when it was added: of flags, manifest and configuration. */
export interface KeptLimits {
  readonly tasks: number;
  readonly requestsPerSecond: number;
  readonly budget?: Picodollars;
  /** Milliseconds. */
  readonly deadline?: number;
}

const schemaId = 'https://songbatch.dev/schemas/schedule.schema.json';
const format = 1;

export function scheduleText({ limits, ...schedule }: KeptSchedule): string {
  const { budget, ...others } = limits;
  const written = {
    ...others,
    ...(budget !== undefined && { budgetUsd: exactUsd(budget) }),
  };
  const { bundle, ...rest } = schedule;
  return JSON.stringify({ $schema: schemaId, format, ...rest, limits: written, bundle });
}

interface Written extends Omit<KeptSchedule, 'limits'> {
  readonly $schema: string;
  readonly format: number;
  readonly limits: Omit<KeptLimits, 'budget'> & { readonly budgetUsd?: string };
}

/** Throws `UsageError` where another version wrote it, or it is damaged. @param id by which the queue knows it */
export function readSchedule(text: string, id: string): KeptSchedule {
  const name = `the schedule ${JSON.stringify(visible(id))}`;
  const value = parsed(text);
  if (!isObject(value) || value['$schema'] !== schemaId) {
    throw new UsageError(`${name} is none of songbatch's`, 'remove it, or add it again');
  }
  refuseOtherFormat(value['format'], format, name);
  const bundled = value['bundle'];
  if (isObject(bundled)) refuseOtherFormat(bundled['format'], bundleFormat, name);
  if (!validateSchedule(value)) {
    const [first] = validateSchedule.errors ?? [];
    const where = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const clause = visible(`${where === '' ? 'it' : where} ${first?.message ?? 'is wrong'}`);
    throw new UsageError(`${name} is damaged: ${clause}`, 'add it again');
  }
  const { $schema: _, format: __, limits, ...schedule } = value as unknown as Written;
  refuseForeignBundle(schedule.bundle, name);
  const { budgetUsd, ...others } = limits;
  // What the schema lets through is an amount; else nothing would be bought.
  const budget = budgetUsd === undefined ? undefined : (parseUsd(budgetUsd) ?? 0n);
  return { ...schedule, limits: { ...others, ...(budget !== undefined && { budget }) } };
}

/** What a tick calls its day and its run: the same, whoever takes it up and whenever. @param at milliseconds since 1970 */
export function momentOf({ id, tz }: Pick<KeptSchedule, 'id' | 'tz'>, at: number): MomentValues {
  const stamp = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return { date: dayIn(tz, at), runId: `${id}-${stamp}` };
}

/** Of the manifest as it was bundled, with what was in force around it. */
export function limitsOfTick(manifest: Limits, { limits }: Pick<KeptSchedule, 'limits'>): Limits {
  return { ...manifest, ...limits };
}

function refuseOtherFormat(found: unknown, known: number, name: string): void {
  if (found === known) return;
  const isNewer = typeof found === 'number' && found > known;
  const shown = visible(String(found)).slice(0, 20);
  throw new UsageError(
    `${name} was added by ${isNewer ? 'a newer' : 'another'} songbatch (format ${shown}, this one reads ${known})`,
    isNewer ? 'update songbatch here' : 'add it again',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
