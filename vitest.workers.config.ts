/** The tests that need PostgreSQL and Redis: `npm run test:workers`. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/workers/**/*.test.ts'],
    globalSetup: ['test/workers/one-postgres.ts'],
    // Each starts processes of its own, and they wait for one another.
    maxWorkers: 2 * availableParallelism(),
    maxConcurrency: 4,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default'],
  },
});
