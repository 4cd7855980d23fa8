/**
 * How often a job is paid twice, or lost, per 1,000 SIGKILLs in bad weather. `npm run bench:faults
 * [-- KILLS [SEED]]`. The kills are dealt out to batches of their own, four at a time; what is counted
 * comes from the server's books and the files on disk.
 */
import { cpus } from 'node:os';
import pLimit from 'p-limit';
import { type Aftermath, weather } from '../test/chaos/chaos.ts';

const [kills = 160, seed = 1] = process.argv.slice(2).map(Number);
const killsPerBatch = 20;
const jobsPerKill = 3;

const atATime = pLimit(4);
const started = performance.now();
const batches = await Promise.all(
  Array.from({ length: Math.ceil(kills / killsPerBatch) }, (_, batch) =>
    atATime(() =>
      weather({
        seed: seed + batch,
        songs: killsPerBatch * jobsPerKill,
        kills: Math.min(killsPerBatch, kills - batch * killsPerBatch),
      }),
    ),
  ),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);

const sum = (count: (batch: Aftermath) => number) =>
  batches.reduce((total, batch) => total + count(batch), 0);
const killed = sum((batch) => batch.kills);
const faults = sum((batch) => Object.values(batch.faults).reduce((all, count) => all + count, 0));
const row = (name: string, count: number) =>
  `| ${name} | ${count} | ${((count / killed) * 1000).toFixed(1)} |`;

process.stdout.write(
  [
    `${batches.length} batches of ${killsPerBatch * jobsPerKill} jobs, ${killed} kills, ${sum((batch) => batch.tasks)} tasks made, ${faults} faults; seeds from ${seed}, Node ${process.version}, ${cpus().length} cores, ${seconds} s`,
    '',
    '| | in all | per 1,000 kills |',
    '| --- | ---: | ---: |',
    row(
      'songs paid twice',
      sum(({ audit }) => audit.paidTwice.length),
    ),
    row(
      'songs lost',
      sum(({ audit }) => audit.lost.length),
    ),
    row(
      'other disagreements of books and files',
      sum(({ audit }) => audit.wrong.length),
    ),
    '',
  ].join('\n'),
);
