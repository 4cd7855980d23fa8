/**
 * What songbatch counts while it works, and the server from which Prometheus fetches it. Numbers only: of
 * what a batch holds, its name alone becomes a label.
 */
import type { ApiCall, CallOutcome, Traffic } from '../job/traffic.ts';
import { createBatchMetrics, type BatchMetrics } from './batch-metrics.ts';
import { serveMetrics, type MetricsAddress, type MetricsServer } from './metrics-server.ts';
import { addProcessMetrics } from './process-metrics.ts';
import type { Checks } from './readiness.ts';
import { createRegistry, type Registry } from './registry.ts';

export interface Metrics extends Traffic {
  /** Those of one name are counted as one. */
  readonly ofBatch: (name: string) => BatchMetrics;
  /** For what only the caller knows. */
  readonly registry: Registry;
  /** Rejects with the system's error where it cannot listen. @param checks see `/readyz` */
  readonly listen: (address: MetricsAddress, checks: Checks) => Promise<MetricsServer>;
}

/** Alerts look for an increase of these: they are there from the start. */
const expected: readonly CallOutcome[] = ['ok', 'concurrency-limit', 'insufficient-balance'];

/** @param now milliseconds, from any start */
export function createMetrics(version: string, now = () => performance.now()): Metrics {
  const registry = createRegistry();
  const build = registry.gauge('songbatch_build_info', 'Always 1; the version is its label.');
  build.set(1, { version });
  const requests = registry.counter(
    'songbatch_api_requests_total',
    'Requests to the API, repetitions included, by call and by what became of them.',
  );
  const downloaded = registry.counter(
    'songbatch_downloaded_bytes_total',
    'Bytes of the files that came home, whole and verified.',
  );
  const create = createBatchMetrics(registry, now);
  const batches = new Map<string, BatchMetrics>();
  const onCall = (call: ApiCall, outcome: CallOutcome) => {
    requests.add(1, { call, outcome });
  };
  for (const outcome of expected) requests.add(0, { call: 'Run', outcome });
  downloaded.add(0);

  return {
    onCall,
    onDownloaded: downloaded.add,
    ofBatch: (name) => {
      const known = batches.get(name) ?? create(name);
      batches.set(name, known);
      return known;
    },
    registry,
    listen: async (address, checks) => {
      const server = await serveMetrics(address, registry.text, checks);
      const stopLooking = addProcessMetrics(registry);
      return {
        ...server,
        close: async () => {
          stopLooking();
          await server.close();
        },
      };
    },
  };
}
