/**
 * The embedded server with tasks that take ten minutes, however many there are: prints its URL and serves
 * until it is killed.
 */
import { startSandbox } from '../src/sandbox/sandbox.ts';

const server = await startSandbox({
  workers: 100_000,
  // It executes for one and a half times as long.
  render: () => Promise.resolve({ file: new Uint8Array(64), seconds: 400 }),
});
process.stdout.write(`${server.url}\n`);
