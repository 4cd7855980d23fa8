/** What a worker counts, and where Prometheus fetches it. */
import type { WorkerStatus } from '../batch/engine/worker.ts';
import type { ListenAddress } from '../batch/push-choice.ts';
import { UsageError } from '../batch/usage-error.ts';
import type { Traffic } from '../job/traffic.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { MetricsServer } from '../metrics/metrics-server.ts';
import type { RunEvent } from '../run/events.ts';

export interface WorkerMetrics {
  readonly traffic: Traffic;
  readonly see: (batch: string, event: RunEvent) => void;
  /** Throws `UsageError` where it cannot be listened there. */
  readonly serve: (address: ListenAddress, status: () => WorkerStatus) => Promise<MetricsServer>;
}

export function countWorker(version: string): WorkerMetrics {
  const metrics = createMetrics(version);
  const { registry } = metrics;
  return {
    traffic: metrics,
    see: (batch, event) => {
      metrics.ofBatch(batch).onEvent(event);
    },
    serve: async (address, status) => {
      const orders = registry.gauge('songbatch_worker_jobs', 'Jobs that this worker has in hand.');
      const workers = registry.gauge(
        'songbatch_account_workers',
        'Workers of the account that were heard of in the last seconds.',
      );
      const allowed = registry.gauge(
        'songbatch_account_tasks_allowed',
        'Tasks that the account may have in flight: what batches ask for, or what code 96 has left of it.',
      );
      const inFlight = registry.gauge(
        'songbatch_account_tasks_in_flight',
        'Tasks of all batches on the account that are in flight, or may be.',
      );
      registry.beforeText(() => {
        const { orders: inHand, workers: heardOf, allowance } = status();
        orders.set(inHand);
        workers.set(heardOf);
        allowed.set(allowance.allowed);
        inFlight.set(allowance.open);
      });
      const database = () =>
        status().isAlive ? undefined : 'the database does not answer: nothing is submitted';
      try {
        return await metrics.listen(address, { database });
      } catch (error) {
        throw new UsageError(
          `cannot serve metrics: ${error instanceof Error ? error.message : String(error)}`,
          'choose another address with --metrics, each worker needs its own',
        );
      }
    },
  };
}
