/** `songbatch run`: makes the batch, or goes on with it. Running it again always converges. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunFlags } from '../actions/run.ts';
import { exitCodes } from '../exit-codes.ts';
import { addWorkFlags, parseCount, parseMoney, parseTime } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { readMetricsAddress } from '../../batch/metrics-choice.ts';
import { readListenAddress, readWebhook } from '../../batch/push-choice.ts';
import { shownJobs } from './plan.ts';

export function addRunCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('run')
    .summary('make the songs of a batch, or go on with it')
    .description(
      'Makes the songs of a batch. Run again, it goes on where it was: what is done is not bought again, tasks in flight are picked up, a submission whose answer was lost is looked up before anything is sent.',
    )
    .argument('[manifest]', 'the batch, a YAML file; with --plan it may be left out');
  addWorkFlags(command)
    .option('--tasks <n>', 'tasks in flight at most, instead of limits.tasks', parseCount)
    .option(
      '--budget <usd>',
      'stop before the batch costs more, instead of limits.budget',
      parseMoney,
    )
    .option(
      '--deadline <time>',
      'stop after this time (55m), instead of limits.deadline',
      parseTime,
    )
    .option('--max-jobs <n>', 'submit at most so many jobs in this run', parseCount)
    .addOption(
      new Option(
        '--on-interrupt <choice>',
        'what the first Ctrl-C does with tasks in flight: leave them on the server for the next run, drain (wait for them) or cancel them',
      )
        .choices(['leave', 'drain', 'cancel'])
        .default('leave'),
    )
    .option(
      '--resubmit-unknown',
      'submit again what stays in doubt, though it may have been bought: you may pay twice',
    )
    .option(
      '--unless-running',
      'do nothing, and exit with 0, where a run of this batch is under way: for timers',
    )
    .option(
      '--webhook <url>',
      'public URL that the service calls when a task ends, instead of webhook.url; none turns it off',
      (text) => readWebhook(text),
    )
    .option(
      '--webhook-listen <host:port>',
      'where these calls arrive on this machine (8787: on 127.0.0.1), if it is songbatch that takes them',
      (text) => readListenAddress(text),
    )
    .option(
      '--metrics <host:port>',
      'serve metrics for Prometheus, /healthz and /readyz there while the run goes on (9464: on 127.0.0.1); none turns off what the configuration says',
      (text) => readMetricsAddress(text),
    )
    .addOption(
      new Option(
        '--fail-on <which>',
        'exit with 1 at the end for any failed job (default), only if all failed, or for none',
      ).choices(['none', 'any', 'all']),
    )
    .option(
      '--no-measure',
      'leave it to a later run to listen to the songs and hold the checks against them: that takes far more of the machine than all else',
    )
    .option('--plan <file>', 'buy what this saved plan approves, and nothing else (plan --save)')
    .option('--dry-run', 'show the plan instead (songbatch plan)')
    .addHelpText(
      'after',
      `
Exit codes:
  0    all jobs are done
  1    the run came to its end, some jobs failed (--fail-on all: and none is done; none: 0 instead)
  2    nothing was started: usage, manifest, configuration, state or credentials
  3    stopped with work left (budget, balance, deadline, halt): the same command goes on
  130  interrupted (143: terminated), state saved

On a terminal a few lines at its bottom show how the run goes; elsewhere a line does, every so often.
"kill -USR1 <pid>" makes it tell all that it knows, at any time (not on Windows).

Word that a task has ended comes over a WebSocket, too: WIRO_SOCKET_URL, or none to go without. By default it
is wss://socket.wiro.ai/v1; with another WIRO_BASE_URL, the same host and path. Word that comes unasked is
never believed, it is a reason to look: without it, everything works and takes a little longer.

With --plan a manifest that is not what was approved (jobs, names, model, service, folder, a higher price) is
exit code 2: the differences are shown, with --json as "songbatch schema drift" tells, and nothing is bought.
Flags may choose a part of what was approved. What it approves at most is the budget of the run and of those
that go on with it. Songs that are in flight are brought home all the same, before it stops: exit code 3.

In CI, which is noticed by itself (CI=false denies it), nothing is redrawn, and a run tells where it is read:
  GitHub Actions  the step's summary, annotations for what failed, and the step's outputs outcome, exit-code,
                  jobs, done, failed, spent-usd and output-dir
  GitLab          the lines about jobs as a section that is folded up, what failed below it
  --junit FILE    for GitLab's and Jenkins' test reports and for actions that read JUnit XML
With --log-format json files and outputs are written as well; annotations and sections stay out of the log.
A report that cannot be written is exit code 2 before anything is bought, and 3 at the end.
With --json a summary is printed to stdout ("songbatch schema summary" tells what is in it). A log has a JSON
object on every line ("songbatch schema log"); --log-file has all of it, --log-format json puts it on stderr.
  songbatch run batch.yaml --json | jq -r '.failed[] | "\\(.output): \\(.message)"'
  songbatch run batch.yaml --json --fail-on none | jq '{outcome, exitCode, spentUsd}'
  songbatch run batch.yaml --log-file run.ndjson
  jq -r 'select(.event == "saved") | .files[].path' run.ndjson
  jq -r 'select(.level >= 40) | "\\(.time) \\(.reason // .msg)"' run.ndjson

Examples:
  songbatch run batch.yaml --sandbox            try it: no key, no cost
  songbatch run batch.yaml --budget 5           stop before it costs more than $5
  songbatch run batch.yaml --only tags=dream-pop --max-jobs 3
  songbatch run batch.yaml --shard 2/4          the second of four runners
  songbatch run --plan plan.json                what was approved, in its manifest's batch
  songbatch run nightly.yaml --unless-running   from a timer: the run before may still go on
  songbatch run batch.yaml --junit songs.xml --summary songs.md
  songbatch run batch.yaml --webhook https://ci.example.com/songs --webhook-listen 0.0.0.0:8787
  songbatch run batch.yaml --metrics 9464       curl http://127.0.0.1:9464/metrics`,
    )
    .action(async (path: string | undefined, flags: RunFlags) => {
      if (path === undefined && flags.plan === undefined) {
        command.error("error: missing required argument 'manifest' (or --plan with a saved plan)");
      }
      if (flags.dryRun) {
        const { showPlan } = await import('../actions/plan.ts');
        await showPlan(path, { ...flags, limit: shownJobs }, invocation);
        invocation.exitWith(exitCodes.done);
        return;
      }
      const { run } = await import('../actions/run.ts');
      invocation.exitWith(await run(path, flags, invocation));
    });
}
