import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need database servers: `npm run test:workers`.
    exclude: ['test/workers/**'],
    // Most of them wait for processes, sockets and clocks more than they compute.
    maxWorkers: 2 * availableParallelism(),
    // Tests start real processes and servers; a slow machine must not fail them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default'],
  },
});
