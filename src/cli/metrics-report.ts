/** `--metrics`: serves what is counted of a run while it goes on. */
import type { ListenAddress } from '../batch/push-choice.ts';
import { UsageError } from '../batch/usage-error.ts';
import type { BatchMetrics } from '../metrics/batch-metrics.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { MetricsServer } from '../metrics/metrics-server.ts';
import type { RunEvent } from '../run/events.ts';
import type { Invocation } from './invocation.ts';
import type { Report } from './reports.ts';

export function metricsReport(address: ListenAddress, { version, tell }: Invocation): Report {
  const metrics = createMetrics(version);
  let batch: BatchMetrics | undefined;
  let idle: string | undefined = 'the run has not begun';
  let server: MetricsServer | undefined;
  return {
    begin: async () => {
      try {
        server = await metrics.listen(address, { run: () => idle });
      } catch (error) {
        throw new UsageError(
          `cannot serve metrics: ${error instanceof Error ? error.message : String(error)}`,
          'choose another address with --metrics, each run needs its own, or go without: --metrics none',
        );
      }
      tell(`metrics are at ${server.url}/metrics`);
    },
    see: (event) => {
      if (event.type === 'started') batch = metrics.ofBatch(event.plan.manifest.name);
      batch?.onEvent(event);
      idle = idleAfter(event, idle);
    },
    traffic: metrics,
    close: () => server?.close(),
  };
}

/** Why the run submits nothing (more), in words that hold nothing of the batch or of the API. */
function idleAfter(event: RunEvent, before: string | undefined): string | undefined {
  switch (event.type) {
    case 'started':
      return undefined;
    case 'stopping':
      return `nothing more is submitted: ${event.reason.kind}`;
    case 'finished':
      return 'the run is over';
    default:
      return before;
  }
}
