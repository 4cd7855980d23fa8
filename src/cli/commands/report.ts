/** `songbatch report`: the listening page of a batch. */
import type { Command } from 'commander';
import type { ServeFlags } from '../actions/report.ts';
import { addEngineFlags } from '../engine-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { addPlaceFlags, jsonFlag, parseListener, parsePort } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addReportCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command('report')
    .summary('write the page on which a batch is listened to')
    .description(
      'Writes report/index.html into the output folder: a page that plays the songs of the matrix side by side, compares them blind, ranks them and shows the numbers of the run. It needs no server and no network. Every run writes it at its end; this command writes it at any time, also while a run goes on. Reads the state, buys nothing, asks nobody.',
    )
    .argument('<manifest>', 'the batch, a YAML file');
  addEngineFlags(addPlaceFlags(command))
    .option(
      '--serve',
      'serve the page on 127.0.0.1 until Ctrl-C: it follows runs as they go, and saves ratings to the output folder',
    )
    .option(
      '--port <n>',
      'port to serve at; 0: any that is free (default: 4711, or any where that is taken)',
      parsePort,
    )
    .option(
      '--listener <name>',
      'whose ratings are saved: to ratings-<name>.json (default: ratings.json)',
      parseListener,
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch report batch.yaml
  songbatch report batch.yaml --json | jq -r .index
  songbatch report batch.yaml --serve
  songbatch report batch.yaml --serve --listener ann

With --serve the page can be opened before the first run, and songs come in as they are made. With --json its
first line is {"url": ..., "ratings": ...}. Nothing but the page, its pieces and the songs can be had from it, and
only from this machine; everybody who has an account on this machine can listen and rate, too. A file of ratings
that is not understood, or of another batch, is never overwritten: the page says so. Through a tunnel
(ssh -L 4711:127.0.0.1:4711) use the same port on both sides.`,
    )
    .action(async (path: string, { serve, ...flags }: ServeFlags & { readonly serve?: true }) => {
      if (serve) {
        invocation.terminal.outliveReaders(invocation.tell);
        const { serveListeningPage } = await import('../actions/serve-report.ts');
        await serveListeningPage(path, flags, invocation);
        invocation.exitWith(exitCodes.done);
        return;
      }
      if (flags.port !== undefined || flags.listener !== undefined) {
        command.error('error: --port and --listener are for --serve');
      }
      const { writeListeningPage } = await import('../actions/report.ts');
      await writeListeningPage(path, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
