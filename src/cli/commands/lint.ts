/** `songbatch lint`: what is wrong with manifests and lyrics, before anything is planned or bought. */
import type { Command } from 'commander';
import type { LintFlags } from '../actions/lint.ts';
import { jsonFlag } from '../flags.ts';
import type { Invocation } from '../invocation.ts';

export function addLintCommand(program: Command, invocation: Invocation): void {
  program
    .command('lint')
    .summary('check manifests and lyrics, without running them')
    .description(
      'Checks manifests, with the lyrics and songs on this machine that they name, and finds what a plan of them would find, too: jobs that want one name, jobs that buy the same. Lyrics can be checked by themselves, as YuE wants them. Needs no key, asks nobody, reads no state.',
    )
    .argument('<file...>', '*.yaml, *.yml and *.json are manifests, all others are lyrics')
    .option('--strict', 'let warnings count as errors')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `
Exit codes:
  0    no errors (with --strict: no warnings either)
  2    errors: songbatch run would not start

Examples:
  songbatch lint batch.yaml
  songbatch lint --strict batches/*.yaml lyrics/*.txt     before a commit
  songbatch lint batch.yaml --json | jq -r '.problems[] | "\\(.file):\\(.line): \\(.message)"'

What --json prints is described by schemas/lint.schema.json (songbatch schema lint).`,
    )
    .action(async (paths: readonly string[], flags: LintFlags) => {
      const { lint } = await import('../actions/lint.ts');
      invocation.exitWith(lint(paths, flags, invocation));
    });
}
