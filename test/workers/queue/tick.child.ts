/** Takes a tick in a process of its own, says so on stdout, and never ends with it. */
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import { onSchedule } from '../../../src/queue/schedules.ts';

const address = JSON.parse(process.argv[2] ?? '') as QueueAddress;
await onSchedule(
  address,
  'account',
  ({ id }) => {
    process.stdout.write(`${id}\n`);
    return new Promise(() => undefined);
  },
  (message) => process.stderr.write(`${message}\n`),
);
