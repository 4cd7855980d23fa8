/** `songbatch schema`: the formats that songbatch reads and writes, and what a model takes today. */
import { Argument, type Command } from 'commander';
import { schemaNames } from '../../schemas/text.ts';
import type { SchemaFlags } from '../actions/schema.ts';
import { jsonFlag, sandboxFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addSchemaCommand(program: Command, invocation: Invocation): void {
  program
    .command('schema')
    .summary('print a JSON Schema, or see what a model takes today')
    .description(
      'Prints the JSON Schema of a format. With --refresh it asks the API what a model takes and costs instead, and shows what has changed: against .songbatch/models/<owner>/<model>.json in this folder or the nearest one above that has it, else against what ships with songbatch. That file, where there is one, is what manifests in its folder and below are checked against. Buys nothing.',
    )
    .addArgument(
      new Argument('[format]', 'what the schema is of (default: manifest)').choices(schemaNames),
    )
    .option('--refresh', 'ask the API what the model takes, and show what has changed')
    .option('--model <owner/name>', 'the model that is asked about, instead of YuE')
    .option(
      '--write',
      'keep the answer in the file: the one there is, else a new one in this folder',
    )
    .option('--check', 'exit with 1 when something has changed')
    .addOption(sandboxFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Exit codes:
  0    printed; or asked, whether or not something has changed
  1    with --check: something has changed
  2    nothing was asked or written: usage, credentials, no such model, a broken file
  3    the API could not be reached

Examples:
  songbatch schema > manifest.schema.json
  songbatch schema summary                                what run --json prints
  songbatch schema --refresh                              new tags? another price?
  songbatch schema --refresh --check                      the same for a nightly job
  songbatch schema --refresh --model acme/humming --write`,
    )
    .action(async (format: string | undefined, flags: SchemaFlags) => {
      const { showSchema } = await import('../actions/schema.ts');
      invocation.exitWith(await showSchema(format, flags, invocation));
    });
}
