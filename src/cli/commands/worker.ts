/** `songbatch worker`: makes songs of batches that were begun elsewhere, for as long as it lives. */
import type { Command } from 'commander';
import type { WorkerFlags } from '../actions/worker.ts';
import { readMetricsAddress } from '../../batch/metrics-choice.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { addLogFlags, parseCount } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addWorkerCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('worker')
    .summary('make songs of batches that "run --engine" has begun')
    .description(
      'Takes jobs of all batches of its account (WIRO_API_KEY, WIRO_BASE_URL) that "songbatch run --engine" has ordered, and makes their songs: on as many machines as you like. Together they keep to the limits of the account, to each batch\'s budget and to one purchase a song. A worker may be killed at any moment: others take over what it had in hand. It also begins the batches of the account\'s schedules ("songbatch schedule") when their ticks come.',
    )
    .option('--tasks <n>', 'jobs in hand at once, at most', parseCount, 50);
  command.option(
    '--workroom <folder>',
    'where songs are until they are in a bucket; workers of one machine may share it',
    '.songbatch/workers',
  );
  command.option(
    '--metrics <host:port>',
    'serve metrics for Prometheus, /healthz and /readyz there (9464: on 127.0.0.1; in a container 0.0.0.0:9464); none turns off what the configuration says',
    (text) => readMetricsAddress(text),
  );
  addLogFlags(addEngineFlags(command))
    .addHelpText(
      'after',
      `
It ends on SIGTERM or Ctrl-C: tasks in flight stay on the server, for other workers. Songs go to the folder of
their batch, which is to be mounted at the same place on all machines, or to its bucket (output.dir: s3://...), with
the credentials of each worker's own environment. It needs the packages pg and bullmq:
  npm install songbatch pg bullmq

Examples:
  export SONGBATCH_ENGINE=postgres://songs@db.example.com/songbatch
  songbatch worker
  songbatch worker --tasks 200 --log-format json --metrics 9464`,
    )
    .action(async (flags: WorkerFlags) => {
      const { work } = await import('../actions/worker.ts');
      invocation.exitWith(await work(flags, invocation));
    });
}
