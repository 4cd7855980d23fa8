/** `songbatch sandbox`: the embedded server by itself, for trying out and for tests. */
import { type Command, Option } from 'commander';
import { songFormats } from '../../sandbox/engine/encode/format.ts';
import { faultMeanings } from '../../sandbox/faults.ts';
import type { SandboxFlags } from '../actions/sandbox.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  collect,
  jsonFlag,
  parseCount,
  parseFaultRates,
  parsePath,
  parsePort,
  parsePositive,
  parseSeed,
  parseTime,
  parseUsd,
} from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addSandboxCommand(program: Command, invocation: Invocation): void {
  program
    .command('sandbox')
    .summary('serve the API on this machine, with songs but without costs')
    .description(
      'Serves the Wiro API on 127.0.0.1, well enough that clients written for Wiro work unchanged (only the search for models, Tool/List and Tool/Explore, answers 404), and makes real songs with an engine of its own. It is not YuE: it is for trying out and for tests.',
    )
    .option('--host <address>', 'address to listen on; any but loopback wants --key', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0: any that is free', parsePort, 4710)
    .option('--key <key>', 'API key that calls must carry; any is taken unless given')
    .option('--secret <secret>', 'API secret: calls must be signed')
    .option('--workers <n>', 'tasks executed at once', parseCount, 2)
    .option(
      '--speed <factor>',
      'how many times faster than the real API time passes',
      parsePositive,
      100,
    )
    .option(
      '--model <file>',
      'serve the model that this file describes too (songbatch schema model is its format); may be repeated',
      collect,
    )
    .option('--folder <folder>', 'keep tasks here, so that they survive a restart', parsePath)
    .addOption(
      new Option('--format <format>', 'what songs come as (default: wav)').choices(songFormats),
    )
    .option(
      '--longest <time>',
      'no line of lyrics begins after this (default: 6m, at most 15m)',
      parseTime,
    )
    .option(
      '--balance <usd>',
      'what every account begins with: it falls as songs are billed, and limits the tasks at once (code 96) and at last refuses any (code 97); no end unless given',
      parseUsd,
    )
    .option('--price <usd>', 'what a song costs; by the second unless given', parseUsd)
    .option(
      '--keep <time>',
      'how long songs and uploads can be fetched, as in 1h; as long as it serves unless given',
      parseTime,
    )
    .option(
      '--fault <name=rate,...>',
      'what goes wrong, and how often (0 to 1); may be repeated',
      parseFaultRates,
    )
    .option('--fault-seed <n>', 'equal seeds give equal faults (default: 1)', parseSeed)
    .option(
      '--fault-lag <seconds>',
      'how late list.lag is, in model time (default: 20)',
      parsePositive,
    )
    .option(
      '--webhook-host <host>',
      'host that a callbackUrl may name; may be repeated (default: any while --host is loopback, else none)',
      collect,
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch sandbox
  WIRO_BASE_URL=http://127.0.0.1:4710/v1 WIRO_API_KEY=any songbatch run batch.yaml
  songbatch sandbox --port 0 --key K --secret S --json     # first line: {"url": ..., "key": ..., "secret": ...}
  songbatch sandbox --format mp3 --longest 90s
  songbatch sandbox --balance 30 --price 0.05 --keep 1h    # at first three tasks at once
  songbatch sandbox --fault run.dropAfter=0.1,detail.500=0.05 --fault-seed 7

Faults (also while it runs: POST {"rates": {"detail.500": 0.05}} to /sandbox/faults):
${Object.entries(faultMeanings)
  .map(([name, meaning]) => `  ${name.padEnd(21)} ${meaning}`)
  .join('\n')}`,
    )
    .action(async (flags: SandboxFlags) => {
      invocation.terminal.outliveReaders(invocation.tell);
      const { serve } = await import('../actions/sandbox.ts');
      await serve(flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
