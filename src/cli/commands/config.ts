/** `songbatch config`: which settings hold, and where each was made. Asks nobody, changes nothing. */
import type { Command } from 'commander';
import type { ConfigFlags } from '../actions/config.ts';
import { exitCodes } from '../exit-codes.ts';
import { jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addConfigCommand(program: Command, invocation: Invocation): void {
  program
    .command('config')
    .summary('show which settings hold, and where each was made')
    .description(
      'Shows the settings that can be made in more than one place, as they hold for this folder (and manifest), and where each was made. Of a secret it is shown only whether it is set. Exits with 2 where a run would refuse a setting.',
    )
    .argument('[manifest]', 'the batch, a YAML file: then its limits count, too')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
What comes first holds:
  1. a flag of songbatch run: --tasks, --budget, --deadline, --webhook, --webhook-listen, --metrics,
     --log-format
  2. an environment variable: WIRO_BASE_URL, WIRO_SOCKET_URL; set to nothing, it is not set
  3. a line of an --env-file
  4. the manifest
  5. the configuration: the file named with --config, else the first of package.json (its key "songbatch"),
     .songbatchrc, .songbatchrc.{json,yaml,yml}, songbatch.config.{json,yaml,yml,js,mjs,cjs,ts} in this folder
     or one above it, up to the first that has a package.json
  6. the default
The limits of the configuration are caps: whatever else is said, no more than them is done.
Secrets are WIRO_API_KEY and WIRO_API_SECRET, and have no place in a manifest or a configuration.

Examples:
  songbatch config
  songbatch config batch.yaml --env-file .env
  songbatch config --json | jq -r '.settings[] | select(.from != "default") | .name'`,
    )
    .action(async (manifest: string | undefined, flags: ConfigFlags) => {
      const { showSettings } = await import('../actions/config.ts');
      await showSettings(manifest, flags, invocation);
      invocation.exitWith(exitCodes.done);
    });
}
