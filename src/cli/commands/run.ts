/** `songbatch run`: makes the batch, or goes on with it. Running it again always converges. */
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { pino } from 'pino';
import type { Picodollars } from '../../job/money.ts';
import type { SongApi } from '../../job/song-api.ts';
import type { Store } from '../../job/store.ts';
import type { Limits } from '../../manifest/manifest.ts';
import { createDownloader } from '../../outputs/download.ts';
import { createLogReport } from '../../report/log-report.ts';
import { outcomeJson, outcomeText } from '../../report/outcome-report.ts';
import { createTextReport } from '../../report/text-report.ts';
import type { RunEvent, RunOutcome } from '../../run/events.ts';
import { runBatch } from '../../run/run.ts';
import { takeStock } from '../../run/standing.ts';
import { describeHolder } from '../../state/holder.ts';
import { openStore } from '../../state/sqlite-store.ts';
import type { Batch, BatchFlags } from '../batch.ts';
import { loadBatch, shownPath } from '../batch.ts';
import { writeBatchFiles } from '../batch-files.ts';
import { realClock } from '../clock.ts';
import { loadConfig } from '../config.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  addBatchFlags,
  jsonFlag,
  parseCount,
  parseMoney,
  parseTime,
  sandboxFlag,
} from '../flags.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { Invocation } from '../invocation.ts';
import { outputsIn } from '../outputs-port.ts';
import { limitsInForce } from '../limits.ts';
import { chooseService, connect } from '../service.ts';
import type { Terminal } from '../terminal.ts';
import { showPlan } from './plan.ts';

interface RunFlags extends BatchFlags {
  readonly sandbox?: true;
  readonly json?: true;
  readonly dryRun?: true;
  readonly tasks?: number;
  readonly budget?: Picodollars;
  readonly deadline?: number;
  readonly maxJobs?: number;
  readonly settleGrace: number;
  readonly resubmitUnknown?: true;
  readonly logFormat?: 'text' | 'json';
}

export function addRunCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('run')
    .summary('make the songs of a batch, or go on with it')
    .description(
      'Makes the songs of a batch. Run again, it goes on where it was: what is done is not bought again, tasks in flight are picked up, a submission whose answer was lost is looked up before anything is sent.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addBatchFlags(command)
    .addOption(sandboxFlag())
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
        '--settle-grace <time>',
        'how long an accepted task may take to show up in the task list',
      )
        .default(15_000, '15s')
        .argParser(parseTime),
    )
    .option(
      '--resubmit-unknown',
      'submit again what stays in doubt, though it may have been bought: you may pay twice',
    )
    .option('--dry-run', 'show the plan instead (songbatch plan)')
    .addOption(
      new Option('--log-format <format>', 'how to tell of progress on stderr').choices([
        'text',
        'json',
      ]),
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Exit codes:
  0    all jobs are done
  1    the run came to its end, some jobs failed
  2    nothing was started: usage, manifest, configuration, state or credentials
  3    stopped with work left (budget, balance, deadline, halt): the same command goes on
  130  interrupted (143: terminated), state saved

Examples:
  songbatch run batch.yaml --sandbox            try it: no key, no cost
  songbatch run batch.yaml --budget 5           stop before it costs more than $5
  songbatch run batch.yaml --only tags=dream-pop --max-jobs 3
  songbatch run batch.yaml --shard 2/4          the second of four runners`,
    )
    .action(async (path: string, flags: RunFlags) => {
      if (flags.dryRun) {
        await showPlan(path, flags, invocation);
        invocation.exitWith(exitCodes.done);
      } else {
        invocation.exitWith(await run(path, flags, invocation));
      }
    });
}

async function run(path: string, flags: RunFlags, invocation: Invocation): Promise<ExitCode> {
  const { terminal, environment, workingDirectory, version } = invocation;
  const batch = loadBatch(path, flags, workingDirectory, terminal);
  const config = await loadConfig(workingDirectory);
  const limits = limitsInForce(batch.manifest.limits, flags, config);
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const format = flags.logFormat ?? config.logFormat ?? 'text';

  const { store, tookOver } = openStore(batch.statePath, {
    identity: { name: batch.manifest.name, service: choice.name },
  });
  const interrupt = listenForInterrupt((text) => {
    if (format === 'text') terminal.tell(`\n${text}`);
  });
  try {
    if (tookOver)
      terminal.tell(`${describeHolder(tookOver)}: that run crashed; going on from its state`);
    if (choice.kind === 'embedded' && format === 'text') {
      terminal.tell(
        'the embedded server makes these songs, not YuE: prices are for show, nothing is charged',
      );
    }
    const books = join(dirname(batch.statePath), '.sandbox');
    const service = await connect(choice, limits.requestsPerSecond, books);
    try {
      const context = { batch, limits, flags, format, invocation, interrupt: interrupt.signal };
      const outcome = await runWith(service.api, store, context);
      await writeBatchFiles(batch, store, { service: service.url, version });
      terminal.print(
        flags.json
          ? JSON.stringify(outcomeJson(outcome, batch.outputDir), undefined, 2)
          : outcomeText(outcome, shownPath(batch.outputDir, workingDirectory)),
      );
      return exitCodeOf(outcome, interrupt.exitCode());
    } finally {
      await service.close();
    }
  } finally {
    interrupt.stopListening();
    store.close();
  }
}

interface RunContext {
  readonly batch: Batch;
  readonly limits: Limits;
  readonly flags: RunFlags;
  readonly format: 'text' | 'json';
  readonly invocation: Invocation;
  readonly interrupt: AbortSignal;
}

async function runWith(api: SongApi, store: Store, context: RunContext): Promise<RunOutcome> {
  const { batch, limits, flags, format, invocation, interrupt } = context;
  const { plan, selection, manifest, outputDir } = batch;
  // Asking for the price is also what finds out about wrong credentials, before anything is bought.
  const { waiting } = takeStock(plan, selection, store, manifest.retry).tally;
  const { perTask } = waiting > 0 ? await api.price(manifest.model) : {};
  const downloader = createDownloader();
  try {
    return await runBatch(
      {
        plan,
        selection,
        tasks: limits.tasks,
        settleGrace: flags.settleGrace,
        resubmitUnknown: flags.resubmitUnknown ?? false,
        probeInterval: 15_000,
        ...(limits.budget !== undefined && { budget: limits.budget }),
        ...(limits.deadline !== undefined && { deadline: limits.deadline }),
        ...(flags.maxJobs !== undefined && { maxJobs: flags.maxJobs }),
        ...(perTask !== undefined && { price: perTask }),
      },
      {
        api,
        store,
        outputs: outputsIn(outputDir, downloader),
        clock: realClock,
        emit: reporterFor(format, invocation.terminal),
      },
      interrupt,
    );
  } finally {
    await downloader.close();
  }
}

function reporterFor(format: 'text' | 'json', { screen }: Terminal): (event: RunEvent) => void {
  if (format === 'text') return createTextReport(screen);
  const logger = pino({ name: 'songbatch', timestamp: pino.stdTimeFunctions.isoTime }, screen);
  return createLogReport(logger);
}

function exitCodeOf({ stopped, tally }: RunOutcome, interrupted: 130 | 143 | undefined): ExitCode {
  if (stopped?.kind === 'interrupted') return interrupted ?? exitCodes.interrupted;
  if (stopped) return exitCodes.stopped;
  return tally.failed > 0 ? exitCodes.failed : exitCodes.done;
}
