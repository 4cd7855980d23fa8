/** The batch that the tests of the state are about. */
import type { JobPolicy } from '../../src/job/next-step.ts';
import type { BatchIdentity } from '../../src/state/sqlite-store.ts';

export const identity: BatchIdentity = {
  name: 'midnight-ab',
  service: 'https://api.example.com/v1',
};

export const policy: JobPolicy = { attempts: 3 };
