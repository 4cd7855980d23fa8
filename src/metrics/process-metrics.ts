/** The process itself; names that begin with `process_` are those of Prometheus' own client libraries. */
import type { Registry } from './registry.ts';

/** Milliseconds. */
const lookInterval = 100;
/** Seconds. */
const lagBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Call what it returns when nobody asks any more. */
export function addProcessMetrics(registry: Registry): () => void {
  const { counter, gauge, histogram, beforeText } = registry;
  const cpu = counter('process_cpu_seconds_total', 'CPU time, of all threads.');
  const resident = gauge('process_resident_memory_bytes', 'Resident memory.');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Heap of the main thread that is in use.');
  const started = gauge('process_start_time_seconds', 'When the process started, since 1970.');
  started.set(performance.timeOrigin / 1000);
  const lag = histogram(
    'songbatch_event_loop_lag_seconds',
    `By how much a timer of ${lookInterval} ms was late: whatever else was due waited as long.`,
    lagBounds,
  );

  let counted = 0;
  beforeText(() => {
    const { user, system } = process.cpuUsage();
    cpu.add((user + system - counted) / 1e6);
    counted = user + system;
    const { rss, heapUsed } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
  });

  let lookedAt = performance.now();
  const looking = setInterval(() => {
    const now = performance.now();
    lag.observe(Math.max(0, now - lookedAt - lookInterval) / 1000);
    lookedAt = now;
  }, lookInterval).unref();
  return () => {
    clearInterval(looking);
  };
}
