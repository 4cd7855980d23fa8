/**
 * Which limits hold: the flag, else the manifest; and never more than the configuration allows, which
 * speaks for the whole project.
 */
import type { Picodollars } from '../job/money.ts';
import { parseUsd } from '../job/money.ts';
import type { Limits } from '../manifest/manifest.ts';
import type { Config } from './config.ts';
import { capped, firstSaid, type Said } from './said.ts';

export interface LimitFlags {
  readonly tasks?: number;
  readonly budget?: Picodollars;
  readonly deadline?: number;
}

export interface SaidLimits {
  readonly tasks: Said<number>;
  readonly requestsPerSecond: Said<number>;
  readonly budget: Said<Picodollars> | undefined;
  readonly deadline: Said<number> | undefined;
}

type Limited = Pick<Limits, keyof SaidLimits>;

export function limitsInForce(manifest: Limits, flags: LimitFlags, config: Config): Limits {
  const { tasks, requestsPerSecond, budget, deadline } = saidLimits(manifest, flags, config);
  return {
    ...manifest,
    tasks: tasks.value,
    requestsPerSecond: requestsPerSecond.value,
    ...(budget && { budget: budget.value }),
    ...(deadline && { deadline: deadline.value }),
  };
}

export function saidLimits(manifest: Limited, flags: LimitFlags, config: Config): SaidLimits {
  const cap = config.limits ?? {};
  const tasks = firstSaid<number>({ flag: flags.tasks, manifest: manifest.tasks });
  const requestsPerSecond = firstSaid<number>({ manifest: manifest.requestsPerSecond });
  const budget = firstSaid<Picodollars>({ flag: flags.budget, manifest: manifest.budget });
  return {
    tasks: capped(tasks, cap.tasks),
    requestsPerSecond: capped(requestsPerSecond, cap.requestsPerSecond),
    budget: capped(budget, cap.budget === undefined ? undefined : parseUsd(cap.budget)),
    deadline: firstSaid<number>({ flag: flags.deadline, manifest: manifest.deadline }),
  };
}
