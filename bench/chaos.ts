/**
 * The long form of the chaos test: 120 jobs, 40 kills. `npm run chaos [-- SEED [SONGS [KILLS]]]`. What
 * it prints names the seed, which brings the same weather again. Exit code 1 where a promise was broken.
 */
import { weather } from '../test/chaos/chaos.ts';

const drawn = Date.now() % 1_000_000;
const [seed = drawn, songs = 120, kills = 40] = process.argv.slice(2).map(Number);

process.stdout.write(`seed ${seed}: ${songs} jobs, ${kills} kills\n`);
const started = performance.now();
const after = await weather({ seed, songs, kills });
const { paidTwice, lost, wrong } = after.audit;
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const faults = Object.entries(after.faults).map(([name, count]) => `${name} ${count}`);

process.stdout.write(
  [
    `${after.kills} kills, ${after.starts} starts, ${after.tasks} tasks made, ${seconds} s`,
    `faults: ${faults.sort().join(', ')}`,
    `${paidTwice.length} paid twice, ${lost.length} lost, ${wrong.length} other disagreements`,
    ...[...paidTwice, ...lost, ...wrong].map((finding) => `  ${finding}`),
    '',
  ].join('\n'),
);
const isKept = paidTwice.length + lost.length + wrong.length === 0;
if (after.kills < kills) process.stdout.write('it was through before all kills were used up\n');
if (!isKept || after.kills < kills) process.exitCode = 1;
