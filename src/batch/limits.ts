/**
 * Which limits hold: the flag, else the manifest; and never more than the configuration allows, which
 * speaks for the whole project.
 */
import type { Picodollars } from '../job/money.ts';
import { parseUsd } from '../job/money.ts';
import type { Limits } from '../manifest/manifest.ts';
import type { Config } from './config.ts';

export interface LimitFlags {
  readonly tasks?: number;
  readonly budget?: Picodollars;
  readonly deadline?: number;
}

export function limitsInForce(manifest: Limits, flags: LimitFlags, config: Config): Limits {
  const cap = config.limits ?? {};
  const budget = least(
    flags.budget ?? manifest.budget,
    cap.budget === undefined ? undefined : parseUsd(cap.budget),
  );
  const deadline = flags.deadline ?? manifest.deadline;
  return {
    ...manifest,
    tasks: Math.min(flags.tasks ?? manifest.tasks, cap.tasks ?? Infinity),
    requestsPerSecond: Math.min(manifest.requestsPerSecond, cap.requestsPerSecond ?? Infinity),
    ...(budget !== undefined && { budget }),
    ...(deadline !== undefined && { deadline }),
  };
}

function least(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}
