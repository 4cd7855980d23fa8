/** `songbatch init`: a batch to begin with. Writes files that are not there, and changes none that are. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { InitFlags } from '../actions/init.ts';
import { jsonFlag } from '../flags.ts';
import { ciServices } from '../init-files.ts';
import type { Invocation } from '../invocation.ts';

export function addInitCommand(program: Command, invocation: Invocation): void {
  program
    .command('init')
    .summary('write a manifest, lyrics, a configuration and a CI workflow to begin with')
    .description(
      'Writes a commented manifest, a folder of lyrics, a configuration and, where wanted, a CI workflow.\nAsks for what it needs to know, or takes the defaults with --yes. A file that is there already is kept as it is.',
    )
    .argument('[folder]', 'where to write; made if it is not there', '.')
    .option('--yes', 'ask nothing, take the defaults')
    .option('--name <name>', "name of the batch (default: the folder's)")
    .option('--budget <usd>', 'what one batch may cost at most (default: 5)')
    .addOption(
      new Option(
        '--ci <service>',
        'whose workflow to write (default: by what is in the folder)',
      ).choices(ciServices),
    )
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Examples:
  songbatch init                         asks, in this folder
  songbatch init songs --yes --ci github
  songbatch init songs --yes && cd songs && songbatch run batches/songs.yaml --sandbox`,
    )
    .action(async (folder: string, flags: InitFlags) => {
      const { begin } = await import('../actions/init.ts');
      invocation.exitWith(await begin(folder, flags, invocation));
    });
}
