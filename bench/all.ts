/**
 * Every bench of a million jobs, one after the other, as RESULTS.md has them. `npm run bench`; about half an
 * hour on two cores that have nothing else to do, and some GB of disk.
 */
import { spawnSync } from 'node:child_process';
import { at } from './measure.ts';

const benches: readonly (readonly [title: string, ...words: readonly string[]])[] = [
  ['Jobs a second', 'throughput.ts', '20000', '3'],
  ['Planning', 'plan.ts'],
  ['The state', 'state.ts'],
  ['Waiting', 'idle.ts'],
  ['metadata.json', 'metadata.ts'],
  ['Memory', 'memory.ts'],
  ['Starting', 'start.ts'],
  ['Scheduling, in virtual time', 'simulate.ts'],
];

let failed = 0;
for (const [title, script = '', ...words] of benches) {
  process.stdout.write(`## ${title}\n\n`);
  const { status } = spawnSync(process.execPath, [at(script), ...words], { stdio: 'inherit' });
  if (status !== 0) failed++;
  process.stdout.write('\n');
}
process.exitCode = failed > 0 ? 1 : 0;
