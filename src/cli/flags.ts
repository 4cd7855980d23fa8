/** Flags that several commands share, and the reading of their values. */
import { addEngineFlags } from './engine-flags.ts';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { isDate } from '../batch/run-values.ts';
import { parseBudget, parseDuration } from '../manifest/quantities.ts';
import type { Faults } from '../sandbox/faults.ts';
import { readFaults } from '../sandbox/faults.ts';

/** Where a batch lies: `PlaceFlags` in `batch/batch.ts`. */
export function addPlaceFlags(command: Command): Command {
  return command
    .option(
      '--out <folder>',
      "output folder, or s3://bucket/prefix, instead of the manifest's output.dir",
      parsePath,
    )
    .option(
      '--state <file>',
      'state file (default: state.sqlite in the output folder; of a bucket, in .songbatch/)',
      parsePath,
    )
    .option(
      '--date <day>',
      'what {date} in the manifest stands for, as 2026-11-22 (default: SONGBATCH_DATE, else today, UTC)',
      parseDate,
    )
    .option(
      '--run-id <id>',
      'what {runId} stands for (default: SONGBATCH_RUN_ID, else what the CI service says)',
      parseRunId,
    );
}

/** The same, and which part of it is meant: `BatchFlags`. */
export function addBatchFlags(command: Command): Command {
  return addPlaceFlags(command)
    .option('--only <axis=label>', 'only jobs with this label; may be repeated', collect)
    .option('--skip <axis=label>', 'no jobs with this label; may be repeated', collect)
    .option('--shard <i/n>', 'the i-th of n parts, by job id: for n runners', parseShard);
}

/** Flags of whatever works on a batch: `WorkFlags` in `work-on-batch.ts`. */
export function addLogFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--log-format <format>', 'how to tell of progress on stderr').choices([
        'text',
        'json',
      ]),
    )
    .option(
      '--log-file <file>',
      'append the log to this file, NDJSON, whatever is on stderr; from 10 MB on it becomes <file>.1 first, and three are kept',
      parsePath,
    )
    .addOption(
      new Option(
        '--log-level <level>',
        'log from this level on (default: info on stderr, debug in a file)',
      ).choices(['error', 'warn', 'info', 'debug']),
    );
}

export function addWorkFlags(command: Command): Command {
  return addLogFlags(addEngineFlags(addBatchFlags(command)))
    .addOption(sandboxFlag())
    .addOption(
      new Option(
        '--settle-grace <time>',
        'how long an accepted task may take to show up in the task list',
      )
        .default(15_000, '15s')
        .argParser(parseTime),
    )
    .option(
      '--same-account',
      'the API key or the base URL is new since the last run, and the account is the same',
    )
    .option('--junit <file>', 'write the result as JUnit XML: one test case a job', parsePath)
    .option(
      '--summary <file>',
      "write the result as a page of Markdown (GitHub's step summary gets it by itself)",
      parsePath,
    )
    .option('--no-report', 'leave the listening page (report/index.html) as it is')
    .addOption(jsonFlag());
}

export const jsonFlag = () => new Option('--json', 'print the result as JSON on stdout');

export const sandboxFlag = () =>
  new Option('--sandbox', "use the embedded server: real songs (not YuE's), no key, no cost");

export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** Nothing would mean this folder: a batch that is bought anew where `--out "$OUT"` has no `OUT`. */
export function parsePath(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a path: is a variable not set?');
  return text;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('expected a whole number from 1.');
  return Number(text);
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('expected a port from 0 to 65535 (0: any that is free).');
  }
  return port;
}

export function parsePositive(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('expected a number above 0.');
  }
  return number;
}

/** USD, exactly: picodollars. */
export function parseMoney(text: string): bigint {
  const amount = parseBudget(text.replace(/^\$/, ''));
  if (amount === undefined) throw new InvalidArgumentError('expected USD, as in 25 or 2.50.');
  return amount;
}

/** USD as a number: for the embedded server, which takes no real money. */
export function parseUsd(text: string): number {
  parseMoney(text);
  return Number(text.replace(/^\$/, ''));
}

/** Milliseconds. */
export function parseTime(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    throw new InvalidArgumentError('expected a time with its unit, as in 90s, 55m or 1h30m.');
  }
  return milliseconds;
}

/** `run.dropAfter=0.1,detail.500=0.05`; may be repeated, the last word on a fault holds. */
export function parseFaultRates(text: string, earlier?: Faults['rates']): Faults['rates'] {
  const rates: Record<string, unknown> = { ...earlier };
  for (const part of text.split(',')) {
    const [name = '', rate = '', ...rest] = part.split('=').map((side) => side.trim());
    rates[name] = rate === '' || rest.length > 0 ? undefined : Number(rate);
  }
  const read = readFaults({ rates });
  if (read.kind === 'refused') throw new InvalidArgumentError(`${read.why}.`);
  return read.faults.rates;
}

export function parseSeed(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0.');
  return Number(text);
}

/** A part of a file name. */
export function parseListener(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(text)) {
    throw new InvalidArgumentError('expected a-z, 0-9 and "-", at most 40 characters.');
  }
  return text;
}

/** As names of batches are. */
export function parseScheduleName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(text)) {
    throw new InvalidArgumentError('expected a-z, 0-9 and "-", at most 64 characters.');
  }
  return text;
}

function parseDate(text: string): string {
  if (!isDate(text)) throw new InvalidArgumentError('expected a day, as in 2026-11-22.');
  return text;
}

function parseRunId(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a name for this run.');
  return text;
}

function parseShard(text: string): { readonly index: number; readonly of: number } {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const index = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (!match || index < 1 || index > of) {
    throw new InvalidArgumentError('expected i/n with i from 1 to n, as in 2/4.');
  }
  return { index, of };
}
