/**
 * The long form of the chaos of many machines: 600 jobs, 3 workers as 3 processes, SIGKILL and SIGSTOP at random and two
 * crashes of PostgreSQL, with each of the two queues. `npm run chaos:fleet [-- SEED [JOBS [QUEUE]]]`. What it prints
 * names the seed. Exit code 1 where a promise was broken.
 */
import { weather, type Storm } from '../test/workers/storm.ts';

const [seed = Date.now() % 1_000_000, jobs = 600] = process.argv.slice(2, 4).map(Number);
const [, , , , wanted] = process.argv;
const queues = (['postgres', 'redis'] as const).filter((queue) => (wanted ?? queue) === queue);
const blows = { kills: Math.ceil(jobs / 15), stops: Math.ceil(jobs / 30), crashes: 2 };

process.stdout.write(
  [
    `seed ${seed}: ${jobs} jobs, 3 workers`,
    '',
    '| queue | SIGKILL | SIGSTOP | crashes | starts | tasks made | in flight, of 12 | paid twice | lost | other | s |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    '',
  ].join('\n'),
);
const findings: string[] = [];
for (const queue of queues) {
  const storm: Storm = { seed, jobs, workers: 3, tasks: 12, ...blows, queue };
  const after = await weather(storm);
  const { paidTwice, lost, wrong } = after.audit;
  const { kills, stops, crashes, starts, tasks, peak, seconds } = after;
  const figures = [kills, stops, crashes, starts, tasks, peak];
  const broken = [paidTwice.length, lost.length, wrong.length, seconds.toFixed(0)];
  process.stdout.write(`| ${[queue, ...figures, ...broken].join(' | ')} |\n`);
  findings.push(...paidTwice, ...lost, ...wrong);
  if (peak > storm.tasks) findings.push(`${peak} tasks in flight, and ${storm.tasks} were allowed`);
}
for (const finding of findings) process.stdout.write(`  ${finding}\n`);
if (findings.length > 0) process.exitCode = 1;
