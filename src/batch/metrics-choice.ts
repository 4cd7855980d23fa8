/** Where metrics are served, from flags and configuration; nothing listens yet. */
import type { Config } from './config.ts';
import { readListenAddress, type ListenAddress } from './push-choice.ts';

export interface MetricsFlags {
  /** `none` turns off what the configuration says. */
  readonly metrics?: ListenAddress | typeof none;
}

const none = 'none';

/** Undefined: nobody asks for them, and nothing is counted. Throws `UsageError`. */
export function chooseMetrics(
  { metrics }: MetricsFlags,
  { metrics: configured }: Config,
): ListenAddress | undefined {
  const chosen =
    metrics ?? (configured === undefined ? undefined : readListenAddress(configured, 'metrics'));
  return chosen === none ? undefined : chosen;
}

/** An address as it was typed, or `none`. Throws `UsageError`. */
export function readMetricsAddress(text: string): ListenAddress | typeof none {
  return text === none ? none : readListenAddress(text, '--metrics');
}
